/**
 * Joint choice of cut and order for strategies that know how to order a given cut.
 *
 * Walks the candidates by rising bound and stops when no bound is better than what is found; ties
 * go to the earlier candidate. A budget bounds how many orders are executed.
 */
import type { Candidates } from '../cuts/candidates.js';
import { type OrderRule, orderedCut } from '../order/ordered-cut.js';
import type { Decision, PricedFrame } from '../problem/priced-frame.js';
import { makespanMs } from '../simulator/simulate.js';
import type { Answer } from './contract.js';

/** Nodes in all orders executed; real networks need fewer than ten orders until the bounds end it. */
const EXECUTED_NODES = 4_000;

/** The best candidate cut under one order rule. */
export function bestCut(frame: PricedFrame, { ranked }: Candidates, order: OrderRule): Answer {
  let best: Decision | undefined;
  let bestMs = Infinity;
  const tries = Math.ceil(EXECUTED_NODES / frame.graph.nodes.length);
  for (const { set, boundMs } of ranked.slice(0, tries)) {
    if (boundMs >= bestMs) break;
    const decision = orderedCut(frame, set, order);
    const ms = decision ? makespanMs(frame, decision) : Infinity;
    if (ms >= bestMs) continue;
    best = decision;
    bestMs = ms;
  }
  return best
    ? { kind: 'decided', decision: best }
    : { kind: 'infeasible', because: 'every cut holds a tensor that must not leave the device' };
}
