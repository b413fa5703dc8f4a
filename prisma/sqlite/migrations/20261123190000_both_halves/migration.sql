-- AlterTable
ALTER TABLE "Frame" ADD COLUMN "clockErrorMs" REAL;
ALTER TABLE "Frame" ADD COLUMN "cloudArrivedMs" BIGINT;
ALTER TABLE "Frame" ADD COLUMN "cloudCompleteMs" BIGINT;
ALTER TABLE "Frame" ADD COLUMN "cloudEndedMs" BIGINT;
ALTER TABLE "Frame" ADD COLUMN "cloudEndedAs" TEXT;
ALTER TABLE "Frame" ADD COLUMN "cloudQueueMs" REAL;
ALTER TABLE "Frame" ADD COLUMN "cloudRunMs" REAL;
