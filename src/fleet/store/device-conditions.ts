/** Filters of the device list as SQL: of device `d` with the newest presence, `live`, joined over it. Pure. */
import { Prisma } from '../../platform/index.js';
import { type LinkClass, msPerByteOf } from '../../wire/index.js';
import { type CameraState, CURRENT_MS } from './camera-state.js';
import type { Access, PresenceState } from './device-standing.js';
import { liveColumn } from './live-state.js';

export interface DevicePage {
  readonly state?: PresenceState | undefined;
  /** The time `flapping` is evaluated at. */
  readonly now: Date;
  readonly access?: Access | undefined;
  readonly group?: string | undefined;
  /** Only devices of one of these groups; null: of any group, or of none. */
  readonly groups: readonly string[] | null;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
  /** One of these models. */
  readonly models?: readonly string[] | undefined;
  readonly modelVersion?: number | undefined;
  readonly agent?: string | undefined;
  readonly link?: LinkClass | undefined;
  readonly camera?: CameraState | undefined;
  /** Ids after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

const [STATE, LAST_SEEN_AT, FLAPPING_UNTIL] = [
  liveColumn('state'),
  liveColumn('lastSeenAt'),
  liveColumn('flappingUntil'),
];

/** True when the page depends on columns that presence writes. */
export function needsLive({ state, agent, link, camera }: DevicePage): boolean {
  return [state, agent, link, camera].some((filter) => filter !== undefined);
}

export function conditionOf(page: DevicePage): Prisma.Sql {
  const { state, now, access, group, groups, tags = [], agent, link, camera, after } = page;
  const conditions = [
    Prisma.sql`1 = 1`,
    access !== undefined && Prisma.sql`d."access" = ${access}`,
    group !== undefined && Prisma.sql`d."group" = ${group}`,
    groups !== null && groupCondition(groups),
    after !== undefined && Prisma.sql`d."id" > ${after}`,
    agent !== undefined && Prisma.sql`${liveColumn('agentVersion')} = ${agent}`,
    state !== undefined && stateCondition(state, now),
    link !== undefined && linkCondition(link),
    camera !== undefined && cameraCondition(camera, now),
    modelCondition(page),
    ...tags.map(
      (tag) => Prisma.sql`EXISTS (
        SELECT 1 FROM "DeviceTag" AS t WHERE t."deviceId" = d."id" AND t."tag" = ${tag})`,
    ),
  ];
  return Prisma.join(
    conditions.filter((one) => one !== false),
    ' AND ',
  );
}

function groupCondition(groups: readonly string[]): Prisma.Sql {
  return groups.length === 0
    ? Prisma.sql`1 = 0`
    : Prisma.sql`d."group" IN (${Prisma.join([...groups])})`;
}

function modelCondition({ models, modelVersion }: DevicePage): Prisma.Sql | false {
  if (models === undefined && modelVersion === undefined) return false;
  if (models?.length === 0) return Prisma.sql`1 = 0`;
  const isNamed =
    models === undefined ? Prisma.empty : Prisma.sql`AND m."id" IN (${Prisma.join([...models])})`;
  const isOfVersion =
    modelVersion === undefined ? Prisma.empty : Prisma.sql`AND m."version" = ${modelVersion}`;
  return Prisma.sql`EXISTS (
    SELECT 1 FROM "Model" AS m WHERE m."id" = d."modelId" ${isNamed} ${isOfVersion})`;
}

function linkCondition(link: LinkClass): Prisma.Sql {
  const uplink = liveColumn('uplinkMsPerByte');
  if (link === 'unknown') return Prisma.sql`${uplink} IS NULL`;
  const [above, atMost] = msPerByteOf(link);
  return Number.isFinite(atMost)
    ? Prisma.sql`(${uplink} > ${above} AND ${uplink} <= ${atMost})`
    : Prisma.sql`${uplink} > ${above}`;
}

/** The rule of `isTelemetryCurrent`; comparisons with NULL are not true. */
function cameraCondition(camera: CameraState, now: Date): Prisma.Sql {
  const telemetryAt = liveColumn('telemetryAt');
  const since = new Date(now.getTime() - CURRENT_MS);
  return Prisma.sql`CASE
    WHEN ${STATE} = 'online' AND ${telemetryAt} >= ${liveColumn('stateAt')} AND ${telemetryAt} > ${since}
    THEN coalesce(${liveColumn('cameras')}, 'unknown') ELSE 'unknown' END = ${camera}`;
}

/** The rule of `presenceOf`. */
function stateCondition(state: PresenceState, now: Date): Prisma.Sql {
  const isCalm = Prisma.sql`(${FLAPPING_UNTIL} IS NULL OR ${FLAPPING_UNTIL} <= ${now})`;
  const conditions = {
    'never-seen': Prisma.sql`${LAST_SEEN_AT} IS NULL`,
    flapping: Prisma.sql`${FLAPPING_UNTIL} > ${now}`,
    online: Prisma.sql`(${STATE} = 'online' AND ${isCalm})`,
    offline: Prisma.sql`(${STATE} = 'offline' AND ${LAST_SEEN_AT} IS NOT NULL AND ${isCalm})`,
  } satisfies Record<PresenceState, Prisma.Sql>;
  return conditions[state];
}
