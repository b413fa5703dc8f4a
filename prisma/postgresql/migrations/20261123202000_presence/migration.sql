-- AlterTable
ALTER TABLE "Device" ADD COLUMN     "agentVersion" TEXT,
ADD COLUMN     "flappingUntil" TIMESTAMP(3),
ADD COLUMN     "uplinkMsPerByte" DOUBLE PRECISION;

-- CreateIndex
CREATE INDEX "Device_agentVersion_idx" ON "Device"("agentVersion");
