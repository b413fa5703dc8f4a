-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Device" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secretHash" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "version" INTEGER NOT NULL DEFAULT 1,
    "modelId" TEXT,
    "deadlineMs" INTEGER,
    "strategy" TEXT NOT NULL DEFAULT 'auto',
    "state" TEXT NOT NULL DEFAULT 'offline',
    "stateAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" TIMESTAMP(3),
    "disconnectReason" TEXT,
    "sid" TEXT,
    "birth" JSONB,
    "telemetry" JSONB,
    "telemetryAt" TIMESTAMP(3),

    CONSTRAINT "Device_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Twin" (
    "deviceId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" JSONB NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "causeCode" TEXT NOT NULL,
    "causeText" TEXT NOT NULL,
    "reportedAt" TIMESTAMP(3),
    "appliedAt" TIMESTAMP(3),
    "refusal" JSONB,

    CONSTRAINT "Twin_pkey" PRIMARY KEY ("deviceId","name","version")
);

-- CreateTable
CREATE TABLE "Frame" (
    "seq" BIGINT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "frame" TEXT NOT NULL,
    "startedMs" BIGINT NOT NULL,
    "receivedMs" BIGINT NOT NULL,
    "skewMs" DOUBLE PRECISION NOT NULL,
    "model" TEXT NOT NULL,
    "planVersion" INTEGER NOT NULL,
    "outcome" TEXT NOT NULL,
    "faultCode" TEXT,
    "faultText" TEXT,
    "deadlineMs" DOUBLE PRECISION NOT NULL,
    "totalMs" DOUBLE PRECISION NOT NULL,
    "deviceMs" DOUBLE PRECISION NOT NULL,
    "encodeMs" DOUBLE PRECISION NOT NULL,
    "uplinkMs" DOUBLE PRECISION NOT NULL,
    "queueMs" DOUBLE PRECISION NOT NULL,
    "cloudMs" DOUBLE PRECISION NOT NULL,
    "downlinkMs" DOUBLE PRECISION NOT NULL,
    "predictedTotalMs" DOUBLE PRECISION,
    "predictedDeviceMs" DOUBLE PRECISION,
    "predictedEncodeMs" DOUBLE PRECISION,
    "predictedUplinkMs" DOUBLE PRECISION,
    "predictedQueueMs" DOUBLE PRECISION,
    "predictedCloudMs" DOUBLE PRECISION,
    "predictedDownlinkMs" DOUBLE PRECISION,
    "uplinkMsPerByte" DOUBLE PRECISION,
    "rttMs" DOUBLE PRECISION,
    "sentBytes" INTEGER NOT NULL,
    "source" TEXT,
    "answer" JSONB,

    CONSTRAINT "Frame_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "DeviceRollup" (
    "deviceId" TEXT NOT NULL,
    "levelMs" INTEGER NOT NULL,
    "startMs" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "cells" BYTEA NOT NULL,

    CONSTRAINT "DeviceRollup_pkey" PRIMARY KEY ("deviceId","levelMs","startMs")
);

-- CreateTable
CREATE TABLE "FleetRollup" (
    "levelMs" INTEGER NOT NULL,
    "startMs" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "cells" BYTEA NOT NULL,

    CONSTRAINT "FleetRollup_pkey" PRIMARY KEY ("levelMs","startMs")
);

-- CreateTable
CREATE TABLE "Model" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "fault" JSONB,
    "manifest" JSONB NOT NULL,
    "document" JSONB,
    "bytes" BIGINT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "readyAt" TIMESTAMP(3),

    CONSTRAINT "Model_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ModelBlock" (
    "modelId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,

    CONSTRAINT "ModelBlock_pkey" PRIMARY KEY ("modelId","position")
);

-- CreateTable
CREATE TABLE "BlockProfile" (
    "deviceId" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "medianMs" DOUBLE PRECISION NOT NULL,
    "spreadMs" DOUBLE PRECISION NOT NULL,
    "runs" INTEGER NOT NULL,
    "measuredAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "BlockProfile_pkey" PRIMARY KEY ("deviceId","digest")
);

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_hash_key" ON "ApiKey"("hash");

-- CreateIndex
CREATE INDEX "Device_modelId_idx" ON "Device"("modelId");

-- CreateIndex
CREATE INDEX "Frame_deviceId_startedMs_seq_idx" ON "Frame"("deviceId", "startedMs", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "Frame_deviceId_frame_key" ON "Frame"("deviceId", "frame");

-- CreateIndex
CREATE INDEX "DeviceRollup_levelMs_startMs_idx" ON "DeviceRollup"("levelMs", "startMs");

-- CreateIndex
CREATE UNIQUE INDEX "Model_name_version_key" ON "Model"("name", "version");

-- CreateIndex
CREATE INDEX "ModelBlock_digest_idx" ON "ModelBlock"("digest");

-- AddForeignKey
ALTER TABLE "Device" ADD CONSTRAINT "Device_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Twin" ADD CONSTRAINT "Twin_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Frame" ADD CONSTRAINT "Frame_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DeviceRollup" ADD CONSTRAINT "DeviceRollup_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ModelBlock" ADD CONSTRAINT "ModelBlock_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BlockProfile" ADD CONSTRAINT "BlockProfile_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;
