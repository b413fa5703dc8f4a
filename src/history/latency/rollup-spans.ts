/** The roll-ups that answer a latency question: whose, of which levels, and which spans of time they fill. */
import {
  DAY_MS,
  floorTo,
  type RollupSpan,
  rollupLevels,
  spansOf,
} from '../rollups/rollup-levels.js';
import type { RollupOwner } from '../rollups/rollups.store.js';
import type { LatencyQuestion } from './latency-question.js';

/** A question with its range and bucket known. */
export interface Scope extends LatencyQuestion {
  readonly fromMs: number;
  readonly toMs: number;
  /** undefined: one bucket. */
  readonly bucketMs: number | undefined;
  /** Widths of the levels that still have what the range needs, finest first. */
  readonly levels: readonly number[];
}

/** The versions of plans are a device's own, and only its roll-ups know them. */
export function ownerOf({ devices, planVersion }: LatencyQuestion): RollupOwner {
  if (devices !== undefined) return { devices };
  return planVersion === undefined ? 'fleet' : 'every device';
}

/** The levels, finest first, that have what a range needs; retention takes the finer ones first. */
export function levelsFor(fromMs: number, starts: ReadonlyMap<number, number>): number[] {
  // What began on the first day there is and is gone from a level would be missed.
  const needed = floorTo(Math.max(fromMs, starts.get(DAY_MS) ?? 0), DAY_MS) + DAY_MS;
  return rollupLevels
    .map(({ ms }) => ms)
    .filter((ms) => ms === DAY_MS || (starts.get(ms) ?? Number.POSITIVE_INFINITY) < needed);
}

/** The roll-ups that fill the range, none of them across the border of a bucket. */
export function spansIn({ fromMs, toMs, bucketMs, levels }: Scope): RollupSpan[] {
  const usable = levels.filter((ms) => bucketMs === undefined || bucketMs % ms === 0);
  return spansOf(fromMs, toMs, usable);
}
