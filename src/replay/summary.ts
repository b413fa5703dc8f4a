/** A replay in numbers. */
import { bytesOf, percentileOf, type RowTimes } from '../wire/index.js';
import type { Replayed } from './replay.js';

export interface ReplaySummary {
  readonly frames: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Frames under another row than the one before. */
  readonly switches: number;
  readonly switchesPerMinute: number;
  /** Max switches in any minute. */
  readonly maxSwitchesInAMinute: number;
  readonly suppressed: number;
  /** Frames that were sent and finished on the device. */
  readonly fallbacks: number;
}

const MINUTE_MS = 60_000;

export function summaryOf({ frames, suppressed }: Replayed, lastsMs: number): ReplaySummary {
  const sorted = frames.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const at = (p: number): number => percentileOf(sorted, p) ?? 0;
  const switchedAtMs = frames.flatMap(({ row, atMs }, i) =>
    i > 0 && row !== frames[i - 1]?.row ? [atMs] : [],
  );
  return {
    frames: frames.length,
    meanMs: sorted.reduce((sum, ms) => sum + ms, 0) / Math.max(1, sorted.length),
    p50Ms: at(50),
    p95Ms: at(95),
    p99Ms: at(99),
    maxMs: at(100),
    switches: switchedAtMs.length,
    switchesPerMinute: (switchedAtMs.length * MINUTE_MS) / lastsMs,
    maxSwitchesInAMinute: maxWithin(switchedAtMs, MINUTE_MS),
    suppressed,
    fallbacks: frames.filter(({ outcome }) => outcome === 'local-fallback').length,
  };
}

/** Bytes of the chosen rows, on average. Frames that ended on the device count in full, probes do not count. */
export function bytesPerFrame({ frames }: Replayed, rows: readonly RowTimes[]): number {
  const bytes = frames.reduce((sum, { row }) => {
    const times = rows[row];
    return sum + (times === undefined ? 0 : bytesOf(times));
  }, 0);
  return bytes / Math.max(1, frames.length);
}

/** Frames that ended after a deadline. */
export function lateFrames({ frames }: Replayed, deadlineMs: number): number {
  return frames.filter(({ latencyMs }) => latencyMs > deadlineMs).length;
}

function maxWithin(timesMs: readonly number[], spanMs: number): number {
  let most = 0;
  let from = 0;
  for (const [i, atMs] of timesMs.entries()) {
    while ((timesMs[from] ?? atMs) <= atMs - spanMs) from += 1;
    most = Math.max(most, i - from + 1);
  }
  return most;
}
