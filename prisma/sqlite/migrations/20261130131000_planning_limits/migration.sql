-- AlterTable
ALTER TABLE "Device" ADD COLUMN "bytesPrice" REAL;
ALTER TABLE "Device" ADD COLUMN "deviceMemoryBytes" REAL;
ALTER TABLE "Device" ADD COLUMN "goalDeadlineMs" REAL;
ALTER TABLE "Device" ADD COLUMN "goalRisk" REAL;
ALTER TABLE "Device" ADD COLUMN "monthlyBytes" REAL;
