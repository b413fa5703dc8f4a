/**
 * A network as linked nodes in topological order: what every strategy walks.
 *
 * Built once per network, O(V · E) for who needs whom; it knows nothing of the link.
 */
import type { Encoding, Network } from './problem.js';

/** Name of the only encoding of a unit that lists none. */
export const PLAIN = 'plain';

/** One unit, linked. */
export interface Node {
  /** Its place in the topological order of the graph. */
  readonly index: number;
  /** Its place in the network's list of units. */
  readonly place: number;
  readonly id: string;
  readonly deviceMs: number;
  readonly cloudMs: number;
  readonly isInput: boolean;
  readonly encodings: readonly Encoding[];
  readonly memoryBytes: number;
  readonly predecessors: readonly Node[];
  readonly successors: readonly Node[];
  /** Device time of this unit and of everything it needs. */
  readonly headMs: number;
  /** Cloud time of this unit and of everything that needs it. */
  readonly tailMs: number;
}

/** Nodes in topological order; among free choices the network's own order decides. */
export interface Graph {
  readonly nodes: readonly Node[];
  /** By node index: 1 at the index of every node that needs it. */
  readonly leadsTo: readonly Uint8Array[];
}

/** A node while it is being linked. */
interface Draft
  extends Omit<Node, 'index' | 'isInput' | 'headMs' | 'tailMs' | 'predecessors' | 'successors'> {
  index: number;
  isInput: boolean;
  headMs: number;
  tailMs: number;
  readonly predecessors: Draft[];
  readonly successors: Draft[];
}

/** Links a network that `checkNetwork` has passed; repeated edges count once. */
export function graphOf(network: Network): Graph {
  const drafts = network.units.map(
    (unit, place): Draft => ({
      index: -1,
      place,
      id: unit.id,
      deviceMs: unit.deviceMs,
      cloudMs: unit.cloudMs,
      isInput: false,
      encodings: unit.encodings ?? [
        { name: PLAIN, bytes: unit.outputBytes, encodeMs: 0, decodeMs: 0 },
      ],
      memoryBytes: unit.memoryBytes ?? 0,
      predecessors: [],
      successors: [],
      headMs: unit.deviceMs,
      tailMs: unit.cloudMs,
    }),
  );
  connect(drafts, network.edges);
  const nodes = topological(drafts);
  const leadsTo = closureOf(nodes);
  for (const node of nodes) {
    for (const other of nodes) {
      if (leadsTo[node.index]?.[other.index] !== 1) continue;
      other.headMs += node.deviceMs;
      node.tailMs += other.cloudMs;
    }
  }
  return { nodes, leadsTo };
}

function connect(drafts: readonly Draft[], edges: Network['edges']): void {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  for (const [from, to] of edges) {
    const source = byId.get(from);
    const target = byId.get(to);
    if (!source || !target || source.successors.includes(target)) continue;
    source.successors.push(target);
    target.predecessors.push(source);
  }
  for (const draft of drafts) {
    draft.isInput = draft.predecessors.length === 0 && draft.deviceMs === 0 && draft.cloudMs === 0;
  }
}

/** Whether some unit needs nothing and yet may run in the cloud, before any tensor is there. */
export function mayStartInCloud({ nodes }: Graph): boolean {
  return nodes.some((node) => node.predecessors.length === 0 && !node.isInput);
}

/** Depth first from the back, so that the units of one path stay together. */
function topological(drafts: readonly Draft[]): Draft[] {
  const nodes: Draft[] = [];
  const entered = new Set<Draft>();
  for (const start of drafts) {
    const path = [start];
    while (path.length > 0) {
      const draft = path[path.length - 1] as Draft;
      const next = draft.predecessors.find((one) => !entered.has(one));
      if (entered.has(draft)) path.pop();
      else if (next) path.push(next);
      else {
        entered.add(draft);
        draft.index = nodes.length;
        nodes.push(draft);
        path.pop();
      }
    }
  }
  return nodes;
}

/** Which node needs which, directly or not. O(V · E) */
function closureOf(nodes: readonly Node[]): Uint8Array[] {
  const rows: Uint8Array[] = [];
  for (const node of nodes.toReversed()) {
    const row = new Uint8Array(nodes.length);
    for (const reader of node.successors) {
      row[reader.index] = 1;
      rows[reader.index]?.forEach((leads, i) => {
        if (leads === 1) row[i] = 1;
      });
    }
    rows[node.index] = row;
  }
  return rows;
}
