-- Gates of rollouts get their names of 1.0: mostFailures and mostP95Factor become maxFailures and maxP95Factor.
UPDATE "Rollout" SET "gates" = json_remove(
  json_set("gates", '$.maxFailures', "gates" ->> '$.mostFailures', '$.maxP95Factor', "gates" ->> '$.mostP95Factor'),
  '$.mostFailures', '$.mostP95Factor')
WHERE "gates" ->> '$.mostFailures' IS NOT NULL;
