/** Rollouts and their devices in the database. */
import { Inject, Injectable } from '@nestjs/common';
import {
  type Columns,
  Database,
  isBehind,
  type NewestPlace,
  Prisma,
  portionsOf,
} from '../../platform/index.js';
import {
  activeStates,
  type RolloutDevice,
  type RolloutDeviceState,
  type RolloutState,
  settingsBefore,
} from '../rules/rollout.js';
import type { RolloutEvent } from '../schemas/rollout-answers.js';

export type RolloutRow = Prisma.RolloutGetPayload<object>;
type DeviceRow = Prisma.RolloutDeviceGetPayload<object>;

/** What may change of a rollout; undefined leaves it as it is. */
export interface RolloutPatch {
  readonly state?: RolloutState;
  readonly wave?: number;
  readonly because?: string;
  readonly measured?: object;
  readonly endedAt?: Date;
  /** In place of those it has. */
  readonly events?: readonly RolloutEvent[];
}

export type WaveCounts = ReadonlyMap<number, Partial<Record<RolloutDeviceState, number>>>;

const DEVICE_COLUMNS = {
  rolloutId: 'text',
  deviceId: 'text',
  wave: 'integer',
  state: 'text',
  before: 'json',
  switchedAt: 'time',
  readyAt: 'time',
  onlineSince: 'time',
  ranBefore: 'integer',
  ranAt: 'time',
  fault: 'text',
} as const satisfies Columns;
const COLUMN_LIST = Prisma.raw(
  Object.keys(DEVICE_COLUMNS)
    .map((name) => `"${name}"`)
    .join(', '),
);

interface RolloutPage {
  readonly state?: RolloutState | undefined;
  readonly group?: string | undefined;
  readonly limit: number;
}

