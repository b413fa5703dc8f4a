/**
 * A processor some times slower than this one, by sleeping after work. The cost of work is the processor time of its thread
 * where the kernel reports it (Linux): time that other processes used is not the emulated device's.
 */
import { readFileSync } from 'node:fs';
import { monotonicMs } from '../clock.js';
import type { Throttle } from './compute-protocol.js';

/**
 * The cost of work is its usual best, the quartile of the latest runs, and at most a factor more or
 * less: processor time too grows by half while a core's other thread or the memory is busy with something else, and what the kernel
 * counts late is missing from one run and added to the next. That is the host's, not the emulated device's.
 */
const HICCUP_RATIO = 1.1;
const RUNS = 16;
const BEST_SHARE = 0.25;
/** The kernel counts when a thread gives way; a shorter sleep may end before it has. */
const GIVE_WAY_MS = 0.1;
/** Nanoseconds on the processor first. */
const SCHEDSTAT = '/proc/thread-self/schedstat';

export interface Timed<T> {
  readonly value: T;
  readonly ms: number;
}

export class EmulatedProcessor {
  /** Of each work, the latest runs. */
  private readonly runsMs = new Map<string, readonly number[]>();
  private readonly cell = new Int32Array(new SharedArrayBuffer(4));
  private readonly nowMs: () => number;
  private readonly throttledAtMs: number;

  /** `usualSlowdown` 1 is this processor itself: nothing is stretched, and times are the clock's. */
  constructor(
    private readonly usualSlowdown: number,
    private readonly throttle?: Throttle | undefined,
  ) {
    const { afterS = Number.POSITIVE_INFINITY } = throttle ?? {};
    this.throttledAtMs = monotonicMs() + 1000 * afterS;
    const isKnown = this.isEmulated && this.processorMs() !== undefined;
    this.nowMs = isKnown ? () => this.processorMs() ?? 0 : monotonicMs;
  }

  /** Does some work and takes as long as the emulated processor would; `what` names work that costs alike. */
  async run<T>(what: string, work: () => Promise<T>): Promise<Timed<T>> {
    const startMs = monotonicMs();
    const { value, ms } = await this.measure(what, work);
    const restMs = startMs + ms - monotonicMs();
    if (this.isEmulated && restMs > 0) this.sleep(restMs);
    return { value, ms: monotonicMs() - startMs };
  }

  /** Does some work and says how long the emulated processor would take, without taking it. */
  async measure<T>(what: string, work: () => Promise<T>): Promise<Timed<T>> {
    const startMs = this.nowMs();
    const value = await work();
    const ranMs = this.nowMs() - startMs;
    if (!this.isEmulated) return { value, ms: ranMs };
    const runsMs = [...(this.runsMs.get(what) ?? []), ranMs].slice(-RUNS);
    this.runsMs.set(what, runsMs);
    const sortedMs = runsMs.toSorted((a, b) => a - b);
    const usualMs = sortedMs[Math.floor(BEST_SHARE * (sortedMs.length - 1))] ?? ranMs;
    const ms = Math.min(HICCUP_RATIO * usualMs, Math.max(usualMs / HICCUP_RATIO, ranMs));
    return { value, ms: this.slowdown * ms };
  }

  private get isEmulated(): boolean {
    return this.usualSlowdown > 1 || this.throttle !== undefined;
  }

  private get slowdown(): number {
    const isThrottled = monotonicMs() >= this.throttledAtMs;
    return this.usualSlowdown * (isThrottled ? (this.throttle?.factor ?? 1) : 1);
  }

  /** Processor time of this thread so far, up to its last switch; undefined where the kernel does not report it. */
  private processorMs(): number | undefined {
    this.sleep(GIVE_WAY_MS);
    try {
      const ms = Number(readFileSync(SCHEDSTAT, 'latin1').split(' ')[0]) / 1e6;
      return ms > 0 ? ms : undefined;
    } catch {
      return undefined;
    }
  }

  private sleep(ms: number): void {
    Atomics.wait(this.cell, 0, 0, ms);
  }
}
