/**
 * The unbranched stretches of a device set, one after the other, by Johnson's rule on (device time, link time).
 *
 * A heuristic, O(V log V). Ties by place in the network. Deterministic.
 */

import { Heap } from '../algorithms/heap.js';
import { type Job, johnsonOrder } from '../algorithms/johnson.js';
import type { DeviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import type { PricedFrame, Sending } from '../problem/priced-frame.js';

/** An unbranched stretch of a device set. */
interface Path extends Job {
  readonly nodes: readonly Node[];
  readonly first: Node;
}

/** Orders the nodes of a device set, one unbranched stretch after the other. */
export function pathOrder(
  { graph }: PricedFrame,
  { members }: DeviceSet,
  sendings: ReadonlyMap<Node, Sending>,
): Node[] {
  const isIn = (node: Node): boolean => members[node.index] === 1;
  const readers = graph.nodes.map((node) => node.successors.filter(isIn).length);
  const isStart = ({ predecessors: [before, another] }: Node): boolean =>
    before === undefined || another !== undefined || readers[before.index] !== 1;
  const ready = new Heap<Path>((a, b) => johnsonOrder(a, b) || a.first.index - b.first.index);
  const missing = graph.nodes.map((node) => node.predecessors.length);
  const offer = (node: Node): void => {
    if (isIn(node)) ready.push(pathFrom(node, isIn, isStart, sendings));
  };
  for (const node of graph.nodes) if (node.predecessors.length === 0) offer(node);
  const order: Node[] = [];
  for (let path = ready.pop(); path; path = ready.pop()) {
    for (const node of path.nodes) {
      order.push(node);
      for (const reader of node.successors) {
        const left = (missing[reader.index] ?? 0) - 1;
        missing[reader.index] = left;
        if (left === 0 && isStart(reader)) offer(reader);
      }
    }
  }
  return order;
}

function pathFrom(
  first: Node,
  isIn: (node: Node) => boolean,
  isStart: (node: Node) => boolean,
  sendings: ReadonlyMap<Node, Sending>,
): Path {
  const nodes: Node[] = [];
  let [firstMs, secondMs] = [0, 0];
  for (let node: Node | undefined = first; node; ) {
    const sending = sendings.get(node);
    nodes.push(node);
    firstMs += node.deviceMs + (sending?.encodeMs ?? 0);
    secondMs += sending?.linkMs ?? 0;
    node = node.successors.find((reader) => isIn(reader) && !isStart(reader));
  }
  return { nodes, first, firstMs, secondMs };
}
