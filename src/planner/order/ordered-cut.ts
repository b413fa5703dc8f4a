/** Order rules, and the decision that a cut and an order rule make. */
import type { DeviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import {
  type Decision,
  type PricedFrame,
  type Sending,
  serialSending,
} from '../problem/priced-frame.js';

/** Puts the nodes of a device set in order, given how its tensors are sent. */
export type OrderRule = (
  frame: PricedFrame,
  set: DeviceSet,
  sendings: ReadonlyMap<Node, Sending>,
) => Node[];

/**
 * Orders a cut, every tensor in its least serial encoding; undefined where one must not be sent.
 * What no tensor of the cut needs goes last, whatever the rule says: it delays nothing there.
 */
export function orderedCut(
  frame: PricedFrame,
  set: DeviceSet,
  order: OrderRule,
): Decision | undefined {
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
