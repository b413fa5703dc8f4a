-- AlterTable
ALTER TABLE "ApiKey" ADD COLUMN "role" TEXT NOT NULL DEFAULT 'viewer';
ALTER TABLE "ApiKey" ADD COLUMN "groups" JSONB;
ALTER TABLE "ApiKey" ADD COLUMN "expiresAt" DATETIME;
ALTER TABLE "ApiKey" ADD COLUMN "revokedAt" DATETIME;

-- Keys from before there were roles could do everything.
UPDATE "ApiKey" SET "role" = 'admin';

-- AlterTable
ALTER TABLE "Device" ADD COLUMN "access" TEXT NOT NULL DEFAULT 'approved';
ALTER TABLE "Device" ADD COLUMN "previousSecretEndsAt" DATETIME;
ALTER TABLE "Device" ADD COLUMN "previousSecretHash" TEXT;
ALTER TABLE "Device" ADD COLUMN "tokenId" TEXT;

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    "actor" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "asked" JSONB,
    "before" JSONB,
    "after" JSONB
);

-- CreateTable
CREATE TABLE "IdempotentAnswer" (
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "answer" TEXT,
    "expiresAt" DATETIME NOT NULL,

    PRIMARY KEY ("actor", "key")
);

-- CreateTable
CREATE TABLE "EnrolmentToken" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "revokedAt" DATETIME,
    "maxUses" INTEGER NOT NULL,
    "uses" INTEGER NOT NULL DEFAULT 0,
    "access" TEXT NOT NULL,
    "group" TEXT,
    "tags" JSONB NOT NULL,
    "modelId" TEXT
);

-- CreateIndex
CREATE INDEX "AuditEntry_actor_id_idx" ON "AuditEntry"("actor", "id");

-- CreateIndex
CREATE INDEX "AuditEntry_subject_id_idx" ON "AuditEntry"("subject", "id");

-- CreateIndex
CREATE INDEX "IdempotentAnswer_expiresAt_idx" ON "IdempotentAnswer"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "EnrolmentToken_hash_key" ON "EnrolmentToken"("hash");

-- CreateIndex
CREATE INDEX "Device_access_idx" ON "Device"("access");
