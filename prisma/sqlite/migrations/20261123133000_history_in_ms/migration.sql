-- Frames are kept: their times become ms since 1970, and their numbers are given by the service from now on.
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Frame" (
    "seq" BIGINT NOT NULL PRIMARY KEY,
    "deviceId" TEXT NOT NULL,
    "frame" TEXT NOT NULL,
    "startedMs" BIGINT NOT NULL,
    "receivedMs" BIGINT NOT NULL,
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
INSERT INTO "new_Frame" SELECT "seq", "deviceId", "frame",
    CAST(round((julianday("startedAt") - 2440587.5) * 86400000) AS INTEGER),
    CAST(round((julianday("receivedAt") - 2440587.5) * 86400000) AS INTEGER),
    "skewMs", "model", "planVersion", "outcome", "faultCode", "faultText", "deadlineMs",
    "totalMs", "deviceMs", "encodeMs", "uplinkMs", "queueMs", "cloudMs", "downlinkMs",
    "predictedTotalMs", "predictedDeviceMs", "predictedEncodeMs", "predictedUplinkMs",
    "predictedQueueMs", "predictedCloudMs", "predictedDownlinkMs",
    "uplinkMsPerByte", "rttMs", "sentBytes", "source", "answer" FROM "Frame";
DROP TABLE "Frame";
ALTER TABLE "new_Frame" RENAME TO "Frame";
CREATE INDEX "Frame_deviceId_startedMs_seq_idx" ON "Frame"("deviceId", "startedMs", "seq");
CREATE UNIQUE INDEX "Frame_deviceId_frame_key" ON "Frame"("deviceId", "frame");

-- CreateTable
CREATE TABLE "DeviceRollup" (
    "deviceId" TEXT NOT NULL,
    "levelMs" INTEGER NOT NULL,
    "startMs" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "cells" BLOB NOT NULL,

    PRIMARY KEY ("deviceId", "levelMs", "startMs"),
    CONSTRAINT "DeviceRollup_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "FleetRollup" (
    "levelMs" INTEGER NOT NULL,
    "startMs" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "cells" BLOB NOT NULL,

    PRIMARY KEY ("levelMs", "startMs")
);
CREATE INDEX "DeviceRollup_levelMs_startMs_idx" ON "DeviceRollup"("levelMs", "startMs");
PRAGMA foreign_keys=ON;
