/** Commands in the database, and what is read of the devices they are for: the only place of this folder that knows Prisma. */
import { Inject, Injectable } from '@nestjs/common';
import {
  type Columns,
  Database,
  type DeviceTarget,
  isBehind,
  type NewestPlace,
  type Prisma,
  portionsOf,
  queriesOf,
} from '../platform/index.js';
import { type CommandState, isCommandState, openStates } from './command-states.js';

export type CommandRow = Prisma.CommandGetPayload<object>;
export type RunRow = Prisma.CommandRunGetPayload<object>;

/** A command that is not through on a device, with the command itself. */
export type OpenRow = Prisma.CommandRunGetPayload<{ include: { command: true } }>;

/** All that changes of a run. */
export type RunChange = Omit<RunRow, 'state'> & { readonly state: CommandState };

/** Primary key first, then what changes. */
const RUN_COLUMNS = {
  commandId: 'text',
  deviceId: 'text',
  state: 'text',
  sentAt: 'time',
  acceptedAt: 'time',
  endedAt: 'time',
  result: 'text',
  faultCode: 'text',
  faultText: 'text',
} as const satisfies Columns;
const RUN_FIELDS = Object.keys(RUN_COLUMNS) as (keyof typeof RUN_COLUMNS)[];

interface CommandPage {
  readonly device?: string | undefined;
  readonly group?: string | undefined;
  readonly limit: number;
}

@Injectable()
export class CommandsStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) private readonly database: Database) {
    this.client = database.client;
  }

  /** Ids of the devices that are meant, up to a limit. */
  async devicesOf(target: DeviceTarget, limit: number): Promise<string[]> {
    const found: string[] = [];
    for (const where of queriesOf(target)) {
      const select = { id: true };
      const rows = await this.client.device.findMany({ where, select, take: limit });
      found.push(...rows.map(({ id }) => id));
    }
    return found;
  }

  /** A command with a queued run for each device, or neither; devices that are gone by now are left out. */
  async create(command: CommandRow, devices: readonly string[]): Promise<void> {
    const { target, ...rest } = command;
    const rows = devices.map((device) => [command.id, device]);
    const given = this.database.dialect.rows(
      'given',
      { commandId: 'text', deviceId: 'text' },
      rows,
    );
    await this.client.$transaction([
      this.client.command.create({ data: { ...rest, target: target as Prisma.InputJsonValue } }),
      this.client.$executeRaw`
        INSERT INTO "CommandRun" ("commandId", "deviceId", "state")
        SELECT given."commandId", given."deviceId", 'queued' FROM ${given}
        WHERE EXISTS (SELECT 1 FROM "Device" WHERE "id" = given."deviceId")`,
    ]);
  }

  async find(id: string): Promise<CommandRow | null> {
    return this.client.command.findUnique({ where: { id } });
  }

  /** Newest first; of a group: those that were meant for it. */
  async page(
    { device, group, limit }: CommandPage,
    after: NewestPlace | undefined,
  ): Promise<CommandRow[]> {
    return this.client.command.findMany({
      where: {
        ...(device !== undefined && { runs: { some: { deviceId: device } } }),
        ...(group !== undefined && {
          target: { path: this.database.dialect.field('group'), equals: group },
        }),
        ...isBehind(after),
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
  }

  /** How many runs of each command are in each state. */
  async progressOf(
    ids: readonly string[],
  ): Promise<Map<string, Partial<Record<CommandState, number>>>> {
    const progress = new Map<string, Partial<Record<CommandState, number>>>();
    for (const some of portionsOf(ids)) {
      const counts = await this.client.commandRun.groupBy({
        by: ['commandId', 'state'],
        where: { commandId: { in: some } },
        _count: { _all: true },
      });
      for (const { commandId, state, _count } of counts) {
        if (!isCommandState(state)) continue;
        progress.set(commandId, { ...progress.get(commandId), [state]: _count._all });
      }
    }
    return progress;
  }

  /** Runs of a command by device, ascending; ids after one. */
  async runs(
    commandId: string,
    state: CommandState | undefined,
    limit: number,
    after: string | undefined,
  ): Promise<RunRow[]> {
    return this.client.commandRun.findMany({
      where: {
        commandId,
        ...(state !== undefined && { state }),
        ...(after !== undefined && { deviceId: { gt: after } }),
      },
      orderBy: { deviceId: 'asc' },
      take: limit,
    });
  }

  /** All that are not through. */
  async open(): Promise<OpenRow[]> {
    const where = { state: { in: [...openStates] } };
    return this.client.commandRun.findMany({ where, include: { command: true } });
  }

  /** How a command stands on a device; undefined where the device has no such command, or none any more. */
  async stateOf(commandId: string, deviceId: string): Promise<CommandState | undefined> {
    const where = { commandId_deviceId: { commandId, deviceId } };
    const row = await this.client.commandRun.findUnique({ where, select: { state: true } });
    return row !== null && isCommandState(row.state) ? row.state : undefined;
  }

  /** Writes what changed of many runs in one statement. */
  async writeRuns(runs: readonly RunChange[]): Promise<void> {
    const rows = runs.map((run) => RUN_FIELDS.map((field) => run[field]));
    const given = this.database.dialect.rows('given', RUN_COLUMNS, rows);
    await this.client.$executeRaw`
      UPDATE "CommandRun" SET
        "state" = given."state", "sentAt" = given."sentAt", "acceptedAt" = given."acceptedAt",
        "endedAt" = given."endedAt", "result" = given."result",
        "faultCode" = given."faultCode", "faultText" = given."faultText"
      FROM ${given}
      WHERE "CommandRun"."commandId" = given."commandId"
        AND "CommandRun"."deviceId" = given."deviceId"`;
  }

  /** Removes commands that expired before a time. */
  async removeOld(before: Date): Promise<void> {
    await this.client.command.deleteMany({ where: { expiresAt: { lt: before } } });
  }
}
