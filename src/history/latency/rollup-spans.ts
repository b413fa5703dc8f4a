/** The roll-ups that answer a latency question: whose, of which levels, and which spans of time they fill. */
import { completeFrom } from '../rollups/retention.js';
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

/**
 * The first start of each level, by its width: frames that are not folded yet count, and what retention removes does not. Levels without
 * anything are left out.
 */
export function startsOf(
  stored: ReadonlyMap<number, number>,
  tailMs: number | undefined,
  { kept, nowMs }: Pick<LatencyQuestion, 'kept' | 'nowMs'>,
): ReadonlyMap<number, number> {
  const complete = kept === undefined ? undefined : completeFrom(kept, nowMs);
  return new Map(
    rollupLevels.flatMap(({ ms }) => {
      const firsts = [stored.get(ms), tailMs === undefined ? undefined : floorTo(tailMs, ms)];
      const firstMs = Math.min(...firsts.map((first) => first ?? Number.POSITIVE_INFINITY));
      if (!Number.isFinite(firstMs)) return [];
      return [[ms, Math.max(firstMs, complete?.get(ms) ?? firstMs)] as const];
    }),
  );
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
