/** Devices that a command or a rollout is for. */
import type { Prisma } from './generated/sqlite/client.js';
import { portionsOf } from './portions.js';

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
  for (const ids of portionsOf([...new Set(devices)])) yield { ...where, id: { in: ids } };
}
