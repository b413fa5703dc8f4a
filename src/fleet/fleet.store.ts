/** The devices in the database. */
import { Inject, Injectable } from '@nestjs/common';
import { type Columns, Database, Prisma } from '../platform/index.js';
import { Fault } from '../wire/index.js';
import type { LivePatch } from './live-devices.js';

const WITH_TAGS = { include: { tags: true } } as const;

export type DeviceRow = Prisma.DeviceGetPayload<typeof WITH_TAGS>;

/** Whether a device may speak: it may, an operator has to approve it yet, or it may no more. */
export type Access = 'approved' | 'waiting' | 'revoked';

export interface DevicePage {
  readonly state?: string | undefined;
  readonly access?: Access | undefined;
  readonly group?: string | undefined;
  /** Only devices of one of these; null: of any, or of none. */
  readonly groups: readonly string[] | null;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
  readonly modelId?: string | undefined;
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

/** Undefined leaves it as it is. */
export interface CredentialChange {
  readonly access?: Access;
  readonly secretHash?: string;
  readonly previousSecretHash?: string | null;
  readonly previousSecretEndsAt?: Date | null;
}

const CREDENTIAL_FIELDS = {
  id: true,
  access: true,
  secretHash: true,
  previousSecretHash: true,
  previousSecretEndsAt: true,
} as const;
export type CredentialRow = Prisma.DeviceGetPayload<{ select: typeof CREDENTIAL_FIELDS }>;

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
} as const satisfies Columns;
const LIVE_FIELDS = Object.keys(LIVE_COLUMNS) as (keyof typeof LIVE_COLUMNS)[];

/** The columns of a new device that have no default in the database, or not the one Prisma writes. */
const NEW_COLUMNS = {
  id: 'text',
  name: 'text',
  secretHash: 'text',
  access: 'text',
  tokenId: 'text',
  deadlineMs: 'integer',
  modelId: 'text',
  group: 'text',
  createdAt: 'time',
  stateAt: 'time',
} as const satisfies Columns;
const TAG_COLUMNS = {
  deviceId: 'text',
  secretHash: 'text',
  tag: 'text',
} as const satisfies Columns;

const UNIQUE_VIOLATED = 'P2002';
const REFERENCE_VIOLATED = 'P2003';
const NOT_FOUND = 'P2025';

