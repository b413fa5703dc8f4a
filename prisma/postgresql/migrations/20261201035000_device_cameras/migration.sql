-- AlterTable
ALTER TABLE "Device" ADD COLUMN "cameras" TEXT;
