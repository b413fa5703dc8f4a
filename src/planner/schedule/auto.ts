/**
 * `auto`: the best answer of all strategies, the default.
 *
 * Ties go to the strategy named first.
 */
import type { Frame } from '../frame.js';
import { makespanMs } from '../simulate.js';
import type { Answer, Strategy } from './contract.js';

/** Builds the strategy that keeps the best answer of several. */
export function bestOf(strategies: readonly Strategy[]): Strategy {
  return (frame, candidates) =>
    strategies
      .map((strategy) => strategy(frame, candidates))
      .reduce((best, answer) => (answerMs(frame, answer) < answerMs(frame, best) ? answer : best));
}

function answerMs(frame: Frame, answer: Answer): number {
  return answer.kind === 'decided' ? makespanMs(frame, answer.decision) : Infinity;
}