@Injectable()
export class RolloutsStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) private readonly database: Database) {
    this.client = database.client;
  }

  /** One of some devices that is part of a rollout that is not over; undefined when none is. */
  async busyDevice(devices: readonly string[]): Promise<string | undefined> {
    for (const some of portionsOf(devices)) {
      const deviceId = { in: some };
      const rollout = { state: { in: [...activeStates] } };
      const row = await this.client.rolloutDevice.findFirst({ where: { deviceId, rollout } });
      if (row !== null) return row.deviceId;
    }
    return undefined;
  }

  /** With its devices, or not at all: without them it would have nothing to do and be over. */
  async create(row: RolloutRow, devices: readonly RolloutDevice[]): Promise<void> {
    const { measured: _, ...data } = row;
    const given = this.rowsOf(row.id, devices);
    await this.client.$transaction([
      this.client.rollout.create({ data: data as Prisma.RolloutCreateInput }),
      this.client.$executeRaw`
        INSERT INTO "RolloutDevice" (${COLUMN_LIST}) SELECT ${COLUMN_LIST} FROM ${given}
        WHERE EXISTS (SELECT 1 FROM "Device" WHERE "id" = given."deviceId")`,
    ]);
  }

  async find(id: string): Promise<RolloutRow | null> {
    return this.client.rollout.findUnique({ where: { id } });
  }

  /** Newest first; of a group: those that were meant for it. */
  async page(
    { state, group, limit }: RolloutPage,
    after: NewestPlace | undefined,
  ): Promise<RolloutRow[]> {
    return this.client.rollout.findMany({
      where: {
        ...(state !== undefined && { state }),
        ...(group !== undefined && {
          target: { path: this.database.dialect.field('group'), equals: group },
        }),
        ...isBehind(after),
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
  }

  /** Those in which something is still to happen, oldest first. */
  async active(): Promise<RolloutRow[]> {
    const where = { state: { in: [...activeStates] } };
    return this.client.rollout.findMany({ where, orderBy: { createdAt: 'asc' } });
  }

  /** A rollout that is not over and gives a model to devices, or may give it back; undefined when there is none. */
  async activeWith(model: string): Promise<string | undefined> {
    const [row] = await this.client.$queryRaw<{ id: string }[]>`
      SELECT r."id" FROM "Rollout" AS r WHERE r."state" IN (${Prisma.join([...activeStates])})
        AND (r."change" ->> 'model' = ${model} OR EXISTS (SELECT 1 FROM "RolloutDevice" AS d
          WHERE d."rolloutId" = r."id" AND d."before" ->> 'model' = ${model}))
      LIMIT 1`;
    return row?.id;
  }

  /** Changes a rollout that is in one of some states; false when it is in none of them. */
  async change(
    id: string,
    states: readonly RolloutState[],
    { events, ...patch }: RolloutPatch,
  ): Promise<boolean> {
    const { count } = await this.client.rollout.updateMany({
      where: { id, state: { in: [...states] } },
      data: {
        ...patch,
        ...(events !== undefined && { events: events.map((one) => ({ ...one })) }),
      },
    });
    return count === 1;
  }

  /** How many devices of each wave are in which state. */
  async counts(id: string): Promise<WaveCounts> {
    const groups = await this.client.rolloutDevice.groupBy({
      by: ['wave', 'state'],
      where: { rolloutId: id },
      _count: { _all: true },
    });
    const counts = new Map<number, Partial<Record<RolloutDeviceState, number>>>();
    for (const { wave, state, _count } of groups) {
      counts.set(wave, { ...counts.get(wave), [state]: _count._all });
    }
    return counts;
  }

  /** Devices of a rollout by id, ascending: all, or a page of those in a state. */
  async devices(
    id: string,
    page: {
      state?: RolloutDeviceState | undefined;
      limit?: number;
      cursor?: string | undefined;
    } = {},
  ): Promise<RolloutDevice[]> {
    const { state, limit, cursor } = page;
    const rows = await this.client.rolloutDevice.findMany({
      where: {
        rolloutId: id,
        ...(state !== undefined && { state }),
        ...(cursor !== undefined && { deviceId: { gt: cursor } }),
      },
      orderBy: { deviceId: 'asc' },
      ...(limit !== undefined && { take: limit }),
    });
    return rows.map(deviceOf);
  }

  /** Devices of a rollout in some states that are online, or that are not, and since when. */
  async presence(
    id: string,
    states: readonly RolloutDeviceState[],
    isOnline: boolean,
  ): Promise<Map<string, Date>> {
    const is = Prisma.raw(isOnline ? '=' : '<>');
    const rows = await this.client.$queryRaw<{ id: string; stateAt: Date }[]>`
      SELECT "Device"."id", "Device"."stateAt" FROM "RolloutDevice"
      JOIN "Device" ON "Device"."id" = "RolloutDevice"."deviceId"
      WHERE "RolloutDevice"."rolloutId" = ${id}
        AND "RolloutDevice"."state" IN (${Prisma.join([...states])})
        AND "Device"."state" ${is} 'online'`;
    return new Map(rows.map(({ id: device, stateAt }) => [device, stateAt]));
  }

  /** The longest silence, in s, that devices claim for themselves in their births; devices without a claim are left out. */
  async silenceClaims(devices: readonly string[]): Promise<Map<string, number>> {
    if (devices.length === 0) return new Map();
    // Numbers in SQLite, texts in PostgreSQL.
    const rows = await this.client.$queryRaw<{ id: string; silenceS: number | string | null }[]>`
      SELECT "id", "birth" -> 'traffic' ->> 'silenceS' AS "silenceS" FROM "Device"
      WHERE "id" IN (${Prisma.join([...devices])})`;
    return new Map(
      rows.flatMap(({ id, silenceS }) => (silenceS === null ? [] : [[id, Number(silenceS)]])),
    );
  }

  /** Writes what changed of many devices in one statement. */
  async writeDevices(id: string, devices: readonly RolloutDevice[]): Promise<void> {
    if (devices.length === 0) return;
    await this.client.$executeRaw`
      UPDATE "RolloutDevice" SET
        "wave" = given."wave", "state" = given."state", "before" = given."before",
        "switchedAt" = given."switchedAt", "readyAt" = given."readyAt",
        "onlineSince" = given."onlineSince", "ranBefore" = given."ranBefore",
        "ranAt" = given."ranAt", "fault" = given."fault"
      FROM ${this.rowsOf(id, devices)}
      WHERE "RolloutDevice"."rolloutId" = given."rolloutId"
        AND "RolloutDevice"."deviceId" = given."deviceId"`;
  }

  private rowsOf(id: string, devices: readonly RolloutDevice[]): Prisma.Sql {
    const rows = devices.map((one) => {
      const { device, wave, state, before, switchedAt, readyAt, fault } = one;
      const { onlineSince, ranBefore, ranAt } = one;
      return [
        ...[id, device, wave, state, before, switchedAt, readyAt],
        ...[onlineSince, ranBefore, ranAt, fault],
      ];
    });
    return this.database.dialect.rows('given', DEVICE_COLUMNS, rows);
  }
}

function deviceOf(row: DeviceRow): RolloutDevice {
  const { rolloutId: _, deviceId: device, before, ...rest } = row;
  const state = row.state as RolloutDeviceState;
  return { ...rest, device, state, before: settingsBefore.parse(before) };
}
