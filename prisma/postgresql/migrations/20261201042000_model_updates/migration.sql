-- AlterTable
ALTER TABLE "Model" ADD COLUMN     "documentDigest" TEXT,
ADD COLUMN     "lastUpdate" JSONB;

-- CreateIndex
CREATE INDEX "Model_digest_idx" ON "Model"("digest");

-- CreateIndex
CREATE INDEX "Model_documentDigest_idx" ON "Model"("documentDigest");

-- Models that are ready: the digest that their findings hold.
UPDATE "Model" SET "documentDigest" = "document" ->> 'digest' WHERE "state" = 'ready';

-- A refused upload uses up no version.
UPDATE "Model" SET "version" = -"version" WHERE "state" <> 'ready';
