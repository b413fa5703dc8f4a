-- AlterTable. Adding a column keeps the table, and with it the rows that go when a device goes.
ALTER TABLE "Device" ADD COLUMN "strategy" TEXT NOT NULL DEFAULT 'auto';
