/** Devices that a command or a rollout is for. */
import type { Prisma } from './generated/sqlite/client.js';

/** A statement of SQLite takes 999 parameters. */
const MAX_IDS = 500;

/** Devices that meet all that is given. */
export interface DeviceTarget {
  readonly devices?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Conditions that find each device of a target once, one query each. */
export function* queriesOf({
  devices,
  group,
  tags = [],
}: DeviceTarget): Generator<Prisma.DeviceWhereInput> {
  const where = {
    ...(group !== undefined && { group }),
    AND: tags.map((tag) => ({ tags: { some: { tag } } })),
  };
  if (devices === undefined) return yield where;
  const named = [...new Set(devices)];
  for (let from = 0; from < named.length; from += MAX_IDS) {
    yield { ...where, id: { in: named.slice(from, from + MAX_IDS) } };
  }
}
