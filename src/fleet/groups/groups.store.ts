/** Groups in the database: all devices of one at once. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, Prisma } from '../../platform/index.js';
import {
  type DeviceLimits,
  LIMIT_COLUMNS,
  type LimitsChange,
  limitColumns,
  limitsOf,
} from '../store/limit-columns.js';
import { type LiveState, liveColumn, liveTable } from '../store/live-state.js';

/** How many devices of a group have a model and a state. */
export interface GroupPart {
  readonly group: string;
  readonly modelId: string | null;
  readonly state: string;
  readonly devices: number;
}

export interface GroupDevice {
  readonly id: string;
  readonly modelId: string | null;
  readonly deadlineMs: number | null;
  readonly strategy: string;
  readonly limits: DeviceLimits;
}

/** What all devices of a group get; undefined leaves it as it is. */
export interface GroupChange {
  readonly modelId?: string | null | undefined;
  readonly deadlineMs?: number | null | undefined;
  readonly strategy?: string | undefined;
  readonly limits?: LimitsChange | undefined;
}

@Injectable()
export class GroupsStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) private readonly database: Database) {
    this.client = database.client;
  }

  /** Of all groups, or of one; presence that is newer than the rows counts. */
  async parts(live: readonly LiveState[], group?: string): Promise<GroupPart[]> {
    const isMeant =
      group === undefined ? Prisma.sql`d."group" IS NOT NULL` : Prisma.sql`d."group" = ${group}`;
    const parts = await this.client.$queryRaw<
      (Omit<GroupPart, 'devices'> & { readonly devices: bigint })[]
    >`
      WITH ${liveTable(this.database.dialect, live)}
      SELECT d."group", d."modelId", ${liveColumn('state')} AS "state", count(*) AS "devices"
      FROM "Device" AS d LEFT JOIN live ON live."device" = d."id"
      WHERE ${isMeant} GROUP BY 1, 2, 3`;
    return parts.map((part) => ({ ...part, devices: Number(part.devices) }));
  }

  /** The devices of a group with what all of them can be given at once, by id. */
  async devicesOf(group: string): Promise<GroupDevice[]> {
    const select = { id: true, modelId: true, deadlineMs: true, strategy: true, ...LIMIT_COLUMNS };
    const rows = await this.client.device.findMany({
      ...{ where: { group }, select, orderBy: { id: 'asc' } },
    });
    return rows.map((row) => {
      const { id, modelId, deadlineMs, strategy } = row;
      return { id, modelId, deadlineMs, strategy, limits: limitsOf(row) };
    });
  }

  /** Changes all devices of a group in one statement. */
  async change(group: string, change: GroupChange): Promise<void> {
    const { modelId, deadlineMs, strategy, limits } = change;
    await this.client.device.updateMany({
      where: { group },
      data: {
        ...(modelId !== undefined && { modelId }),
        ...(deadlineMs !== undefined && { deadlineMs }),
        ...(strategy !== undefined && { strategy }),
        ...limitColumns(limits),
        version: { increment: 1 },
      },
    });
  }
}
