-- AlterTable
ALTER TABLE "Device" ADD COLUMN "agentVersion" TEXT;
ALTER TABLE "Device" ADD COLUMN "flappingUntil" DATETIME;
ALTER TABLE "Device" ADD COLUMN "uplinkMsPerByte" REAL;

-- CreateIndex
CREATE INDEX "Device_agentVersion_idx" ON "Device"("agentVersion");
