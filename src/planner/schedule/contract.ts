/**
 * The contract of every strategy: a priced frame and its candidate cuts go in, a decision comes out.
 *
 * A strategy is a pure function. It reports no times: the simulator executes what it decides. What
 * it cannot plan is a returned value. The same question always gets the same answer.
 */
import type { Candidates } from '../cuts/candidates.js';
import { type OrderRule, orderedCut } from '../order/ordered-cut.js';
import type { DeviceSet } from '../problem/device-sets.js';
import { type Decision, type PricedFrame, serialSending } from '../problem/priced-frame.js';

/** The answer of a strategy; `lowerBoundMs` only where it proved one for every schedule. */
export type Answer =
  | { readonly kind: 'decided'; readonly decision: Decision; readonly lowerBoundMs?: number }
  | { readonly kind: 'infeasible'; readonly because: string };

/** How much a strategy may search: `brief` where one network is planned for many link rates in a row. */
export type Effort = 'full' | 'brief';

/** Decides cut, order and encodings of one frame. */
export type Strategy = (frame: PricedFrame, candidates: Candidates, effort?: Effort) => Answer;

/** The answer that places a frame by one cut and one order rule. */
export function decided(frame: PricedFrame, set: DeviceSet, order: OrderRule): Answer {
  const decision = orderedCut(frame, set, order);
  if (decision) return { kind: 'decided', decision };
  const [kept] = set.cut.filter(({ node }) => !serialSending(frame, node));
  return { kind: 'infeasible', because: `${kept?.node.id} must not leave the device` };
}
