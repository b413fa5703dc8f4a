/**
 * Device sets: sets of nodes that hold every input and are closed under predecessors.
 *
 * They are the order ideals of the network's partial order that hold its inputs. Real networks
 * have few (13 to 497), wide graphs exponentially many, so enumeration has a limit.
 */
import { addBit, addBits, type BitSet, bitSet, forEachBit } from '../algorithms/bit-set.js';
import type { Graph, Node } from './graph.js';

/** One node that the cloud reads, seen from its device set. */
export interface CutTensor {
  readonly node: Node;
  /** Cloud time of everything that cannot start before this tensor is there. */
  readonly tailMs: number;
  /** Whether no other tensor of the cut needs this node: only such a one can be the last. */
  readonly mayBeLast: boolean;
}

/** One device set with what can be said of it before the link is known. */
export interface DeviceSet {
  /** 1 at the index of every node on the device. */
  readonly members: Uint8Array;
  /** 1 at the index of every node that some tensor of the cut needs. */
  readonly leads: Uint8Array;
  readonly isLocal: boolean;
  readonly deviceMs: number;
  /** Device time of the nodes that some tensor of the cut needs. */
  readonly leadMs: number;
  readonly cloudMs: number;
  /** Cloud time of what needs some tensor of the cut. */
  readonly boundCloudMs: number;
  /** What the cloud reads, in topological order. */
  readonly cut: readonly CutTensor[];
}

/** Describes the set given by its members. O(E + cut · V / 32 + tails) */
export function deviceSet(graph: Graph, members: Uint8Array): DeviceSet {
  const leads = new Uint8Array(members.length);
  const outside = bitSet(members.length);
  const tailMsOf = (nodes: readonly Node[]): number => cloudMsAfter(graph, nodes, outside);
  const cut: CutTensor[] = [];
  let [deviceMs, leadMs, cloudMs, size] = [0, 0, 0, 0];
  for (let index = members.length - 1; index >= 0; index--) {
    const node = graph.nodes[index];
    if (!node) continue;
    if (members[index] !== 1) {
      cloudMs += node.cloudMs;
      addBit(outside, index);
      continue;
    }
    size += 1;
    deviceMs += node.deviceMs;
    let [isNeeded, isRead] = [false, false];
    for (const reader of node.successors) {
      isNeeded ||= leads[reader.index] === 1;
      isRead ||= members[reader.index] !== 1;
    }
    if (isRead) cut.push({ node, tailMs: tailMsOf([node]), mayBeLast: !isNeeded });
    if (!isRead && !isNeeded) continue;
    leads[index] = 1;
    leadMs += node.deviceMs;
  }
  const boundCloudMs = graph.mayStartInCloud ? tailMsOf(cut.map(({ node }) => node)) : cloudMs;
  const isLocal = size === members.length;
  return { members, leads, isLocal, deviceMs, leadMs, cloudMs, boundCloudMs, cut: cut.reverse() };
}

/** The set of all nodes, or of the inputs alone. */
export function extremeSet(graph: Graph, which: 'all' | 'inputs'): DeviceSet {
  const isIn = (node: Node): boolean => which === 'all' || node.isInput;
  return deviceSet(
    graph,
    Uint8Array.from(graph.nodes, (node) => Number(isIn(node))),
  );
}

/** Nodes of a set in topological order. */
export function membersOf(graph: Graph, set: DeviceSet): Node[] {
  return graph.nodes.filter((node) => set.members[node.index] === 1);
}

/**
 * Every device set, each once and in a fixed order, or undefined when there are more than `limit`.
 *
 * Decides node after node in topological order; a node joins when all it needs has joined. Then the
 * last node that need not have joined leaves, and the nodes after it are decided again.
 * O(sets · (V + E)).
 */
export function allDeviceSets(graph: Graph, limit: number): DeviceSet[] | undefined {
  const { nodes } = graph;
  const members = new Uint8Array(nodes.length);
  const found: Uint8Array[] = [];
  const mayJoin = (node: Node): boolean =>
    node.predecessors.every((before) => members[before.index] === 1);
  for (let next = 0; next >= 0; ) {
    for (const node of nodes.slice(next)) members[node.index] = Number(mayJoin(node));
    if (found.push(members.slice()) > limit) return undefined;
    const last = nodes.findLastIndex(({ index, isInput }) => members[index] === 1 && !isInput);
    if (last >= 0) members[last] = 0;
    next = last < 0 ? -1 : last + 1;
  }
  return found.map((one) => deviceSet(graph, one));
}

/** Cloud time of the nodes outside the set that need one of the given nodes. */
function cloudMsAfter({ nodes, leadsTo }: Graph, before: readonly Node[], outside: BitSet): number {
  const [first] = before;
  let after = leadsTo[first?.index ?? -1];
  if (before.length !== 1) {
    after = bitSet(nodes.length);
    for (const node of before) addBits(after, leadsTo[node.index] ?? after);
  }
  let total = 0;
  if (after) forEachBit(after, (index) => (total += nodes[index]?.cloudMs ?? 0), outside);
  return total;
}
