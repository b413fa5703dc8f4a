-- AlterTable
ALTER TABLE "Device" ADD COLUMN     "siteMbps" DOUBLE PRECISION,
ADD COLUMN     "siteName" TEXT;
