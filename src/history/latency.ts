/**
 * Adds up the times of frames, in the order they started, into buckets with exact percentiles.
 *
 * Percentiles are nearest-rank: p of n values is the ⌈p·n/100⌉-th smallest, a value that was really measured. Frames that
 * failed are counted and add no time, so that they make no average look better. Memory is that of one bucket's frames.
 */
import type { Outcome } from '../wire/index.js';
import type { FrameTimes } from './frames.store.js';
import { type TimedStage, timedStages } from './stages.js';

/** Sorting fewer frames than this takes well under a millisecond a stage. */
const PAUSE_FRAMES = 5_000;

export interface Distribution {
  readonly count: number;
  readonly meanMs: number;
  /** `p95` → ms. */
  readonly percentilesMs: Readonly<Record<string, number>>;
}

export interface StageLatency {
  readonly measured: Distribution | null;
  readonly predicted: Distribution | null;
}

export interface LatencyBucket {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly stages: Readonly<Record<TimedStage, StageLatency>>;
}

/** The distribution of values; null when there are none. O(n log n). */
export function distribution(
  values: readonly number[],
  percentiles: readonly number[],
): Distribution | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (p: number) => sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? 0;
  return {
    count: sorted.length,
    meanMs: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    percentilesMs: Object.fromEntries(percentiles.map((p) => [`p${p}`, at(p)])),
  };
}

/** One bucket while it is filled. */
export class BucketTimes {
  count = 0;
  private readonly outcomes: Partial<Record<Outcome, number>> = {};
  private readonly measured: number[][] = timedStages.map(() => []);
  private readonly predicted: number[][] = timedStages.map(() => []);

  add(frame: FrameTimes): void {
    this.count += 1;
    this.outcomes[frame.outcome] = (this.outcomes[frame.outcome] ?? 0) + 1;
    if (frame.outcome === 'failed') return;
    for (const index of timedStages.keys()) {
      this.measured[index]?.push(frame.measuredMs[index] ?? 0);
      const predictedMs = frame.predictedMs[index];
      if (typeof predictedMs === 'number') this.predicted[index]?.push(predictedMs);
    }
  }

  /** The finished bucket; sorting is done a stage at a time, and `pause` lets others run in between. */
  async finish(
    range: { readonly from: string; readonly to: string },
    percentiles: readonly number[],
    pause: () => Promise<void>,
  ): Promise<LatencyBucket> {
    const stages: Partial<Record<TimedStage, StageLatency>> = {};
    for (const [index, stage] of timedStages.entries()) {
      if (this.count > PAUSE_FRAMES) await pause();
      const measured = distribution(this.measured[index] ?? [], percentiles);
      const predicted = distribution(this.predicted[index] ?? [], percentiles);
      stages[stage] = { measured, predicted };
    }
    const { count, outcomes } = this;
    return { ...range, count, outcomes, stages: stages as Record<TimedStage, StageLatency> };
  }
}
