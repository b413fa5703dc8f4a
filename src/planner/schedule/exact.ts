/**
 * `exact`: cut, order and encodings together, proven optimal.
 *
 * The independent parts of a network are planned together (search/joint-parts.ts). For any other
 * network, and where that proves nothing, takes the device sets by rising lower bound, finds the
 * best order of each that could still beat the best known (order/best-order.ts), and stops at the
 * first whose bound cannot. What then stands is optimal. Where there are too many device sets to
 * list, annealing and branch and bound follow (search). When a budget ends, the answer carries the
 * bound that was proven up to there. Deterministic; ties go to the device set with the lower bound,
 * then to the first in lattice order.
 */

import type { Candidates } from '../cuts/candidates.js';
import { type Budget, bestOrder } from '../order/best-order.js';
import { compositeOrder } from '../order/composite-order.js';
import { kahnOrder } from '../order/kahn-order.js';
import { extremeSet, membersOf } from '../problem/device-sets.js';
import type { Decision, PricedFrame } from '../problem/priced-frame.js';
import { anneal, MOVES } from '../search/annealing.js';
import { type Bounded, branchAndBound } from '../search/branch-and-bound.js';
import { jointParts } from '../search/joint-parts.js';
import { certify } from '../simulator/answer.js';
import { makespanMs } from '../simulator/simulate.js';
import { bestCut } from './best-cut.js';
import type { Effort, Strategy } from './contract.js';

/** Labels one plan may make: some ten milliseconds; fewer where nothing can be proven. */
const LABELS = 15_000;
const LABELS_UNPROVEN = 1_000;
/** Share of the searches' budgets where effort is brief. */
const BRIEF = 0.2;
/** Runs of annealing. */
const SEEDS = 4;

/** Plans a frame by exhausting cuts and orders within a budget. */
export const exact: Strategy = (frame, candidates, effort = 'full') => {
  let best = jointParts(frame, effort === 'full' ? 1 : BRIEF) ?? localOnly(frame);
  if (!isProven(best)) best = listed(frame, candidates, best);
  if (!isProven(best) && !candidates.isComplete) {
    best = searched(frame, candidates, best, effort);
  }
  return { kind: 'decided', decision: best.decision, lowerBoundMs: best.boundMs };
};

function isProven({ endMs, boundMs }: Bounded): boolean {
  return certify(endMs, boundMs).optimal;
}

/** Improves schedule and bound where the device sets are too many to list. */
function searched(
  frame: PricedFrame,
  candidates: Candidates,
  known: Bounded,
  effort: Effort,
): Bounded {
  let best = known;
  const improve = (decision: Decision): void => {
    const endMs = makespanMs(frame, decision);
    if (endMs < best.endMs) best = { ...best, decision, endMs };
  };
  for (const order of [compositeOrder, kahnOrder]) {
    const answer = bestCut(frame, candidates, order);
    if (answer.kind === 'decided') improve(answer.decision);
  }
  if (effort === 'brief') {
    improve(anneal(frame, best.decision, BRIEF * MOVES).decision);
    return best;
  }
  // Several short runs, each from the best so far, find more than a long one.
  for (let seed = 1; seed <= SEEDS; seed++) {
    improve(anneal(frame, best.decision, MOVES, seed).decision);
  }
  return branchAndBound(frame, best);
}

/** Orders candidate after candidate. */
function listed(
  frame: PricedFrame,
  { ranked, isComplete, boundMs }: Candidates,
  known: Bounded,
): Bounded {
  const budget: Budget = { labels: isComplete ? LABELS : LABELS_UNPROVEN };
  let { decision, endMs } = known;
  let provenMs = Infinity;
  for (const { set, boundMs: setMs } of ranked) {
    if (setMs >= endMs) break;
    const found = bestOrder(frame, set, endMs, budget);
    if (found) ({ decision, endMs } = found);
    if (budget.labels >= 0) continue;
    provenMs = setMs;
    break;
  }
  const listedMs = isComplete ? Math.min(provenMs, endMs) : boundMs;
  return { decision, endMs, boundMs: Math.min(endMs, Math.max(listedMs, known.boundMs)) };
}

function localOnly(frame: PricedFrame): Bounded {
  const local = extremeSet(frame.graph, 'all');
  const decision = { device: membersOf(frame.graph, local), sendings: new Map() };
  return { decision, endMs: local.deviceMs, boundMs: 0 };
}
