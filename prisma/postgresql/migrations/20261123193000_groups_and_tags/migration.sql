-- AlterTable
ALTER TABLE "Device" ADD COLUMN     "group" TEXT;

-- CreateTable
CREATE TABLE "DeviceTag" (
    "deviceId" TEXT NOT NULL,
    "tag" TEXT NOT NULL,

    CONSTRAINT "DeviceTag_pkey" PRIMARY KEY ("deviceId","tag")
);

-- CreateIndex
CREATE INDEX "DeviceTag_tag_idx" ON "DeviceTag"("tag");

-- CreateIndex
CREATE INDEX "Device_group_idx" ON "Device"("group");

-- AddForeignKey
ALTER TABLE "DeviceTag" ADD CONSTRAINT "DeviceTag_deviceId_fkey" FOREIGN KEY ("deviceId") REFERENCES "Device"("id") ON DELETE CASCADE ON UPDATE CASCADE;
