-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- CreateTable
CREATE TABLE "Device" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "secretHash" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "version" INTEGER NOT NULL DEFAULT 1,
    "modelId" TEXT,
    "deadlineMs" INTEGER,
    "state" TEXT NOT NULL DEFAULT 'offline',
    "stateAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" DATETIME,
    "disconnectReason" TEXT,
    "sid" TEXT,
    "birth" JSONB,
    "telemetry" JSONB,
    "telemetryAt" DATETIME,
    CONSTRAINT "Device_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Twin" (
    "deviceId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "causeCode" TEXT NOT NULL,
    "causeText" TEXT NOT NULL,
    "reportedAt" DATETIME,
    "appliedAt" DATETIME,
    "refusal" JSONB,

    PRIMARY KEY ("deviceId", "name", "version"),
    CONSTRAINT "Twin_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Frame" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "deviceId" TEXT NOT NULL,
    "frame" TEXT NOT NULL,
    "startedAt" DATETIME NOT NULL,
    "receivedAt" DATETIME NOT NULL,
    "skewMs" REAL NOT NULL,
    "model" TEXT NOT NULL,
    "planVersion" INTEGER NOT NULL,
    "outcome" TEXT NOT NULL,
    "faultCode" TEXT,
    "faultText" TEXT,
    "deadlineMs" REAL NOT NULL,
    "totalMs" REAL NOT NULL,
    "deviceMs" REAL NOT NULL,
    "encodeMs" REAL NOT NULL,
    "uplinkMs" REAL NOT NULL,
    "queueMs" REAL NOT NULL,
    "cloudMs" REAL NOT NULL,
    "downlinkMs" REAL NOT NULL,
    "predictedTotalMs" REAL,
    "predictedDeviceMs" REAL,
    "predictedEncodeMs" REAL,
    "predictedUplinkMs" REAL,
    "predictedQueueMs" REAL,
    "predictedCloudMs" REAL,
    "predictedDownlinkMs" REAL,
    "uplinkMsPerByte" REAL,
    "rttMs" REAL,
    "sentBytes" INTEGER NOT NULL,
    "source" TEXT,
    "answer" JSONB,
    CONSTRAINT "Frame_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Model" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "fault" JSONB,
    "manifest" JSONB NOT NULL,
    "document" JSONB,
    "bytes" BIGINT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "readyAt" DATETIME
);

-- CreateTable
CREATE TABLE "ModelBlock" (
    "modelId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,

    PRIMARY KEY ("modelId", "position"),
    CONSTRAINT "ModelBlock_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "BlockProfile" (
    "deviceId" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "medianMs" REAL NOT NULL,
    "spreadMs" REAL NOT NULL,
    "runs" INTEGER NOT NULL,
    "measuredAt" DATETIME NOT NULL,

    PRIMARY KEY ("deviceId", "digest"),
    CONSTRAINT "BlockProfile_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_hash_key" ON "ApiKey"("hash");

-- CreateIndex
CREATE INDEX "Device_modelId_idx" ON "Device"("modelId");

-- CreateIndex
CREATE INDEX "Frame_deviceId_startedAt_idx" ON "Frame"("deviceId", "startedAt");

-- CreateIndex
CREATE INDEX "Frame_deviceId_outcome_startedAt_idx" ON "Frame"("deviceId", "outcome", "startedAt");

-- CreateIndex
CREATE UNIQUE INDEX "Frame_deviceId_frame_key" ON "Frame"("deviceId", "frame");

-- CreateIndex
CREATE UNIQUE INDEX "Model_name_version_key" ON "Model"("name", "version");

-- CreateIndex
CREATE INDEX "ModelBlock_digest_idx" ON "ModelBlock"("digest");
