/**
 * The contract of every strategy: a priced frame and its candidate cuts go in, a decision comes out.
 *
 * A strategy is a pure function. It reports no times: the simulator executes what it decides. What
 * it cannot plan is a returned value. The same question always gets the same answer.
 */
import type { Candidates } from '../cuts/candidates.js';
import type { DeviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import { type Decision, type Frame, type Sending, serialSending } from '../problem/priced-frame.js';

/** What a strategy made of a frame; `lowerBoundMs` only where it proved one for every schedule. */
export type Answer =
  | { readonly kind: 'decided'; readonly decision: Decision; readonly lowerBoundMs?: number }
  | { readonly kind: 'infeasible'; readonly because: string };

/** Decides cut, order and encodings of one frame. */
export type Strategy = (frame: Frame, candidates: Candidates) => Answer;

/** Puts the nodes of a device set in order, given how its tensors are sent. */
export type OrderRule = (
  frame: Frame,
  set: DeviceSet,
  sendings: ReadonlyMap<Node, Sending>,
) => Node[];

/** The answer that places a frame by one cut and one order rule. */
export function decided(frame: Frame, set: DeviceSet, order: OrderRule): Answer {
  const decision = decide(frame, set, order);
  if (decision) return { kind: 'decided', decision };
  const [kept] = set.cut.filter(({ node }) => !serialSending(frame, node));
  return { kind: 'infeasible', because: `${kept?.node.id} may not leave the device` };
}

/**
 * Orders a cut, every tensor in its least serial encoding; undefined where one may not be sent.
 * What no tensor of the cut needs goes last, whatever the rule says: it delays nothing there.
 */
export function decide(frame: Frame, set: DeviceSet, order: OrderRule): Decision | undefined {
  const sendings = new Map<Node, Sending>();
  for (const { node } of set.cut) {
    const sending = serialSending(frame, node);
    if (!sending) return undefined;
    sendings.set(node, sending);
  }
  const ordered = order(frame, set, sendings);
  const isLead = (node: Node): boolean => set.leads[node.index] === 1;
  const device = [...ordered.filter(isLead), ...ordered.filter((node) => !isLead(node))];
  return { device, sendings };
}
