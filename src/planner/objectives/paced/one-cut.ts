/**
 * One cut for all frames: the device set, order and encodings of least cost within limits.
 *
 * Walks the device sets by rising lower bound, as `exact` does, and the encodings of each. The cost
 * of a cut is the latency of a frame, executed at the interval if there is one, plus the price of
 * its bytes. A frame alone is a lower bound on it: frames that come at an interval may wait for
 * each other. Ends at the first set whose bound is no better than the best. Deterministic.
 */

import type { Loads } from '../../algorithms/mixed-game.js';
import type { Candidate } from '../../cuts/candidates.js';
import type { LoadedCut } from '../../cuts/cut-mix.js';
import { setBoundMs } from '../../cuts/set-bound.js';
import { type Budget, bestOrder } from '../../order/best-order.js';
import { compositeOrder } from '../../order/composite-order.js';
import { kahnOrder } from '../../order/kahn-order.js';
import { type OrderRule, orderedCut } from '../../order/ordered-cut.js';
import { pathOrder } from '../../order/path-order.js';
import { membersOf } from '../../problem/device-sets.js';
import type { Node } from '../../problem/graph.js';
import {
  type Decision,
  leastCostOf,
  type PricedFrame,
  type Sending,
} from '../../problem/priced-frame.js';
import { makespanMs } from '../../simulator/simulate.js';
import { runPattern } from '../stream-run.js';
import { type Assignment, assignmentsOf } from './assignments.js';
import { type CutLimits, mayFit } from './limits.js';

/** What is asked of a cut: its limits, the workers of the cloud, and the interval of the frames. */
export interface CutQuestion {
  readonly limits: CutLimits;
  readonly workers: number;
  /** Absent for a frame alone. */
  readonly intervalMs?: number;
}

/** A cut that keeps within its limits. */
export interface OneCut {
  readonly decision: Decision;
  /** Counted. */
  readonly loads: Loads;
  readonly bytes: number;
  readonly latencyMs: number;
  /** Latency and the price of the bytes. */
  readonly costMs: number;
}

/** The best cut of those given, and what none of them costs less than; infinite where none fits. */
export interface OneCutAnswer {
  readonly best: OneCut | undefined;
  readonly boundMs: number;
}

/** What one search may cost: labels of all orders, choices of encodings tried, nodes of executed cuts. */
const LABELS = 15_000;
const TRIES = 20_000;
const EXECUTED_NODES = 10_000;
/** Frames measured while cuts are compared. */
export const PROBED_FRAMES = 8;
/** Frames that wait for each other by less than this share do not wait. */
const SAME = 1e-9;

/** Orders tried where frames wait for each other in the order that is best for a frame alone. */
const RULES: readonly OrderRule[] = [kahnOrder, compositeOrder, pathOrder];

/** The best of some cuts, ranked by rising bound. */
export function bestOneCut(
  frame: PricedFrame,
  ranked: readonly Candidate[],
  question: CutQuestion,
): OneCutAnswer {
  const search = new OneCutSearch(frame, question);
  for (const candidate of ranked) if (!search.look(candidate)) break;
  return search.answer();
}

class OneCutSearch {
  readonly #frame: PricedFrame;
  readonly #question: CutQuestion;
  readonly #budget: Budget = { labels: LABELS };
  #executions: number;
  #tries = TRIES;
  #best: OneCut | undefined;
  #provenMs = Infinity;

  constructor(frame: PricedFrame, question: CutQuestion) {
    this.#frame = frame;
    this.#question = question;
    this.#executions = Math.ceil(EXECUTED_NODES / frame.graph.nodes.length);
  }

