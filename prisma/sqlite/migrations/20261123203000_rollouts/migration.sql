-- CreateTable
CREATE TABLE "Rollout" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "change" JSONB NOT NULL,
    "target" JSONB NOT NULL,
    "waves" JSONB NOT NULL,
    "gates" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "wave" INTEGER NOT NULL DEFAULT 0,
    "because" TEXT NOT NULL,
    "measured" JSONB,
    "events" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "endedAt" DATETIME
);

-- CreateTable
CREATE TABLE "RolloutDevice" (
    "rolloutId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "wave" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "before" JSONB NOT NULL,
    "switchedAt" DATETIME,
    "readyAt" DATETIME,
    "fault" TEXT,

    PRIMARY KEY ("rolloutId", "deviceId"),
    CONSTRAINT "RolloutDevice_rolloutId_fkey" FOREIGN KEY ("rolloutId") REFERENCES "Rollout" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "RolloutDevice_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Rollout_createdAt_id_idx" ON "Rollout"("createdAt", "id");

-- CreateIndex
CREATE INDEX "Rollout_state_idx" ON "Rollout"("state");

-- CreateIndex
CREATE INDEX "RolloutDevice_deviceId_idx" ON "RolloutDevice"("deviceId");
