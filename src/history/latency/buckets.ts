/**
 * Summaries of frames by bucket and stage: exact from frames, within the histograms' error from roll-ups.
 *
 * Percentiles are nearest-rank: p of n values is the ⌈p·n/100⌉-th smallest. Frames that failed are counted and add no time.
 */
import { clamp, type Outcome, percentileOf, ranges } from '../../wire/index.js';
import type { FrameTimes } from '../frames/frames.store.js';
import { type TimedStage, timedStages } from '../frames/stages.js';
import type { CellSink } from '../rollups/cells.js';
import { TimeHistogram } from '../rollups/time-histogram.js';
import type { Distribution, LatencyBucket, StageLatency } from './latency-answers.js';
import type { LatencyQuestion } from './latency-question.js';

type Asked = Pick<LatencyQuestion, 'percentiles' | 'stages' | 'isCompared'>;

/** One bucket while it is filled. */
export interface Bucket {
  readonly count: number;
  finish(range: { readonly from: string; readonly to: string }, asked: Asked): LatencyBucket;
}

interface Summary {
  readonly count: number;
  readonly sumMs: number;
  add(ms: number): void;
  percentilesMs(percentiles: readonly number[]): readonly number[];
}

/** Values as they are, but for those that an earlier version stored beyond the range of today. */
class ExactTimes implements Summary {
  sumMs = 0;
  private readonly values: number[] = [];

  get count(): number {
    return this.values.length;
  }

  add(ms: number): void {
    const bounded = clamp(ms, ranges.computedMs);
    this.sumMs += bounded;
    this.values.push(bounded);
  }

  percentilesMs(percentiles: readonly number[]): number[] {
    const sorted = Float64Array.from(this.values).sort();
    return percentiles.map((p) => percentileOf(sorted, p) ?? 0);
  }
}

abstract class CountedBucket<S extends Summary | undefined> implements Bucket {
  count = 0;
  private readonly outcomes: Partial<Record<Outcome, number>> = {};
  protected abstract readonly measured: readonly S[];
  protected abstract readonly predicted: readonly S[];

  /** Adds one frame. */
  add({ outcome, measuredMs, predictedMs = [] }: FrameTimes): void {
    this.countFrames(outcome, 1);
    if (outcome === 'failed') return;
    for (const [at, ms] of measuredMs.entries()) this.measured[at]?.add(ms);
    for (const [at, ms] of predictedMs.entries()) this.predicted[at]?.add(ms);
  }

  protected countFrames(outcome: Outcome, frames: number): void {
    this.count += frames;
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + frames;
  }

  finish(range: { readonly from: string; readonly to: string }, asked: Asked): LatencyBucket {
    const stages = asked.stages.map((stage) => {
      const at = timedStages.indexOf(stage);
      const [measured, predicted] = [this.measured, this.predicted].map((summaries) =>
        distribution(summaries[at], asked.percentiles),
      );
      return [stage, latencyOf(measured ?? null, predicted ?? null, asked.isCompared)] as const;
    });
    const { count, outcomes } = this;
    return { ...range, count, outcomes, stages: Object.fromEntries(stages) };
  }
}

/** A bucket of frames. */
export class FrameBucket extends CountedBucket<ExactTimes> {
  protected readonly measured = timedStages.map(() => new ExactTimes());
  protected readonly predicted = timedStages.map(() => new ExactTimes());
}

/** A bucket of roll-ups, and of frames that no roll-up holds yet, with the histograms of the stages that were asked for. */
export class RollupBucket extends CountedBucket<TimeHistogram | undefined> {
  protected readonly measured: readonly (TimeHistogram | undefined)[];
  protected readonly predicted: readonly (TimeHistogram | undefined)[];

  constructor(stages: readonly TimedStage[]) {
    super();
    const asked = () =>
      timedStages.map((stage) => (stages.includes(stage) ? new TimeHistogram() : undefined));
    this.measured = asked();
    this.predicted = asked();
  }

  /** Where cells of an outcome are added. */
  sinkOf(outcome: Outcome): CellSink {
    const { measured, predicted } = this;
    return { addFrames: (count) => this.countFrames(outcome, count), measured, predicted };
  }
}

function distribution(
  summary: Summary | undefined,
  percentiles: readonly number[],
): Distribution | null {
  if (summary === undefined || summary.count === 0) return null;
  const values = summary.percentilesMs(percentiles);
  return {
    count: summary.count,
    meanMs: summary.sumMs / summary.count,
    percentilesMs: Object.fromEntries(percentiles.map((p, index) => [`p${p}`, values[index] ?? 0])),
  };
}

function latencyOf(
  measured: Distribution | null,
  predicted: Distribution | null,
  isCompared: boolean,
): StageLatency {
  if (!isCompared) return { measured, predicted };
  if (measured === null || predicted === null) return { measured, predicted, difference: null };
  const percentiles = Object.entries(measured.percentilesMs);
  const difference = {
    meanMs: measured.meanMs - predicted.meanMs,
    percentilesMs: Object.fromEntries(
      percentiles.map(([name, ms]) => [name, ms - (predicted.percentilesMs[name] ?? 0)]),
    ),
  };
  return { measured, predicted, difference };
}
