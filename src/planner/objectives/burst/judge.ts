/** Lets the simulator decide between bursts. */

import { greatest } from '../../algorithms/extremes.js';
import type { Decision, PricedFrame } from '../../problem/priced-frame.js';
import { type Execution, execute } from '../../simulator/execution.js';
import type { BurstJob } from './job.js';

/** What each frame does, and the device's turns where frames interleave. */
export interface BurstDecision {
  readonly decisions: readonly Decision[];
  /** Frame numbers in the order of the device's steps; without it, one frame after the other. */
  readonly turns?: readonly number[];
}

/** What ran, and when the last frame is done. */
type BurstRun = Pick<Execution, 'bars'> & { readonly endMs: number };

/** Executes a burst whose frames are all there at 0 ms. */
export function executeBurst(
  frame: PricedFrame,
  { decisions, turns }: BurstDecision,
  workers: number,
): BurstRun {
  const runs = decisions.map((decision) => ({ decision, releaseMs: 0 }));
  const { bars, doneMs } = execute(frame, runs, { workers, ...(turns ? { turns } : {}) });
  return { bars, endMs: greatest(doneMs) };
}

/** The best burst tried so far; among equals the first. */
export class Judge {
  readonly #frame: PricedFrame;
  readonly #workers: number;
  best: BurstDecision | undefined;
  endMs = Infinity;

  constructor(frame: PricedFrame, workers: number) {
    this.#frame = frame;
    this.#workers = workers;
  }

  /** Runs a burst; whether it is the best so far. */
  try(option: BurstDecision): boolean {
    const { endMs } = executeBurst(this.#frame, option, this.#workers);
    if (endMs >= this.endMs) return false;
    this.best = option;
    this.endMs = endMs;
    return true;
  }
}

/**
 * Frames that follow jobs one after the other up to their last tensors; what no tensor needs runs
 * at the end, where it delays none.
 */
export function sequenceOf(jobs: readonly BurstJob[]): BurstDecision {
  const ordered = [...jobs.filter((job) => job.sends), ...jobs.filter((job) => !job.sends)];
  const decided = ordered.flatMap(({ decision, leadSteps }) =>
    decision ? [{ decision, leadSteps }] : [],
  );
  const turnsOf = (count: (one: (typeof decided)[number]) => number): number[] =>
    decided.flatMap((one, number) => Array.from({ length: count(one) }, () => number));
  return {
    decisions: decided.map(({ decision }) => decision),
    turns: [
      ...turnsOf(({ leadSteps }) => leadSteps),
      ...turnsOf(({ decision, leadSteps }) => decision.device.length - leadSteps),
    ],
  };
}
