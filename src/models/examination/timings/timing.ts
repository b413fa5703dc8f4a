/** Timings of warm sessions. */
import type { Session } from '../../../runtime/index.js';
import { medianOf, type Tensor } from '../../../wire/index.js';

export interface Timing {
  readonly medianMs: number;
  /** Half the distance between the quartiles. */
  readonly spreadMs: number;
  readonly runs: number;
}

export interface TimingBudget {
  readonly warmUps: number;
  readonly minRuns: number;
  readonly maxRuns: number;
  /** After `minRuns` no further run starts when this time is spent. */
  readonly budgetMs: number;
}

/** Times runs of a session, one after the other, until the budget is spent; returns also the outputs of the last run. */
export async function timeSession(
  session: Session,
  feeds: ReadonlyMap<string, Tensor>,
  { warmUps, minRuns, maxRuns, budgetMs }: TimingBudget,
): Promise<{ timing: Timing; outputs: Map<string, Tensor> }> {
  let outputs = new Map<string, Tensor>();
  for (let i = 0; i < warmUps; i++) outputs = await session.run(feeds);
  const times: number[] = [];
  const startMs = performance.now();
  while (
    times.length < minRuns ||
    (times.length < maxRuns && performance.now() - startMs < budgetMs)
  ) {
    const runMs = performance.now();
    outputs = await session.run(feeds);
    times.push(performance.now() - runMs);
  }
  return { timing: timingOf(times), outputs };
}

/** Median and spread of some times, in ms. */
export function timingOf(times: readonly number[]): Timing {
  return { ...medianOf(times), runs: times.length };
}
