/**
 * Event-loop delay (faults.md, I4): a timer every 10 ms measures how late it fires.
 * Every sample is kept, so quantiles are exact over any part of the last minute.
 */
import { z } from 'zod';
import { percentileOf } from '../../wire/index.js';
import type { ResponseOf } from '../http/answers.js';

const EVERY_MS = 10;
const KEPT = 6000;

export const eventLoopDelays = z.object({
  samples: z.int().describe('Number of measurements'),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
});
export type EventLoopDelays = ResponseOf<typeof eventLoopDelays>;

export class EventLoopDelay {
  private readonly lateMs = new Float64Array(KEPT);
  private readonly atMs = new Float64Array(KEPT);
  private taken = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly watchers: ((lateMs: number) => void)[] = [];

  /** Calls `watcher` with every delay in ms, as soon as it is measured. */
  watch(watcher: (lateMs: number) => void): void {
    this.watchers.push(watcher);
  }

  start(): void {
    let dueMs = performance.now() + EVERY_MS;
    this.timer = setInterval(() => {
      const nowMs = performance.now();
      const lateMs = nowMs - dueMs;
      dueMs = nowMs + EVERY_MS;
      this.add(nowMs, lateMs);
      for (const watcher of this.watchers) watcher(Math.max(0, lateMs));
    }, EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Adds a sample: a timer fired `lateMs` late. */
  add(nowMs: number, lateMs: number): void {
    const place = this.taken % KEPT;
    this.lateMs[place] = Math.max(0, lateMs);
    this.atMs[place] = nowMs;
    this.taken += 1;
  }

  /** Delays since `fromMs`, at most over the last minute; zeros without samples. */
  since(fromMs: number): EventLoopDelays {
    const places = Math.min(this.taken, KEPT);
    const lateMs = this.lateMs
      .subarray(0, places)
      .filter((_, place) => (this.atMs[place] ?? 0) >= fromMs)
      .sort();
    const at = (p: number): number => percentileOf(lateMs, p) ?? 0;
    return { samples: lateMs.length, p50Ms: at(50), p99Ms: at(99), maxMs: at(100) };
  }
}
