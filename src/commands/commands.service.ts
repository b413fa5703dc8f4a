/** What operators do with commands: give one to devices, and look what became of it. */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { isOutage } from '../platform/database/index.js';
import { Clock, KnownNames, newestCursor, newestPlaceOf } from '../platform/index.js';
import { Fault, unknownDevice } from '../wire/index.js';
import {
  type CommandPageRequest,
  type CommandView,
  commandViewOf,
  type NewCommandRequest,
  type RunPageRequest,
  type RunView,
  runViewOf,
} from './command-requests.js';
import { type CommandRow, CommandsStore } from './commands.store.js';
import { Dispatcher } from './dispatcher.js';

/** Devices one command may be for, and commands that may be open in all, device by device. */
const MAX_DEVICES = 10_000;
const MAX_OPEN = 50_000;
const FULL_RETRY_MS = 60_000;
/** How long a command is kept after it expired. */
const KEPT_MS = 30 * 86_400_000;

@Injectable()
export class CommandsService implements OnModuleInit {
  constructor(
    @Inject(CommandsStore) private readonly store: CommandsStore,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(KnownNames) private readonly names: KnownNames,
  ) {}

  async onModuleInit(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - KEPT_MS);
    await this.store.removeOld(before).catch((error: unknown) => {
      // Readiness names a database without room. Another start removes them; they are no reason not to serve.
      if (!isOutage(error)) throw error;
    });
  }

  /** Throws GROUP_UNKNOWN, or DEVICE_UNKNOWN when the target has no device, or a named one is unknown; RATE_LIMITED when too many are open. */
  async create({ kind, level, target, expiresInS }: NewCommandRequest): Promise<CommandView> {
    const devices = await this.store.devicesOf(target, MAX_DEVICES + 1);
    if (devices.length > MAX_DEVICES) {
      throw new Fault('REQUEST_INVALID', `target: more than ${MAX_DEVICES} devices`);
    }
    if (devices.length === 0) await this.names.check({ group: target.group });
    checkFound(devices, target.devices);
    if (this.dispatcher.open + devices.length > MAX_OPEN) {
      throw new Fault('RATE_LIMITED', `${this.dispatcher.open} commands are not finished yet`, {
        retryAfterMs: FULL_RETRY_MS,
      });
    }
    const createdAt = this.clock.now();
    const row: CommandRow = {
      ...{ id: randomBytes(8).toString('hex'), kind, level: level ?? null, target, createdAt },
      expiresAt: new Date(createdAt.getTime() + 1000 * expiresInS),
    };
    await this.store.create(row, devices);
    this.dispatcher.dispatch(row, devices);
    return this.get(row.id);
  }

  /** Throws COMMAND_UNKNOWN. */
  async get(id: string): Promise<CommandView> {
    const row = await this.find(id);
    return commandViewOf(row, (await this.store.progressOf([id])).get(id) ?? {});
  }

  /** Newest first. Throws GROUP_UNKNOWN, DEVICE_UNKNOWN. */
  async page({
    cursor,
    ...page
  }: CommandPageRequest): Promise<{ commands: CommandView[]; next: string | null }> {
    await this.dispatcher.flush();
    const after = cursor === undefined ? undefined : newestPlaceOf(cursor);
    const rows = await this.store.page(page, after);
    if (rows.length === 0) await this.names.check({ group: page.group, device: page.device });
    const progress = await this.store.progressOf(rows.map(({ id }) => id));
    const last = rows.length === page.limit ? rows.at(-1) : undefined;
    return {
      commands: rows.map((row) => commandViewOf(row, progress.get(row.id) ?? {})),
      next: last === undefined ? null : newestCursor(last),
    };
  }

  /** The result of a command, device by device. Throws COMMAND_UNKNOWN. */
  async runs(
    id: string,
    { state, limit, cursor }: RunPageRequest,
  ): Promise<{ devices: RunView[]; next: string | null }> {
    await this.find(id);
    const rows = await this.store.runs(id, state, limit, cursor);
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return { devices: rows.map(runViewOf), next: last?.deviceId ?? null };
  }

  private async find(id: string): Promise<CommandRow> {
    await this.dispatcher.flush();
    const row = await this.store.find(id);
    if (row === null) throw new Fault('COMMAND_UNKNOWN', `command '${id}' not found`);
    return row;
  }
}

function checkFound(found: readonly string[], named: readonly string[] | undefined): void {
  const missing = named?.find((id) => !found.includes(id));
  if (missing !== undefined) {
    throw unknownDevice(missing, 'the target');
  }
  if (found.length === 0) throw new Fault('DEVICE_UNKNOWN', 'target: no device found');
}
