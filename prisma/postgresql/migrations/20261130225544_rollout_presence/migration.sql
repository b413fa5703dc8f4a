-- AlterTable
ALTER TABLE "RolloutDevice" ADD COLUMN     "onlineSince" TIMESTAMP(3),
ADD COLUMN     "ranAt" TIMESTAMP(3),
ADD COLUMN     "ranBefore" INTEGER;
