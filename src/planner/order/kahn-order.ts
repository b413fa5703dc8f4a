/**
 * Topological order (Kahn 1962); among the ready units by Johnson's rule on (device time, link time).
 *
 * O((V + E) log V). Ties by place in the network. Deterministic.
 */

import { Heap } from '../algorithms/heap.js';
import { johnsonOrder } from '../algorithms/johnson.js';
import type { DeviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import type { PricedFrame, Sending } from '../problem/priced-frame.js';

interface Ready {
  readonly node: Node;
  readonly firstMs: number;
  readonly secondMs: number;
}

/** Orders the nodes of a device set. */
export function kahnOrder(
  { graph }: PricedFrame,
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
