-- CreateTable
CREATE TABLE "Command" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "level" TEXT,
    "target" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "CommandRun" (
    "commandId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "sentAt" DATETIME,
    "acceptedAt" DATETIME,
    "endedAt" DATETIME,
    "result" TEXT,
    "faultCode" TEXT,
    "faultText" TEXT,

    PRIMARY KEY ("commandId", "deviceId"),
    CONSTRAINT "CommandRun_commandId_fkey" FOREIGN KEY ("commandId") REFERENCES "Command" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "CommandRun_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Command_createdAt_id_idx" ON "Command"("createdAt", "id");

-- CreateIndex
CREATE INDEX "CommandRun_deviceId_idx" ON "CommandRun"("deviceId");

-- CreateIndex
CREATE INDEX "CommandRun_state_idx" ON "CommandRun"("state");
