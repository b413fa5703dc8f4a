/**
 * The cut of least weighted cost, as a minimum s-t cut.
 *
 * The source's side is the device. A node pays its device or its cloud price; a tensor pays once
 * however many read it, through one auxiliary vertex; no reader may be on the device without what
 * it reads. (Hu, Bao, Wang, Liu: DADS, 2019; Zhang et al.: QDMP, 2020; on chains the cut is that
 * of Neurosurgeon, 2017.) Among cuts of equal cost the one with the smallest device set.
 */

import { FlowNetwork } from '../algorithms/max-flow.js';
import { type DeviceSet, deviceSet } from '../problem/device-sets.js';
import type { Graph, Node } from '../problem/graph.js';

/** Price of a node on either side and of sending its output; infinite where it must not be. */
export interface Prices {
  readonly deviceMs: (node: Node) => number;
  readonly sendMs: (node: Node) => number;
  readonly cloudMs: (node: Node) => number;
}

/** Device set of least total price, and that price. */
export function cheapestSet(graph: Graph, prices: Prices): { set: DeviceSet; costMs: number } {
  const { nodes } = graph;
  const source = 2 * nodes.length;
  const sink = source + 1;
  const edges = nodes.reduce((sum, node) => sum + node.successors.length, 0);
  const flow = new FlowNetwork(sink + 1, 3 * nodes.length + 2 * edges);
  for (const node of nodes) {
    flow.connect(source, node.index, node.isInput ? Infinity : prices.cloudMs(node));
    flow.connect(node.index, sink, prices.deviceMs(node));
    const tensor = nodes.length + node.index;
    if (node.successors.length > 0) flow.connect(node.index, tensor, prices.sendMs(node));
    for (const reader of node.successors) {
      flow.connect(tensor, reader.index, Infinity);
      flow.connect(reader.index, node.index, Infinity);
    }
  }
  const set = deviceSet(graph, flow.minimumCut(source, sink).slice(0, nodes.length));
  return { set, costMs: costOf(graph, prices, set) };
}

function costOf(graph: Graph, prices: Prices, set: DeviceSet): number {
  let cost = 0;
  for (const node of graph.nodes) {
    cost += set.members[node.index] === 1 ? prices.deviceMs(node) : prices.cloudMs(node);
  }
  for (const { node } of set.cut) cost += prices.sendMs(node);
  return cost;
}
