/**
 * `topological`: any network, any cut; units in topological order (Kahn 1962), and among the ready
 * ones by Johnson's rule on (device time, link time).
 *
 * A heuristic, O((V + E) log V) per cut. Ties by place in the network. Deterministic.
 */

import { Heap } from '../algorithms/heap.js';
import { johnsonOrder } from '../algorithms/johnson.js';
import type { DeviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import type { Frame, Sending } from '../problem/priced-frame.js';
import { bestCut } from './best-cut.js';
import type { Strategy } from './contract.js';

/** Plans a frame by the best candidate cut under Kahn's order with Johnson's priority. */
export const topological: Strategy = (frame, candidates) => bestCut(frame, candidates, kahnOrder);

interface Ready {
  readonly node: Node;
  readonly firstMs: number;
  readonly secondMs: number;
}

/** Orders the nodes of a device set. */
export function kahnOrder(
  { graph }: Frame,
  { members }: DeviceSet,
  sendings: ReadonlyMap<Node, Sending>,
): Node[] {
  const ready = new Heap<Ready>((a, b) => johnsonOrder(a, b) || a.node.index - b.node.index);
  const missing = graph.nodes.map((node) => node.predecessors.length);
  const offer = (node: Node): void => {
    if (members[node.index] !== 1) return;
    const sending = sendings.get(node);
    const firstMs = node.deviceMs + (sending?.encodeMs ?? 0);
    ready.push({ node, firstMs, secondMs: sending?.linkMs ?? 0 });
  };
  for (const node of graph.nodes) if (node.predecessors.length === 0) offer(node);
  const order: Node[] = [];
  for (let next = ready.pop(); next; next = ready.pop()) {
    order.push(next.node);
    for (const reader of next.node.successors) {
      const left = (missing[reader.index] ?? 0) - 1;
      missing[reader.index] = left;
      if (left === 0) offer(reader);
    }
  }
  return order;
}
