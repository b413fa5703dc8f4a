/**
 * Device sets: sets of nodes that hold every input and are closed under predecessors.
 *
 * They are the order ideals of the network's partial order that hold its inputs. Real networks
 * have few (13 to 497), wide graphs exponentially many, so enumeration has a limit.
 */
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

/** Describes the set given by its members. O(V + cut · E) */
export function deviceSet(graph: Graph, members: Uint8Array): DeviceSet {
  const isIn = (node: Node): boolean => members[node.index] === 1;
  const leads = new Uint8Array(members.length);
  const cut: CutTensor[] = [];
  let [deviceMs, leadMs, cloudMs, boundCloudMs, size] = [0, 0, 0, 0, 0];
  for (const node of graph.nodes.toReversed()) {
    if (!isIn(node)) {
      cloudMs += node.cloudMs;
      continue;
    }
    size += 1;
    deviceMs += node.deviceMs;
    const isNeeded = node.successors.some((reader) => leads[reader.index] === 1);
    const isRead = node.successors.some((reader) => !isIn(reader));
    if (isRead) cut.push({ node, tailMs: tailMs(node, members), mayBeLast: !isNeeded });
    if (!isRead && !isNeeded) continue;
    leads[node.index] = 1;
    leadMs += node.deviceMs;
  }
  for (const node of reachedFrom(
    cut.map((one) => one.node),
    members,
  )) {
    boundCloudMs += node.cloudMs;
  }
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
 * Decides node after node in topological order; a node may join when all it needs has joined.
 * O(sets · (V + E)).
 */
export function allDeviceSets(graph: Graph, limit: number): DeviceSet[] | undefined {
  const { nodes } = graph;
  const members = new Uint8Array(nodes.length);
  const sets: DeviceSet[] = [];
  const visit = (index: number): boolean => {
    const node = nodes[index];
    if (node === undefined) {
      if (sets.length === limit) return false;
      sets.push(deviceSet(graph, members.slice()));
      return true;
    }
    if (node.predecessors.every((before) => members[before.index] === 1)) {
      members[index] = 1;
      if (!visit(index + 1)) return false;
      members[index] = 0;
    }
    return node.isInput || visit(index + 1);
  };
  return visit(0) ? sets : undefined;
}

function tailMs(node: Node, members: Uint8Array): number {
  let total = 0;
  for (const reached of reachedFrom([node], members)) total += reached.cloudMs;
  return total;
}

/** Nodes outside the set that need one of the given nodes. */
function reachedFrom(from: readonly Node[], members: Uint8Array): Node[] {
  const seen = new Set<Node>();
  const reached: Node[] = [];
  const enter = (node: Node): void => {
    for (const reader of node.successors) {
      if (members[reader.index] === 1 || seen.has(reader)) continue;
      seen.add(reader);
      reached.push(reader);
    }
  };
  for (const node of from) enter(node);
  for (const node of reached) enter(node);
  return reached;
}
