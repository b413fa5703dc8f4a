/** The devices in the database. */
import { Inject, Injectable } from '@nestjs/common';
import { type Columns, Database, Prisma } from '../../platform/index.js';
import { Fault, type LinkClass, msPerByteOf } from '../../wire/index.js';
import type { LivePatch } from '../presence/live-devices.js';
import type { PresenceState } from './device-standing.js';

const WITH_TAGS = { include: { tags: true } } as const;

export type DeviceRow = Prisma.DeviceGetPayload<typeof WITH_TAGS>;

/** Whether a device may speak: it may, an operator has to approve it yet, or it may no more. */
export type Access = 'approved' | 'waiting' | 'revoked';

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

/** What an operator may change; undefined leaves it as it is. */
export interface DeviceChange {
  readonly name?: string | undefined;
  readonly deadlineMs?: number | null | undefined;
  readonly strategy?: string | undefined;
  readonly modelId?: string | null | undefined;
  readonly group?: string | null | undefined;
  /** In place of those it has. */
  readonly tags?: readonly string[] | undefined;
}

export interface NewDevice {
  readonly id: string;
  readonly name: string;
  readonly secretHash: string;
  readonly access: Access;
  /** The enrolment token it came by. */
  readonly tokenId: string | null;
  readonly deadlineMs: number | null;
  readonly modelId: string | null;
  readonly group: string | null;
  readonly tags: readonly string[];
}

/** The fields of a patch, in one order. */
const LIVE_COLUMNS = {
  device: 'text',
  state: 'text',
  stateAt: 'time',
  lastSeenAt: 'time',
  reason: 'text',
  sid: 'text',
  birth: 'json',
  telemetry: 'json',
  telemetryAt: 'time',
  flappingUntil: 'time',
  agentVersion: 'text',
  uplinkMsPerByte: 'real',
} as const satisfies Columns;

const UNIQUE_VIOLATED = 'P2002';
const REFERENCE_VIOLATED = 'P2003';

