-- CreateTable
CREATE TABLE "HistoryMark" (
    "part" TEXT NOT NULL,
    "fromMs" BIGINT,

    CONSTRAINT "HistoryMark_pkey" PRIMARY KEY ("part")
);

-- An earlier version left no marks. Frames that came in after the oldest there is are all there. The marks of roll-ups are null: they
-- follow from how many frames the levels hold, and are measured at the first start. A new database is whole from its beginning.
INSERT INTO "HistoryMark" ("part", "fromMs")
SELECT 'frames', COALESCE(
  (SELECT CASE WHEN "seq" <= 1 THEN 0 ELSE "receivedMs" END FROM "Frame" ORDER BY "seq" LIMIT 1),
  (EXTRACT(EPOCH FROM now()) * 1000)::bigint + 1000)
WHERE EXISTS (SELECT 1 FROM "Frame") OR EXISTS (SELECT 1 FROM "FleetRollup");

INSERT INTO "HistoryMark" ("part", "fromMs")
SELECT "part", NULL FROM (SELECT 'minute' AS "part" UNION ALL SELECT 'hour' UNION ALL SELECT 'day') AS "level"
WHERE EXISTS (SELECT 1 FROM "FleetRollup" WHERE "levelMs" > 0);
