/**
 * The front of rate against latency: the plan of least latency at each interval that matters.
 *
 * Starts with the cut of least latency, at the shortest interval it sustains. From there every point
 * is the plan for an interval that the plan before cannot sustain, as long as one cut suffices, then
 * a few mixes, and last the shortest period. Bounded; a point that another beats on both is left out.
 */

import { counted } from '../../algorithms/mixed-game.js';
import type { Candidates } from '../../cuts/candidates.js';
import type { PricedFrame } from '../../problem/priced-frame.js';
import type { Front, FrontPoint } from '../../problem/problem.js';
import { executionOf } from '../stream-run.js';
import { NOTHING_FITS } from './paced-plan.js';
import { type PacedPlan, Pacer, type PacerQuestion } from './pacer.js';

/** Max points, and steps between the first mix and the shortest period. */
const POINTS = 40;
const MIXES = 6;
/** How much shorter the next interval is at least. */
const STEP = 0.01;
/** Intervals below this do not matter, in ms. */
const LEAST_MS = 1e-3;

/** All points by falling interval. */
export function paceFront(
  frame: PricedFrame,
  candidates: Candidates,
  question: PacerQuestion,
): Front {
  const pacer = new Pacer(frame, candidates, question);
  const { workers } = question;
  const first = pacer.bestCut({ limits: pacer.limitsAt(Infinity), workers }).best;
  if (!first) return NOTHING_FITS;
  const shortestMs = Math.max(LEAST_MS, pacer.stream.boundMs);
  let intervalMs = Math.max(LEAST_MS, ...first.loads);
  let ratio: number | undefined;
  const plans: PacedPlan[] = [];
  while (plans.length < POINTS) {
    const plan = pacer.at(intervalMs);
    if (!plan) break;
    const tight = tightened(pacer, plan, question);
    plans.push(tight);
    if (!plan.isSustained || tight.paceMs <= shortestMs * (1 + STEP / 2)) break;
    const isMixed = new Set(plan.run.pattern).size > 1;
    if (isMixed) ratio ??= (shortestMs / tight.paceMs) ** (1 / MIXES);
    intervalMs = Math.max(shortestMs, tight.paceMs * Math.min(1 - STEP, ratio ?? 1));
  }
  return { kind: 'feasible', points: undominated(plans).map((plan) => pointOf(frame, plan)) };
}

/** A plan at the shortest interval that it sustains. */
function tightened(pacer: Pacer, plan: PacedPlan, { factors }: PacerQuestion): PacedPlan {
  const leastMs = Math.max(LEAST_MS, ...counted(plan.loads, factors));
  if (leastMs >= plan.paceMs) return plan;
  return pacer.executed(plan.run.pattern, leastMs, plan.boundMs);
}

/** Without plans that another beats on interval and cost; of equals the first stays. */
function undominated(plans: readonly PacedPlan[]): PacedPlan[] {
  const isAsGood = (one: PacedPlan, other: PacedPlan): boolean =>
    one.costMs <= other.costMs && one.paceMs <= other.paceMs;
  return plans.filter(
    (plan, i) =>
      !plans.some(
        (other, j) => j !== i && isAsGood(other, plan) && (j < i || !isAsGood(plan, other)),
      ),
  );
}

function pointOf(frame: PricedFrame, { run, paceMs, bytes }: PacedPlan): FrontPoint {
  const { cuts, pattern, meanLatencyMs, worstLatencyMs } = executionOf(frame, run);
  return {
    intervalMs: paceMs,
    meanLatencyMs,
    worstLatencyMs,
    frameBytes: bytes,
    cuts,
    pattern,
  };
}