@Injectable()
export class FleetStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) private readonly database: Database) {
    this.client = database.client;
  }

  /**
   * With its tags, or not at all. No transaction: those of several requests would wait for each other on the one connection of
   * SQLite. Throws DEVICE_EXISTS, MODEL_UNKNOWN.
   */
  async create({ tags, ...device }: NewDevice): Promise<DeviceRow> {
    const row = await this.translated(device.id, this.client.device.create({ data: device }));
    const data = rowsOf(device.id, tags);
    try {
      if (data.length > 0) await this.client.deviceTag.createMany({ data });
    } catch (error) {
      await this.remove(device.id);
      throw error;
    }
    return { ...row, tags: data };
  }

  async find(id: string): Promise<DeviceRow | null> {
    return this.client.device.findUnique({ where: { id }, ...WITH_TAGS });
  }

  /** By id, ascending. */
  async page({ limit, ...page }: DevicePage): Promise<DeviceRow[]> {
    return this.client.device.findMany({
      where: conditionOf(page),
      orderBy: { id: 'asc' },
      take: limit,
      ...WITH_TAGS,
    });
  }

  /** False when there is no such device, or its version is another one. Throws MODEL_UNKNOWN. */
  async change(id: string, version: number | undefined, change: DeviceChange): Promise<boolean> {
    const { name, deadlineMs, strategy, modelId, group, tags } = change;
    const update = this.client.device.updateMany({
      where: { id, ...(version !== undefined && { version }) },
      data: {
        ...(name !== undefined && { name }),
        ...(deadlineMs !== undefined && { deadlineMs }),
        ...(strategy !== undefined && { strategy }),
        ...(modelId !== undefined && { modelId }),
        ...(group !== undefined && { group }),
        version: { increment: 1 },
      },
    });
    if ((await this.translated(id, update)).count === 0) return false;
    if (tags !== undefined) await this.replaceTags(id, tags);
    return true;
  }

  /** With all that is kept of it. False when there is no such device. */
  async remove(id: string): Promise<boolean> {
    const { count } = await this.client.device.deleteMany({ where: { id } });
    return count === 1;
  }

  /** The group of a device, null for none; undefined when there is no such device. */
  async groupOf(id: string): Promise<string | null | undefined> {
    return (await this.client.device.findUnique({ where: { id }, select: { group: true } }))?.group;
  }

  /** The state of a model's examination; undefined when there is no such model. */
  async modelState(id: string): Promise<string | undefined> {
    const model = await this.client.model.findUnique({ where: { id }, select: { state: true } });
    return model?.state;
  }

  /** Marks every device that is online as offline. */
  async markAllOffline(reason: string, at: Date): Promise<void> {
    await this.client.device.updateMany({
      where: { state: 'online' },
      data: { state: 'offline', stateAt: at, disconnectReason: reason },
    });
  }

  /** The last things many devices said of themselves, in one statement; unknown devices are left out. */
  async writeLive(patches: readonly LivePatch[]): Promise<void> {
    const given = this.database.dialect.rows('patch', LIVE_COLUMNS, patches.map(liveValues));
    await this.client.$executeRaw`
      UPDATE "Device" SET
        "state" = patch."state", "stateAt" = patch."stateAt", "lastSeenAt" = patch."lastSeenAt",
        "disconnectReason" = patch."reason", "sid" = patch."sid",
        "birth" = coalesce(patch."birth", "Device"."birth"),
        "telemetry" = coalesce(patch."telemetry", "Device"."telemetry"),
        "telemetryAt" = coalesce(patch."telemetryAt", "Device"."telemetryAt"),
        "flappingUntil" = coalesce(patch."flappingUntil", "Device"."flappingUntil"),
        "agentVersion" = coalesce(patch."agentVersion", "Device"."agentVersion"),
        "uplinkMsPerByte" = coalesce(patch."uplinkMsPerByte", "Device"."uplinkMsPerByte")
      FROM ${given} WHERE "Device"."id" = patch."device"`;
  }

  /** Statement by statement: transactions of several requests would wait for each other on the one connection of SQLite. */
  private async replaceTags(id: string, tags: readonly string[]): Promise<void> {
    await this.client.deviceTag.deleteMany({ where: { deviceId: id, tag: { notIn: [...tags] } } });
    const there = await this.client.deviceTag.findMany({ where: { deviceId: id } });
    const known = new Set(there.map(({ tag }) => tag));
    const data = rowsOf(
      id,
      tags.filter((tag) => !known.has(tag)),
    );
    if (data.length > 0) await this.client.deviceTag.createMany({ data });
  }

  private async translated<T>(id: string, pending: Promise<T>): Promise<T> {
    try {
      return await pending;
    } catch (error) {
      const code = error instanceof Prisma.PrismaClientKnownRequestError ? error.code : '';
      if (code === UNIQUE_VIOLATED) {
        throw new Fault('DEVICE_EXISTS', `there is a device '${id}' already`, { cause: error });
      }
      if (code === REFERENCE_VIOLATED) {
        throw new Fault('MODEL_UNKNOWN', 'there is no such model', { cause: error });
      }
      throw error;
    }
  }
}

/** In the order of LIVE_COLUMNS. */
function liveValues(patch: LivePatch): unknown[] {
  const { birth, telemetry } = patch;
  const values: Record<keyof typeof LIVE_COLUMNS, unknown> = {
    ...patch,
    birth,
    telemetry,
    telemetryAt: patch.telemetryAt,
    flappingUntil: patch.flappingUntil,
    agentVersion: birth?.agent,
    uplinkMsPerByte: telemetry?.link?.uplinkMsPerByte,
  };
  return (Object.keys(LIVE_COLUMNS) as (keyof typeof LIVE_COLUMNS)[]).map((field) => values[field]);
}

function conditionOf(page: Omit<DevicePage, 'limit'>): Prisma.DeviceWhereInput {
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

function rowsOf(deviceId: string, tags: readonly string[]): { deviceId: string; tag: string }[] {
  return tags.map((tag) => ({ deviceId, tag }));
}
