/** How benchmarks of the planner ask, and how much of it they measure. */
import { type Preparation, planPrepared, type Schedule } from '../../../src/planner/index.js';
import { TRAITS } from '../../support/planner/best-known.js';
import type { FrozenInstance } from '../../support/planner/instances.js';

type Question = Omit<Parameters<typeof planPrepared>[1], 'link'>;

/** Names of strategies. */
export type Strategy = NonNullable<Parameters<typeof planPrepared>[2]>;

/** How much is measured. */
export interface Size {
  readonly networks: readonly FrozenInstance[];
  readonly rates: readonly number[];
  readonly repeats: number;
  /** Random networks of each shape. */
  readonly seeds: number;
}

/** One answer; a benchmark never asks what cannot be answered. */
export function solved(
  preparation: Preparation,
  uplinkMbps: number,
  question: Question = {},
  strategy: Strategy = 'auto',
): Schedule {
  const circumstances = { link: { ...TRAITS, uplinkMbps }, ...question };
  const outcome = planPrepared(preparation, circumstances, strategy);
  if (outcome.kind === 'infeasible') throw new Error(outcome.because);
  return outcome.schedule;
}
