-- AlterTable
ALTER TABLE "Device" ADD COLUMN "siteMbps" REAL;
ALTER TABLE "Device" ADD COLUMN "siteName" TEXT;
