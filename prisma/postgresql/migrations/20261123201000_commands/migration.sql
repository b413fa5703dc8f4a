-- CreateTable
CREATE TABLE "Command" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "level" TEXT,
    "target" JSONB NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Command_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CommandRun" (
    "commandId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "sentAt" TIMESTAMP(3),
    "acceptedAt" TIMESTAMP(3),
    "endedAt" TIMESTAMP(3),
    "result" TEXT,
    "faultCode" TEXT,
    "faultText" TEXT,

    CONSTRAINT "CommandRun_pkey" PRIMARY KEY ("commandId","deviceId")
);

-- CreateIndex
CREATE INDEX "Command_createdAt_id_idx" ON "Command"("createdAt", "id");

-- CreateIndex
CREATE INDEX "CommandRun_deviceId_idx" ON "CommandRun"("deviceId");

-- CreateIndex
CREATE INDEX "CommandRun_state_idx" ON "CommandRun"("state");

-- AddForeignKey
ALTER TABLE "CommandRun" ADD CONSTRAINT "CommandRun_commandId_fkey" FOREIGN KEY ("commandId") REFERENCES "Command"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CommandRun" ADD CONSTRAINT "CommandRun_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;
