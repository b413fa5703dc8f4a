/**
 * The clocks of this start of the machine, and what is known of earlier ones: when each began on the wall clock. So a frame of an earlier
 * start is dated even if the clock was set after it, and one of a start whose clock was never set is known to have no date.
 */
import { readFileSync } from 'node:fs';
import type { ClockState } from '../../../src/wire/index.js';
import { bootId, monotonicMs } from '../clock.js';
import type { DocumentStore } from '../disk/document-store.js';
import { clockStateAt } from './clock-state.js';

/** Starts that are remembered, this one included. */
const KEPT_BOOTS = 16;
/** The disk gets the time again after this, or when the clock was set by more than the second. */
const NOTE_MS = 3_600_000;
const STEP_MS = 1000;

/** The clocks as they are read. */
export interface ClockReadings {
  /** Milliseconds since the start of the machine, less those in which it was suspended (CLOCK_MONOTONIC). */
  monotonicMs(): number;
  /** How long it was suspended since its start; 0 where that is unknown. */
  suspendedMs(): number;
  wallMs(): number;
  /** `latestMs`: the latest time that was believed. */
  state(wallMs: number, latestMs: number | undefined): ClockState;
}

/** The clocks of one moment. */
export interface Clocks {
  readonly boot: string;
  readonly monotonicMs: number;
  readonly suspendedMs: number;
  readonly wallMs: number;
  readonly state: ClockState;
}

export const SYSTEM_CLOCKS: ClockReadings = {
  monotonicMs,
  suspendedMs,
  wallMs: () => Date.now(),
  state: (wallMs, latestMs) => clockStateAt(wallMs, latestMs),
};

export class BootClocks {
  /** Wall time at the start of the machine, by boot; the newest last. */
  private readonly epochs: Map<string, number>;
  private latestMs: number | undefined;

  constructor(
    private readonly documents: DocumentStore,
    private readonly readings: ClockReadings = SYSTEM_CLOCKS,
    readonly boot = bootId(),
  ) {
    const known = documents.read('clocks');
    this.epochs = new Map(known?.boots.map(({ boot: id, epochMs }) => [id, epochMs]));
    this.latestMs = known?.latestMs;
  }

  /** The clocks now; the disk gets what they newly show. */
  now(): Clocks {
    const { boot, readings } = this;
    const wallMs = readings.wallMs();
    const state = readings.state(wallMs, this.latestMs);
    const now = {
      ...{ boot, wallMs, state },
      ...{ monotonicMs: readings.monotonicMs(), suspendedMs: readings.suspendedMs() },
    };
    if (state !== 'unset') this.note(now);
    return now;
  }

  /** Wall time at a start of the machine; undefined while its clock was never believed. */
  epochMsOf(boot: string): number | undefined {
    return this.epochs.get(boot);
  }

  private note({ boot, wallMs, monotonicMs, suspendedMs, state }: Clocks): void {
    const epochMs = wallMs - monotonicMs - suspendedMs;
    const known = this.epochs.get(boot);
    const isMoved = known === undefined || Math.abs(epochMs - known) > STEP_MS;
    const { latestMs = Number.NEGATIVE_INFINITY } = this;
    // A time server corrects what a wrong clock claimed before.
    const isCorrected = state === 'synchronised' && wallMs < latestMs - STEP_MS;
    if (!isMoved && !isCorrected && wallMs < latestMs + NOTE_MS) return;
    this.epochs.delete(boot);
    this.epochs.set(boot, epochMs);
    this.latestMs = isCorrected ? wallMs : Math.max(latestMs, wallMs);
    const boots = [...this.epochs].slice(-KEPT_BOOTS);
    this.documents.keep('clocks', {
      boots: boots.map(([id, at]) => ({ boot: id, epochMs: at })),
      latestMs: this.latestMs,
    });
  }
}

/** `/proc/uptime` counts the time in suspend, the monotonic clock does not (proc(5), clock_gettime(2)). */
function suspendedMs(): number {
  try {
    const [uptimeS] = readFileSync('/proc/uptime', 'utf8').split(' ');
    const ms = 1000 * Number(uptimeS) - monotonicMs();
    return Number.isFinite(ms) ? Math.max(0, ms) : 0;
  } catch {
    return 0;
  }
}
