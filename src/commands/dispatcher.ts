/**
 * Brings commands to devices and what becomes of them to the database: many changes in one statement. What is not through
 * is looked at twice a second; nothing runs while there is nothing.
 */
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { Broker } from '../broker/index.js';
import {
  Clock,
  EventBus,
  KeyedBuckets,
  LimitedLog,
  Log,
  type Timer,
  writeApart,
} from '../platform/index.js';
import { Fault } from '../wire/index.js';
import { CommandsStore, type OpenRow, type RunChange } from './commands.store.js';
import { lateOutcome, OpenRuns, type Order, type ReportOutcome } from './open-runs.js';

const LOOK_MS = 500;
/** Reports of commands that are not remembered, of one device, for which the database is asked; further ones are not answered. */
const LOOK_UPS = { perSecond: 1 / 6, atOnce: 10 };

@Injectable()
export class Dispatcher implements OnModuleInit, BeforeApplicationShutdown {
  private readonly runs = new OpenRuns();
  private readonly lines: LimitedLog;
  private readonly lookUps = new KeyedBuckets(LOOK_UPS.perSecond, LOOK_UPS.atOnce);
  private timer: Timer | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CommandsStore) private readonly store: CommandsStore,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'commands' }), clock);
  }

  /** Commands that are not through, of all devices. */
  get open(): number {
    return this.runs.size;
  }

  /** Goes on with what the last stop left. */
  async onModuleInit(): Promise<void> {
    for (const row of await this.store.open()) this.runs.add(orderOf(row), changeOf(row));
    const { events, runs, clock } = this;
    events.on('device.disconnected', ({ device }) => runs.disconnected(device));
    events.on('fleet.deviceDeleted', ({ device }) => runs.forget(device));
    events.on('wire.commandReport', ({ device, payload }) => {
      const outcome = runs.reported(device, payload, clock.now());
      if (outcome.kind === 'unknown') void this.lookUp(device, payload.id);
      else this.answer(device, outcome);
      this.schedule();
    });
    this.schedule();
  }

  /** A new command for some devices: those that listen have it when this returns. */
  dispatch(order: Order, devices: readonly string[]): void {
    for (const deviceId of devices) {
      this.runs.add(order, {
        ...{ commandId: order.id, deviceId, state: 'queued', sentAt: null, acceptedAt: null },
        ...{ endedAt: null, result: null, faultCode: null, faultText: null },
      });
    }
    this.look();
  }

  /** Resolves when all that is known so far is in the database, or when the attempt has failed and is logged. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.write(this.runs.takeChanges()));
    return this.writing;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    await this.flush();
  }

  /** A device repeats a report until it is sure, also over a restart of the service, which remembers no ends. */
  private async lookUp(device: string, id: string): Promise<void> {
    if (this.lookUps.take(device, this.clock.monotonicMs()) > 0) return;
    try {
      this.answer(device, lateOutcome(await this.store.stateOf(id, device)));
    } catch (err) {
      // Unknown is not the same as no such command: the device gets no answer.
      this.lines.error({ err, device, commandId: id }, 'report of a command not looked up');
    }
  }

  private answer(device: string, outcome: ReportOutcome): void {
    if (outcome.kind !== 'unused') return;
    const fault = new Fault('MESSAGE_UNUSED', outcome.because);
    this.broker.sendFault(device, 'commandReport', fault);
  }

  private look(): void {
    this.runs.look(this.clock.now(), {
      isThere: (device) => this.broker.connectionOf(device) !== undefined,
      deliver: (device, command) => this.broker.send('command', device, command),
    });
    void this.flush();
    this.schedule();
  }

  private schedule(): void {
    if (this.runs.size === 0 && !this.runs.hasChanges) return;
    this.timer ??= this.clock.after(LOOK_MS, () => {
      this.timer = undefined;
      this.look();
    });
  }

  private async write(changes: readonly RunChange[]): Promise<void> {
    if (changes.length === 0) return;
    try {
      const refused = await writeApart(changes, (some) => this.store.writeRuns(some));
      for (const { error, item } of refused) {
        const { commandId, deviceId: device } = item;
        this.lines.error({ err: error, commandId, device }, 'change rejected by the database');
      }
    } catch (error) {
      this.lines.error({ err: error, runs: changes.length }, 'commands not written; retrying');
      this.runs.notStored(changes);
      this.schedule();
    }
  }
}

function orderOf({ command: { id, kind, level, expiresAt } }: OpenRow): Order {
  return { id, kind, level, expiresAt };
}

function changeOf({ command: _, ...row }: OpenRow): RunChange {
  return row as RunChange;
}
