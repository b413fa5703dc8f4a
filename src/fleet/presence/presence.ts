/** Writes what devices say of themselves to the database: many devices in one statement, at most every two seconds. */
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { Clock, LimitedLog, Log, type Timer, writeApart } from '../../platform/index.js';
import { type Heard, LiveDevices, type LivePatch } from './live-devices.js';
import { PresenceStore } from './presence.store.js';

const WRITE_DELAY_MS = 2000;
/** Devices of one statement. The text of thousands of births at once would hold up the event loop. */
const PORTION = 200;

@Injectable()
export class Presence implements BeforeApplicationShutdown {
  private readonly live = new LiveDevices();
  private readonly lines: LimitedLog;
  private timer: Timer | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(PresenceStore) private readonly store: PresenceStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'fleet' }), clock);
  }

  /** Marks all devices offline: the process before might have crashed. */
  async begin(): Promise<void> {
    await this.store.markAllOffline('the service was stopped', this.clock.now());
  }

  /** Notes some news, given with the time; it is in the database two seconds later, or at the next flush. */
  note(news: (live: LiveDevices, at: Date) => void): void {
    news(this.live, this.clock.now());
    if (this.live.changes > 0) this.schedule();
  }

  /** Undefined for a device that is not connected to this service. */
  heardOf(device: string): Heard | undefined {
    return this.live.heardOf(device);
  }

  /** What a device said that might not be in the database yet. Ask before reading the row: a write may end meanwhile. */
  unstoredOf(device: string): LivePatch | undefined {
    return this.live.unstoredOf(device);
  }

  /** The same of all devices. */
  allUnstored(): ReadonlyMap<string, LivePatch> {
    return this.live.allUnstored();
  }

  /** Resolves when all that was noted so far is in the database, or when the attempt has failed and is logged. */
  flush(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    this.writing = this.writing.then(() => this.writeAll());
    return this.writing;
  }

  /** After the broker has ended its sessions, before the database closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  /** What changed before now; later changes have their own time. */
  private async writeAll(): Promise<void> {
    for (let left = this.live.changes; left > 0; left -= PORTION) {
      if (!(await this.write(this.live.takeChanges(PORTION)))) return;
    }
  }

  /** False when the database does not answer. */
  private async write(patches: readonly LivePatch[]): Promise<boolean> {
    if (patches.length === 0) return true;
    try {
      const refused = await writeApart(patches, (some) => this.store.writeLive(some));
      for (const { error, item } of refused) {
        const fields = { err: error, device: item.device };
        this.lines.error(fields, 'presence of a device rejected by the database');
      }
      this.live.stored(patches);
      return true;
    } catch (error) {
      this.lines.error({ err: error, devices: patches.length }, 'presence not written; retrying');
      this.live.notStored(patches);
      this.schedule();
      return false;
    }
  }

  private schedule(): void {
    this.timer ??= this.clock.after(WRITE_DELAY_MS, () => void this.flush());
  }
}
