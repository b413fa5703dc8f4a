/** Devices that a command or a rollout is for. */
import type { Prisma } from './generated/sqlite/client.js';
import { portionsOf } from './portions.js';

/** Devices that meet all that is given; without any condition, every device is meant only by `all`. */
export interface DeviceTarget {
  readonly all?: boolean | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Conditions that find each device of a target once, one query each; none for a target that names nothing. */
export function* queriesOf({
  all = false,
  devices,
  group,
  tags = [],
}: DeviceTarget): Generator<Prisma.DeviceWhereInput> {
  const where = {
    ...(group !== undefined && { group }),
    AND: tags.map((tag) => ({ tags: { some: { tag } } })),
  };
  if (devices === undefined) {
    const namesSome = all || group !== undefined || tags.length > 0;
    if (namesSome) yield where;
    return;
  }
  for (const ids of portionsOf([...new Set(devices)])) yield { ...where, id: { in: ids } };
}
