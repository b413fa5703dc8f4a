/**
 * The cut of least weighted cost, as a minimum s-t cut.
 *
 * The source's side is the device. A node pays its device or its cloud price; a tensor pays once
 * however many read it, through one auxiliary vertex; no reader may be on the device without what
 * it reads. (Hu, Bao, Wang, Liu: DADS, 2019; Zhang et al.: QDMP, 2020; on chains the cut is that
 * of Neurosurgeon, 2017.) Among cuts of equal cost the one with the smallest device set.
 *
 * Nodes that wait for a release (release.ts) have a second vertex, on the sink's side where they do:
 * readers in the cloud wait, and so does what needs a node that waits.
 */

import { FlowNetwork } from '../algorithms/max-flow.js';
import { type DeviceSet, deviceSet } from '../problem/device-sets.js';
import type { Graph, Node } from '../problem/graph.js';
import { type Release, waitingOf } from './release.js';
import { DEVICE, type Sides } from './side-bounds.js';

/** Price of a node on either side and of sending its output; infinite where it must not be. */
export interface Prices {
  readonly deviceMs: (node: Node) => number;
  readonly sendMs: (node: Node) => number;
  readonly cloudMs: (node: Node) => number;
}

/** A release; what it costs that something waits, and a millisecond of cloud work that does. */
export interface PricedRelease extends Release {
  readonly waitingMs: number;
  readonly price: number;
}

/**
 * Device set of least total price, and that price. Nodes whose sides are given are part of the
 * source or the sink; such sides are closed, and prices are then finite.
 */
export function cheapestSet(
  graph: Graph,
  prices: Prices,
  sides?: Sides,
  release?: PricedRelease,
): { set: DeviceSet; costMs: number } {
  const { nodes } = graph;
  const sideOf = ({ index }: Node): number => sides?.[index] ?? 0;
  const source = 2 * nodes.length;
  const sink = source + 1;
  const places = [-1, source, sink];
  const vertexOf = (node: Node): number =>
    (sideOf(node) === 0 ? node.index : places[sideOf(node)]) ?? 0;
  const edges = nodes.reduce((sum, node) => sum + node.successors.length, 0);
  const [vertices, arcs] = [sink + 1, 3 * nodes.length + 2 * edges];
  const flow = release
    ? new FlowNetwork(vertices + nodes.length + 1, arcs + 3 * nodes.length + edges + 1)
    : new FlowNetwork(vertices, arcs);
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
  if (release) connectRelease(flow, graph, release, { source, first: vertices, vertexOf });
  const members = flow.minimumCut(source, sink).slice(0, nodes.length);
  for (const node of nodes) if (sideOf(node) === DEVICE) members[node.index] = 1;
  const set = deviceSet(graph, members);
  const waitsMs = release ? waitingCostMs(graph, release, set) : 0;
  return { set, costMs: costOf(graph, prices, set) + waitsMs };
}

/** Where the vertices of a release stand: one a node from `first` on, then one for all of it. */
interface Vertices {
  readonly source: number;
  readonly first: number;
  readonly vertexOf: (node: Node) => number;
}

function connectRelease(
  flow: FlowNetwork,
  { nodes }: Graph,
  { reads, mayNeed, waitingMs, price }: PricedRelease,
  { source, first, vertexOf }: Vertices,
): void {
  const any = first + nodes.length;
  flow.connect(source, any, waitingMs);
  for (const node of nodes) {
    if (mayNeed[node.index] !== 1) continue;
    const waits = first + node.index;
    flow.connect(source, waits, price * node.cloudMs);
    if (reads[node.index] === 1) {
      flow.connect(waits, vertexOf(node), Infinity);
      flow.connect(any, vertexOf(node), Infinity);
    }
    for (const reader of node.successors) {
      if (mayNeed[reader.index] === 1) flow.connect(first + reader.index, waits, Infinity);
    }
  }
}

function waitingCostMs(graph: Graph, release: PricedRelease, { members }: DeviceSet): number {
  const { isWaiting, workMs } = waitingOf(graph, members, release);
  return (isWaiting ? release.waitingMs : 0) + release.price * workMs;
}

function costOf(graph: Graph, prices: Prices, set: DeviceSet): number {
  let cost = 0;
  for (const node of graph.nodes) {
    cost += set.members[node.index] === 1 ? prices.deviceMs(node) : prices.cloudMs(node);
  }
  for (const { node } of set.cut) cost += prices.sendMs(node);
  return cost;
}
