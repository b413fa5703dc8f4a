-- AlterTable
ALTER TABLE "Frame" ADD COLUMN     "clockErrorMs" DOUBLE PRECISION,
ADD COLUMN     "cloudArrivedMs" BIGINT,
ADD COLUMN     "cloudCompleteMs" BIGINT,
ADD COLUMN     "cloudEndedMs" BIGINT,
ADD COLUMN     "cloudEndedAs" TEXT,
ADD COLUMN     "cloudQueueMs" DOUBLE PRECISION,
ADD COLUMN     "cloudRunMs" DOUBLE PRECISION;
