/** The devices in the database. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, Prisma, portionsOf } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { conditionOf, type DevicePage, needsLive } from './device-conditions.js';
import type { Access } from './device-standing.js';
import { type LimitsChange, limitColumns } from './limit-columns.js';
import { type LiveState, liveTable } from './live-state.js';

const WITH_TAGS = { include: { tags: true } } as const;

export type DeviceRow = Prisma.DeviceGetPayload<typeof WITH_TAGS>;

/** What an operator may change; undefined leaves it as it is. */
export interface DeviceChange {
  readonly name?: string | undefined;
  readonly deadlineMs?: number | null | undefined;
  readonly strategy?: string | undefined;
  readonly limits?: LimitsChange | undefined;
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

  /** By id, ascending; presence that is newer than the rows counts for the filter. */
  async page(page: DevicePage, live: readonly LiveState[]): Promise<DeviceRow[]> {
    const found = await this.client.$queryRaw<{ id: string }[]>`
      WITH ${liveTable(this.database.dialect, needsLive(page) ? live : [])}
      SELECT d."id" FROM "Device" AS d LEFT JOIN live ON live."device" = d."id"
      WHERE ${conditionOf(page)} ORDER BY d."id" LIMIT ${page.limit}`;
    const rows: DeviceRow[] = [];
    for (const ids of portionsOf(found.map(({ id }) => id))) {
      const where = { id: { in: ids } };
      rows.push(
        ...(await this.client.device.findMany({ where, orderBy: { id: 'asc' }, ...WITH_TAGS })),
      );
    }
    return rows;
  }

  /** Those of some devices that are connected by their rows. */
  async connected(devices: readonly string[]): Promise<Set<string>> {
    const connected = new Set<string>();
    for (const ids of portionsOf(devices)) {
      const where = { id: { in: ids }, state: 'online' };
      const rows = await this.client.device.findMany({ where, select: { id: true } });
      for (const { id } of rows) connected.add(id);
    }
    return connected;
  }

  /** The model of a device, null for none; undefined when there is no such device. */
  async modelOf(id: string): Promise<string | null | undefined> {
    const select = { modelId: true };
    return (await this.client.device.findUnique({ where: { id }, select }))?.modelId;
  }

  /** The changed device; undefined when it does not exist or has another version. Throws MODEL_UNKNOWN. */
  async change(
    id: string,
    version: number | undefined,
    change: DeviceChange,
  ): Promise<DeviceRow | undefined> {
    const { name, deadlineMs, strategy, limits, modelId, group, tags } = change;
    const update = this.client.device.updateManyAndReturn({
      where: { id, ...(version !== undefined && { version }) },
      data: {
        ...(name !== undefined && { name }),
        ...(deadlineMs !== undefined && { deadlineMs }),
        ...(strategy !== undefined && { strategy }),
        ...limitColumns(limits),
        ...(modelId !== undefined && { modelId }),
        ...(group !== undefined && { group }),
        version: { increment: 1 },
      },
    });
    const [row] = await this.translated(id, update);
    if (row === undefined) return undefined;
    if (tags === undefined) return { ...row, tags: await this.tagsOf(id) };
    await this.replaceTags(id, tags);
    return { ...row, tags: rowsOf(id, tags) };
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

  /** Statement by statement: transactions of several requests would wait for each other on the one connection of SQLite. */
  private async replaceTags(id: string, tags: readonly string[]): Promise<void> {
    await this.client.deviceTag.deleteMany({ where: { deviceId: id, tag: { notIn: [...tags] } } });
    const known = new Set((await this.tagsOf(id)).map(({ tag }) => tag));
    const data = rowsOf(
      id,
      tags.filter((tag) => !known.has(tag)),
    );
    if (data.length > 0) await this.client.deviceTag.createMany({ data });
  }

  private async tagsOf(deviceId: string): Promise<DeviceRow['tags']> {
    return this.client.deviceTag.findMany({ where: { deviceId } });
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
        throw new Fault('MODEL_UNKNOWN', 'model not found', { cause: error });
      }
      throw error;
    }
  }
}

function rowsOf(deviceId: string, tags: readonly string[]): { deviceId: string; tag: string }[] {
  return tags.map((tag) => ({ deviceId, tag }));
}
