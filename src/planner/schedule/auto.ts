/**
 * `auto`: the default. Exact within its budget of labels; where that proves nothing, the best answer
 * of all strategies with the gap that was proven.
 *
 * Always answers: enumeration, labels and executed orders are all bounded. Ties go to `exact`, then
 * to the strategy named first.
 */

import type { PricedFrame } from '../problem/priced-frame.js';
import { certify } from '../simulator/answer.js';
import { makespanMs } from '../simulator/simulate.js';
import { cloud, minCut } from './baselines.js';
import type { Answer, Strategy } from './contract.js';
import { exact } from './exact.js';
import { pathWise } from './path-wise.js';
import { topological } from './topological.js';
import { tree } from './tree.js';

/** Plans a frame by the best strategy. */
export const auto: Strategy = (frame, candidates, effort) => {
  const proven = exact(frame, candidates, effort);
  if (proven.kind === 'infeasible') return proven;
  const { lowerBoundMs = 0 } = proven;
  const first = { answer: proven, ms: answerMs(frame, proven) };
  if (certify(first.ms, lowerBoundMs).optimal) return proven;
  // Without all sets, `exact` has executed the orders of `tree` and `topological` itself.
  const others = candidates.isComplete
    ? [tree, pathWise, topological, minCut, cloud]
    : [pathWise, minCut, cloud];
  const { answer } = others
    .map((strategy) => strategy(frame, candidates))
    .map((one) => ({ answer: one, ms: answerMs(frame, one) }))
    .reduce((best, one) => (one.ms < best.ms ? one : best), first);
  return answer.kind === 'decided' ? { ...answer, lowerBoundMs } : answer;
};

function answerMs(frame: PricedFrame, answer: Answer): number {
  return answer.kind === 'decided' ? makespanMs(frame, answer.decision) : Infinity;
}
