/** Filters of the device list as database conditions. Pure. */
import type { Prisma } from '../../platform/index.js';
import { type LinkClass, msPerByteOf } from '../../wire/index.js';
import type { Access, PresenceState } from './device-standing.js';

export interface DevicePage {
  readonly state?: PresenceState | undefined;
  /** What `flapping` is judged at. */
  readonly now: Date;
  readonly access?: Access | undefined;
  readonly group?: string | undefined;
  /** Only devices of one of these; null: of any, or of none. */
  readonly groups: readonly string[] | null;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
  /** Id or name. */
  readonly model?: string | undefined;
  readonly modelVersion?: number | undefined;
  readonly agent?: string | undefined;
  readonly link?: LinkClass | undefined;
  /** Ids after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export function conditionOf(page: Omit<DevicePage, 'limit'>): Prisma.DeviceWhereInput {
  const {
    state,
    now,
    access,
    group,
    groups,
    tags = [],
    model,
    modelVersion,
    agent,
    link,
    after,
  } = page;
  return {
    ...(access !== undefined && { access }),
    ...(group !== undefined && { group }),
    ...(agent !== undefined && { agentVersion: agent }),
    ...(after !== undefined && { id: { gt: after } }),
    AND: [
      ...tags.map((tag) => ({ tags: { some: { tag } } })),
      ...(groups === null ? [] : [{ group: { in: [...groups] } }]),
      ...(state === undefined ? [] : [stateCondition(state, now)]),
      ...(link === undefined ? [] : [linkCondition(link)]),
      ...(model === undefined ? [] : [{ model: { OR: [{ id: model }, { name: model }] } }]),
      ...(modelVersion === undefined ? [] : [{ model: { version: modelVersion } }]),
    ],
  };
}

function linkCondition(link: LinkClass): Prisma.DeviceWhereInput {
  if (link === 'unknown') return { uplinkMsPerByte: null };
  const [above, atMost] = msPerByteOf(link);
  return { uplinkMsPerByte: { gt: above, ...(Number.isFinite(atMost) && { lte: atMost }) } };
}

/** The same as `presenceOf` says of a row. */
function stateCondition(state: PresenceState, now: Date): Prisma.DeviceWhereInput {
  const isCalm = { OR: [{ flappingUntil: null }, { flappingUntil: { lte: now } }] };
  const isSeen = { lastSeenAt: { not: null } };
  const conditions = {
    'never-seen': { lastSeenAt: null },
    flapping: { flappingUntil: { gt: now } },
    online: { AND: [{ state: 'online' }, isCalm] },
    offline: { AND: [{ state: 'offline' }, isSeen, isCalm] },
  } satisfies Record<PresenceState, Prisma.DeviceWhereInput>;
  return conditions[state];
}
