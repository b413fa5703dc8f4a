/** What is asked of latencies, and what is answered: plain values, since the question goes to a thread. */
import type { Outcome } from '../wire/index.js';
import type { FrameFilter } from './frame-filter.js';
import type { TimedStage } from './stages.js';

export interface LatencyQuestion extends FrameFilter {
  /** Absent: the fleet. */
  readonly devices?: readonly string[] | undefined;
  /** Absent: from the first frame, to now. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Width of a bucket; `auto`: one of some round widths; `all`: one bucket. */
  readonly bucket: number | 'auto' | 'all';
  readonly percentiles: readonly number[];
  readonly stages: readonly TimedStage[];
  /** Adds what was measured less what was predicted. */
  readonly isCompared: boolean;
  readonly nowMs: number;
}

export interface Distribution {
  readonly count: number;
  readonly meanMs: number;
  /** `p95` → ms. */
  readonly percentilesMs: Readonly<Record<string, number>>;
}

export interface StageLatency {
  readonly measured: Distribution | null;
  readonly predicted: Distribution | null;
  /** With compare=predicted: measured less predicted; null where one of them is. */
  readonly difference?: Omit<Distribution, 'count'> | null;
}

export interface LatencyBucket {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly stages: Readonly<Partial<Record<TimedStage, StageLatency>>>;
}

/** What the figures were made from: the frames themselves, or the finest roll-ups that were used. */
export type LatencySource = 'frames' | 'minute' | 'hour' | 'day';

export interface LatencyAnswer {
  /** What was answered for: the range asked for, widened to whole roll-ups where these were used. */
  readonly from: string;
  readonly to: string;
  /** null: one bucket over all. */
  readonly bucketMs: number | null;
  readonly percentiles: readonly number[];
  readonly source: LatencySource;
  /** A percentile is within this share of the exact nearest-rank one; 0: it is that one. Counts and means are exact. */
  readonly relativeError: number;
  /** Oldest first; a bucket without frames is left out. */
  readonly buckets: readonly LatencyBucket[];
}
