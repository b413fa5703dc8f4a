/**
 * `exact`: cut, order and encodings together, proven optimal.
 *
 * Takes the device sets by rising lower bound, finds the best order of each that could still beat
 * the best known (order/best-order.ts), and stops at the first whose bound cannot. What then stands
 * is optimal. When the budget of labels ends first, or the network has too many device sets to
 * list, the answer carries the bound that was proven up to there. Deterministic; ties go to the
 * device set with the lower bound, then to the first in lattice order.
 */

import { type Budget, bestOrder } from '../order/best-order.js';
import { extremeSet, membersOf } from '../problem/device-sets.js';
import type { Decision } from '../problem/priced-frame.js';
import type { Strategy } from './contract.js';

/** Labels one plan may make: some ten milliseconds; fewer where nothing can be proven. */
const LABELS = 15_000;
const LABELS_UNPROVEN = 1_000;

/** Plans a frame by exhausting cuts and orders within a budget. */
export const exact: Strategy = (frame, { ranked, isComplete, boundMs }) => {
  const budget: Budget = { labels: isComplete ? LABELS : LABELS_UNPROVEN };
  const local = extremeSet(frame.graph, 'all');
  let best: Decision = { device: membersOf(frame.graph, local), sendings: new Map() };
  let bestMs = local.deviceMs;
  let provenMs = Infinity;
  for (const { set, boundMs: setMs } of ranked) {
    if (setMs >= bestMs) break;
    const found = bestOrder(frame, set, bestMs, budget);
    if (found) {
      best = found.decision;
      bestMs = found.endMs;
    }
    if (budget.labels >= 0) continue;
    provenMs = setMs;
    break;
  }
  const lowerBoundMs = isComplete ? Math.min(provenMs, bestMs) : boundMs;
  return { kind: 'decided', decision: best, lowerBoundMs };
};
