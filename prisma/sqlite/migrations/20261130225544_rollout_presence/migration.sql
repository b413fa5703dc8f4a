-- AlterTable
ALTER TABLE "RolloutDevice" ADD COLUMN "onlineSince" DATETIME;
ALTER TABLE "RolloutDevice" ADD COLUMN "ranAt" DATETIME;
ALTER TABLE "RolloutDevice" ADD COLUMN "ranBefore" INTEGER;