@Injectable()
export class FleetStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) private readonly database: Database) {
    this.client = database.client;
  }

  /** Throws DEVICE_EXISTS, MODEL_UNKNOWN. */
  async create({ tags, ...device }: NewDevice): Promise<DeviceRow> {
    const data = { ...device, tags: { create: rowsOf(tags) } };
    return this.translated(device.id, this.client.device.create({ data, ...WITH_TAGS }));
  }

  /** All of them, or none when one is there already: false. A thousand take a few ms, where one after another took a second. */
  async createAll(devices: readonly NewDevice[], at: Date): Promise<boolean> {
    const { client } = this;
    const given = this.database.dialect.rows(
      'given',
      NEW_COLUMNS,
      devices.map((one) => newRow(one, at)),
    );
    const list = Prisma.raw(
      Object.keys(NEW_COLUMNS)
        .map((name) => `"${name}"`)
        .join(', '),
    );
    const tags = devices.flatMap(({ id, secretHash, tags: own }) =>
      own.map((tag) => [id, secretHash, tag]),
    );
    const givenTags = this.database.dialect.rows('given', TAG_COLUMNS, tags);
    const [created] = await client.$transaction([
      client.$executeRaw`
        INSERT INTO "Device" (${list}) SELECT ${list} FROM ${given}
        WHERE NOT EXISTS (SELECT 1 FROM "Device" WHERE "id" IN (SELECT "id" FROM ${given}))`,
      // Only of devices that were written just now.
      client.$executeRaw`
        INSERT INTO "DeviceTag" ("deviceId", "tag") SELECT given."deviceId", given."tag" FROM ${givenTags}
        JOIN "Device" ON "Device"."id" = given."deviceId" AND "Device"."secretHash" = given."secretHash"`,
    ]);
    return created === devices.length;
  }

  /** Those of the ids that are taken. */
  async existing(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const given = this.database.dialect.rows(
      'given',
      { id: 'text' },
      ids.map((id) => [id]),
    );
    const rows = await this.client.$queryRaw<{ id: string }[]>`
      SELECT "Device"."id" FROM "Device" JOIN ${given} ON "Device"."id" = given."id"`;
    return new Set(rows.map(({ id }) => id));
  }

  async find(id: string): Promise<DeviceRow | null> {
    return this.client.device.findUnique({ where: { id }, ...WITH_TAGS });
  }

  /** By id, ascending. */
  async page(page: DevicePage): Promise<DeviceRow[]> {
    const { state, access, group, groups, tags, modelId, after, limit } = page;
    return this.client.device.findMany({
      where: {
        ...(state !== undefined && { state }),
        ...(access !== undefined && { access }),
        ...(group !== undefined && { group }),
        ...(modelId !== undefined && { modelId }),
        ...(after !== undefined && { id: { gt: after } }),
        AND: [
          ...(tags ?? []).map((tag) => ({ tags: { some: { tag } } })),
          ...(groups === null ? [] : [{ group: { in: [...groups] } }]),
        ],
      },
      orderBy: { id: 'asc' },
      take: limit,
      ...WITH_TAGS,
    });
  }

  /** False when there is no such device, or its version is another one. Throws MODEL_UNKNOWN. */
  async change(id: string, version: number | undefined, change: DeviceChange): Promise<boolean> {
    const { name, deadlineMs, strategy, modelId, group, tags } = change;
    const update = this.client.device.update({
      where: { id, ...(version !== undefined && { version }) },
      data: {
        ...(name !== undefined && { name }),
        ...(deadlineMs !== undefined && { deadlineMs }),
        ...(strategy !== undefined && { strategy }),
        ...(modelId !== undefined && { modelId }),
        ...(group !== undefined && { group }),
        ...(tags !== undefined && { tags: { deleteMany: {}, create: rowsOf(tags) } }),
        version: { increment: 1 },
      },
    });
    try {
      await this.translated(id, update);
      return true;
    } catch (error) {
      if (codeOf(error) === NOT_FOUND) return false;
      throw error;
    }
  }

  /** False when there is no such device. */
  async changeCredential(id: string, change: CredentialChange): Promise<boolean> {
    const { count } = await this.client.device.updateMany({ where: { id }, data: change });
    return count === 1;
  }

  /** Forgets the secret before, unless it is another one by now. */
  async forgetOldSecret(id: string, hash: string): Promise<void> {
    await this.client.device.updateMany({
      where: { id, previousSecretHash: hash },
      data: { previousSecretHash: null, previousSecretEndsAt: null },
    });
  }

  /** With all that is kept of it. False when there is no such device. */
  async remove(id: string): Promise<boolean> {
    const { count } = await this.client.device.deleteMany({ where: { id } });
    return count === 1;
  }

  /** Of every device that is not revoked. */
  async credentials(): Promise<CredentialRow[]> {
    return this.client.device.findMany({
      where: { access: { not: 'revoked' } },
      select: CREDENTIAL_FIELDS,
    });
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
    const rows = patches.map((patch) => LIVE_FIELDS.map((field) => patch[field]));
    const given = this.database.dialect.rows('patch', LIVE_COLUMNS, rows);
    await this.client.$executeRaw`
      UPDATE "Device" SET
        "state" = patch."state", "stateAt" = patch."stateAt", "lastSeenAt" = patch."lastSeenAt",
        "disconnectReason" = patch."reason", "sid" = patch."sid",
        "birth" = coalesce(patch."birth", "Device"."birth"),
        "telemetry" = coalesce(patch."telemetry", "Device"."telemetry"),
        "telemetryAt" = coalesce(patch."telemetryAt", "Device"."telemetryAt")
      FROM ${given} WHERE "Device"."id" = patch."device"`;
  }

  private async translated<T>(id: string, pending: Promise<T>): Promise<T> {
    try {
      return await pending;
    } catch (error) {
      const code = codeOf(error);
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

function codeOf(error: unknown): string {
  return error instanceof Prisma.PrismaClientKnownRequestError ? error.code : '';
}

function rowsOf(tags: readonly string[]): { tag: string }[] {
  return tags.map((tag) => ({ tag }));
}

/** In the order of NEW_COLUMNS. */
function newRow(device: NewDevice, at: Date): unknown[] {
  const { id, name, secretHash, access, tokenId, deadlineMs, modelId, group } = device;
  return [id, name, secretHash, access, tokenId, deadlineMs, modelId, group, at, at];
}
