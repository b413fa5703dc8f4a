-- CreateTable
CREATE TABLE "DeviceTraffic" (
    "deviceId" TEXT NOT NULL,
    "dayMs" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "frames" BIGINT NOT NULL,
    "sentBytes" BIGINT NOT NULL,
    "firstMs" BIGINT NOT NULL,

    CONSTRAINT "DeviceTraffic_pkey" PRIMARY KEY ("deviceId","dayMs")
);

-- CreateIndex
CREATE INDEX "DeviceTraffic_dayMs_idx" ON "DeviceTraffic"("dayMs");

-- AddForeignKey
ALTER TABLE "DeviceTraffic" ADD CONSTRAINT "DeviceTraffic_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Days of frames that are in the roll-ups already. Later frames are added when they are folded.
INSERT INTO "DeviceTraffic" ("deviceId", "dayMs", "seq", "frames", "sentBytes", "firstMs")
SELECT "deviceId", "startedMs" - "startedMs" % 86400000, MAX("seq"), COUNT(*), SUM("sentBytes"), MIN("startedMs")
FROM "Frame"
WHERE "seq" <= COALESCE((SELECT "seq" FROM "FleetRollup" WHERE "levelMs" = 0 AND "startMs" = 0), 0)
GROUP BY 1, 2;
