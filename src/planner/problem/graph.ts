/**
 * A network as linked nodes in topological order: what every strategy walks.
 *
 * Built once per network, O(V · E / 32) for who needs whom; it knows nothing of the link.
 */
import { addBit, addBits, type BitSet, bitSet, forEachBit } from '../algorithms/bit-set.js';
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
  /** By node index: the indices of all nodes that need it, directly or not. */
  readonly leadsTo: readonly BitSet[];
  /** Whether some unit needs nothing and yet may run in the cloud, before any tensor is there. */
  readonly mayStartInCloud: boolean;
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
  addHeadsAndTails(nodes, leadsTo);
  const mayStartInCloud = nodes.some((node) => node.predecessors.length === 0 && !node.isInput);
  return { nodes, leadsTo, mayStartInCloud };
}

/** Sums what every node needs and what needs it. O(V²), in flat arrays. */
function addHeadsAndTails(nodes: readonly Draft[], leadsTo: readonly BitSet[]): void {
  const headsMs = Float64Array.from(nodes, (node) => node.headMs);
  const tailsMs = Float64Array.from(nodes, (node) => node.tailMs);
  const cloudMs = Float64Array.from(nodes, (node) => node.cloudMs);
  for (const { index, deviceMs } of nodes) {
    let tailMs = tailsMs[index] ?? 0;
    forEachBit(leadsTo[index] ?? NOTHING, (other) => {
      headsMs[other] = (headsMs[other] ?? 0) + deviceMs;
      tailMs += cloudMs[other] ?? 0;
    });
    tailsMs[index] = tailMs;
  }
  for (const node of nodes) {
    node.headMs = headsMs[node.index] ?? 0;
    node.tailMs = tailsMs[node.index] ?? 0;
  }
}

const NOTHING = bitSet(0);

function connect(drafts: readonly Draft[], edges: Network['edges']): void {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  const known = new Set<number>();
  for (const [from, to] of edges) {
    const source = byId.get(from);
    const target = byId.get(to);
    if (!source || !target) continue;
    const edge = source.place * drafts.length + target.place;
    if (known.has(edge)) continue;
    known.add(edge);
    source.successors.push(target);
    target.predecessors.push(source);
  }
  for (const draft of drafts) {
    draft.isInput = draft.predecessors.length === 0 && draft.deviceMs === 0 && draft.cloudMs === 0;
  }
}

/** Depth first from the back, so that the units of one path stay together. */
function topological(drafts: readonly Draft[]): Draft[] {
  const nodes: Draft[] = [];
  const entered = new Set<Draft>();
  const looked = new Uint32Array(drafts.length);
  const missingOf = ({ place, predecessors }: Draft): Draft | undefined => {
    let at = looked[place] ?? 0;
    for (let one = predecessors[at]; one && entered.has(one); one = predecessors[at]) at += 1;
    looked[place] = at;
    return predecessors[at];
  };
  for (const start of drafts) {
    const path = [start];
    while (path.length > 0) {
      const draft = path[path.length - 1] as Draft;
      const missing = entered.has(draft) ? undefined : missingOf(draft);
      if (entered.has(draft)) path.pop();
      else if (missing) path.push(missing);
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

/** Which node needs which, directly or not. O(V · E / 32) */
function closureOf(nodes: readonly Node[]): BitSet[] {
  const rows: BitSet[] = [];
  for (const node of nodes.toReversed()) {
    const row = bitSet(nodes.length);
    for (const reader of node.successors) {
      addBit(row, reader.index);
      addBits(row, rows[reader.index] ?? NOTHING);
    }
    rows[node.index] = row;
  }
  return rows;
}
