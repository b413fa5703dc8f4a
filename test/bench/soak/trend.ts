/** Whether a quantity grows: slopes that single jumps and collections of garbage do not fool. */
import { quantile } from '../measure.js';

/** A value at a time. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

const MS_PER_MINUTE = 60_000;

/** Growth per minute: the median of the slopes of all pairs (Theil 1950, Sen 1968). O(n²) */
export function slopePerMinute(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((from, i) =>
    samples
      .slice(i + 1)
      .filter(({ atMs }) => atMs > from.atMs)
      .map(({ atMs, value }) => ((value - from.value) / (atMs - from.atMs)) * MS_PER_MINUTE),
  );
  return quantile(slopes, 0.5);
}

/** Median of the last fifth less median of the first. */
export function growth(samples: readonly Sample[]): number {
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  return medianOf(samples.slice(-fifth)) - medianOf(samples.slice(0, fifth));
}

/** The median value, whenever it was. */
export function medianOf(samples: readonly Sample[]): number {
  return quantile(
    samples.map(({ value }) => value),
    0.5,
  );
}