  get #bestMs(): number {
    return this.#best?.costMs ?? Infinity;
  }

  /** Looks at one set; false when no later one can be better, or the budget is used up. */
  look({ set, boundMs }: Candidate): boolean {
    const { workers, limits } = this.#question;
    if (boundMs >= this.#bestMs) return false;
    if (!mayFit(this.#frame, workers, set, limits)) return true;
    const { found, isComplete } = assignmentsOf(this.#frame, workers, set, limits);
    if (!isComplete) this.#prove(boundMs);
    for (const assignment of found) this.#try(assignment, boundMs);
    if (this.#executions > 0 && this.#tries > 0) return true;
    this.#prove(boundMs);
    return false;
  }

  answer(): OneCutAnswer {
    return { best: this.#best, boundMs: Math.min(this.#provenMs, this.#bestMs) };
  }

  #prove(boundMs: number): void {
    this.#provenMs = Math.min(this.#provenMs, boundMs);
  }

  #try(assignment: Assignment, setMs: number): void {
    const priceMs = this.#question.limits.msPerByte * assignment.bytes;
    this.#tries -= 1;
    const fixed = withSendings(this.#frame, assignment.sendings);
    const boundMs = Math.max(setMs, setBoundMs(fixed, assignment.set)) + priceMs;
    if (boundMs >= this.#bestMs) return;
    const alone = this.#bestAlone(fixed, assignment, this.#bestMs - priceMs);
    if (alone === 'none') return;
    this.#prove(alone === undefined ? boundMs : alone.endMs + priceMs);
    const decision = alone?.decision ?? orderedCut(fixed, assignment.set, kahnOrder);
    if (!decision) return;
    if (!alone) this.#executions -= 1;
    const aloneMs = alone?.endMs ?? makespanMs(fixed, decision);
    const latencyMs = this.#latencyMs(decision, aloneMs);
    this.#keep(assignment, decision, latencyMs);
    if (latencyMs <= aloneMs * (1 + SAME)) return;
    for (const rule of RULES) {
      const other = orderedCut(fixed, assignment.set, rule);
      if (other) {
        this.#keep(assignment, other, this.#latencyMs(other, makespanMs(fixed, other)));
      }
    }
  }

  /** The best order of a frame alone; `none` if none ends before, undefined when labels are used up. */
  #bestAlone(
    fixed: PricedFrame,
    { set }: Assignment,
    belowMs: number,
  ): { decision: Decision; endMs: number } | 'none' | undefined {
    if (set.isLocal) {
      const device = membersOf(fixed.graph, set);
      const decision = { device, sendings: new Map<Node, Sending>() };
      return set.deviceMs < belowMs ? { decision, endMs: set.deviceMs } : 'none';
    }
    if (this.#budget.labels < 0) return undefined;
    const found = bestOrder(fixed, set, belowMs, this.#budget);
    return found ?? (this.#budget.labels < 0 ? undefined : 'none');
  }

  /** Frames that end before the next one comes do not wait. */
  #latencyMs(decision: Decision, aloneMs: number): number {
    const { intervalMs, workers } = this.#question;
    if (intervalMs === undefined || aloneMs <= intervalMs) return aloneMs;
    this.#executions -= 1;
    const run = { paceMs: intervalMs, frames: PROBED_FRAMES, workers };
    return runPattern(this.#frame, [decision], run).executed.meanLatencyMs;
  }

  #keep({ loads, bytes }: Assignment, decision: Decision, latencyMs: number): void {
    const costMs = latencyMs + this.#question.limits.msPerByte * bytes;
    if (costMs >= this.#bestMs) return;
    this.#best = { decision, loads, bytes, latencyMs, costMs };
  }
}

/** The frame with a single way to send each tensor of a cut. */
export function withSendings(
  frame: PricedFrame,
  sendings: ReadonlyMap<Node, Sending>,
): PricedFrame {
  const only = frame.graph.nodes.map((node) => {
    const sending = sendings.get(node);
    return sending ? [sending] : [];
  });
  return { ...frame, sendings: only, leastCosts: only.map(leastCostOf) };
}

/** The cut of less cost; of equals the first. */
export function cheaperOf(one: OneCut | undefined, other: OneCut | undefined): OneCut | undefined {
  if (!one || !other) return one ?? other;
  return other.costMs < one.costMs ? other : one;
}

/** A cut in the best order for a frame alone, or in a plain one where the best takes more labels. */
export function inBestOrder(
  frame: PricedFrame,
  { set, sendings }: Pick<LoadedCut, 'set' | 'sendings'>,
  labels: number,
): Decision {
  const fixed = withSendings(frame, sendings);
  const best = set.isLocal ? undefined : bestOrder(fixed, set, Infinity, { labels });
  const plain = (): Decision => ({ device: kahnOrder(fixed, set, sendings), sendings });
  return best?.decision ?? orderedCut(fixed, set, kahnOrder) ?? plain();
}
