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
import { DEVICE, type Sides } from './side-bounds.js';

/** Price of a node on either side and of sending its output; infinite where it must not be. */
export interface Prices {
  readonly deviceMs: (node: Node) => number;
  readonly sendMs: (node: Node) => number;
  readonly cloudMs: (node: Node) => number;
}

/**
 * Device set of least total price, and that price. Nodes whose sides are given are part of the
 * source or the sink; such sides are closed, and prices are then finite.
 */
export function cheapestSet(
  graph: Graph,
  prices: Prices,
  sides?: Sides,
): { set: DeviceSet; costMs: number } {
  const { nodes } = graph;
  const sideOf = ({ index }: Node): number => sides?.[index] ?? 0;
  const source = 2 * nodes.length;
  const sink = source + 1;
  const places = [-1, source, sink];
  const vertexOf = (node: Node): number =>
    (sideOf(node) === 0 ? node.index : places[sideOf(node)]) ?? 0;
  const edges = nodes.reduce((sum, node) => sum + node.successors.length, 0);
  const flow = new FlowNetwork(sink + 1, 3 * nodes.length + 2 * edges);
  for (const node of nodes) {
    const vertex = vertexOf(node);
    if (vertex === sink) continue;
    if (vertex !== source) {
      flow.connect(source, vertex, node.isInput ? Infinity : prices.cloudMs(node));
      flow.connect(vertex, sink, prices.deviceMs(node));
    }
    const readers = node.successors.filter((reader) => sideOf(reader) !== DEVICE);
    const tensor = nodes.length + node.index;
    if (readers.length > 0) flow.connect(vertex, tensor, prices.sendMs(node));
    for (const reader of readers) {
      flow.connect(tensor, vertexOf(reader), Infinity);
      if (vertex !== source && vertexOf(reader) !== sink) {
        flow.connect(reader.index, vertex, Infinity);
      }
    }
  }
  const members = flow.minimumCut(source, sink).slice(0, nodes.length);
  for (const node of nodes) if (sideOf(node) === DEVICE) members[node.index] = 1;
  const set = deviceSet(graph, members);
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
