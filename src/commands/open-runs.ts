/**
 * The commands that are not through, by device, and what happens to them; pure memory, no clock of its own.
 *
 * A device gets a command at every connection until it has reported a result; it runs it once, by the command's id.
 */
import type { Command, CommandReport } from '../wire/index.js';
import { type CommandState, isFinal, mayBecome } from './command-states.js';
import type { RunChange } from './commands.store.js';

/** A command as the wire sends it. */
export interface Order {
  readonly id: string;
  readonly kind: string;
  readonly level: string | null;
  readonly expiresAt: Date;
}

interface Run {
  readonly order: Order;
  row: RunChange;
  /** True when the session of now was given the command. */
  isDelivered: boolean;
}

/** The way to devices: sessions by device, and what hands a command to one; false when it cannot be. */
export interface Courier {
  isThere(device: string): boolean;
  deliver(device: string, command: Command): boolean;
}

/**
 * What a report was: news of an open command, known already, or of no use; the text then begins with the field. Unknown: of a command
 * that is not remembered, which the database may have.
 */
export type ReportOutcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unused'; readonly because: string };

/** Ends of commands that are remembered: a late report of one asks the database nothing. */
const ENDED_REMEMBERED = 1000;

export class OpenRuns {
  private readonly byDevice = new Map<string, Map<string, Run>>();
  private readonly changed = new Map<string, RunChange>();
  /** How the latest commands ended, by command and device. */
  private readonly ended = new Map<string, CommandState>();
  private count = 0;
  /** Nothing expires before. */
  private nextEndMs = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.count;
  }

  get hasChanges(): boolean {
    return this.changed.size > 0;
  }

  add(order: Order, row: RunChange): void {
    const runs = this.byDevice.get(row.deviceId) ?? new Map<string, Run>();
    if (!runs.has(order.id)) this.count += 1;
    runs.set(order.id, { order, row, isDelivered: false });
    this.byDevice.set(row.deviceId, runs);
    this.nextEndMs = Math.min(this.nextEndMs, order.expiresAt.getTime());
  }

  /** What was on its way when a session ended is given to the next one again. */
  disconnected(device: string): void {
    for (const run of this.byDevice.get(device)?.values() ?? []) run.isDelivered = false;
  }

  /**
   * A device reported on a command. Reports repeated or overtaken change nothing. Of a command that the device does not have, or that
   * expired, the device learns that its report was of no use.
   */
  reported(device: string, report: CommandReport, at: Date): ReportOutcome {
    const { id, state, fault, result = null } = report;
    const run = this.byDevice.get(device)?.get(id);
    if (run === undefined) return this.lateReport(device, id);
    const { state: before } = run.row;
    if (before === state) return { kind: 'repeated' };
    if (!mayBecome(before, state)) {
      return { kind: 'unused', because: `state: a command that is ${before} cannot be ${state}` };
    }
    this.become(run, state, at, {
      ...(state === 'accepted' ? { acceptedAt: at } : { result }),
      ...(fault !== undefined && { faultCode: fault.code, faultText: fault.message }),
    });
    return { kind: 'taken' };
  }

  /** Ends what has expired, and delivers what waits for a device that listens. */
  look(at: Date, courier: Courier): void {
    if (at.getTime() >= this.nextEndMs) this.expire(at);
    for (const [device, runs] of this.byDevice) {
      // Most devices that a command waits for are away: for them nothing is made ready.
      if (!courier.isThere(device)) continue;
      for (const run of runs.values()) if (!run.isDelivered) this.deliver(run, at, courier);
    }
  }

  forget(device: string): void {
    this.count -= this.byDevice.get(device)?.size ?? 0;
    this.byDevice.delete(device);
    for (const [key, { deviceId }] of this.changed) {
      if (deviceId === device) this.changed.delete(key);
    }
  }

  /** All that changed since the last time. */
  takeChanges(): RunChange[] {
    const changes = [...this.changed.values()];
    this.changed.clear();
    return changes;
  }

  /** These changes could not be stored: they will be among the next, unless there are newer ones. */
  notStored(changes: readonly RunChange[]): void {
    for (const change of changes) {
      const key = keyOf(change);
      if (!this.changed.has(key)) this.changed.set(key, change);
    }
  }

  /** Of a command that is not open. Its end may be known from a report that came twice, as at-least-once delivery allows. */
  private lateReport(device: string, id: string): ReportOutcome {
    const ended = this.ended.get(`${id} ${device}`);
    return ended === undefined ? { kind: 'unknown' } : lateOutcome(ended);
  }

  private expire(at: Date): void {
    this.nextEndMs = Number.POSITIVE_INFINITY;
    for (const runs of this.byDevice.values()) {
      for (const run of runs.values()) {
        const endMs = run.order.expiresAt.getTime();
        if (endMs <= at.getTime()) this.become(run, 'expired', at, {});
        else this.nextEndMs = Math.min(this.nextEndMs, endMs);
      }
    }
  }

  private deliver(run: Run, at: Date, courier: Courier): void {
    const { order, row } = run;
    const leftMs = order.expiresAt.getTime() - at.getTime();
    run.isDelivered = courier.deliver(row.deviceId, commandOf(order, leftMs));
    if (run.isDelivered && run.row.state === 'queued') this.become(run, 'sent', at, { sentAt: at });
  }

  private become(run: Run, state: CommandState, at: Date, more: Partial<RunChange>): void {
    run.row = { ...run.row, ...more, state, ...(isFinal(state) && { endedAt: at }) };
    this.changed.set(keyOf(run.row), run.row);
    if (!isFinal(state)) return;
    const runs = this.byDevice.get(run.row.deviceId);
    if (runs?.delete(run.order.id)) this.count -= 1;
    if (runs?.size === 0) this.byDevice.delete(run.row.deviceId);
    this.ended.set(keyOf(run.row), state);
    for (const oldest of this.ended.keys()) {
      if (this.ended.size <= ENDED_REMEMBERED) break;
      this.ended.delete(oldest);
    }
  }
}

/** What a report was of a command that ended so; undefined: the device never had it. */
export function lateOutcome(ended: CommandState | undefined): ReportOutcome {
  if (ended === undefined) {
    return { kind: 'unused', because: 'id: the device has no such open command' };
  }
  if (ended === 'expired') return { kind: 'unused', because: 'id: the command expired' };
  return { kind: 'repeated' };
}

function keyOf({ commandId, deviceId }: RunChange): string {
  return `${commandId} ${deviceId}`;
}

function commandOf({ id, kind, level }: Order, expiresInMs: number): Command {
  const command = { v: 1, id, expiresInMs, kind, ...(level !== null && { level }) };
  return command as Command;
}
