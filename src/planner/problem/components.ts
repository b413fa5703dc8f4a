/**
 * The parts of a network that no edge connects, equal ones together.
 *
 * Parts share nothing but the machines: several cameras with a network each are the usual case.
 * O(V + E), memorised per graph.
 */
import { type Graph, graphOf, type Node } from './graph.js';

/** Parts that equal each other in structure, costs and encodings. */
export interface EqualParts {
  /** One part as a graph of its own. */
  readonly graph: Graph;
  /** By part: the node of the whole graph at every index of `graph`. */
  readonly copies: readonly (readonly Node[])[];
}

const known = new WeakMap<Graph, readonly EqualParts[]>();

/** All parts of a graph, in the order of their first nodes. */
export function componentsOf(graph: Graph): readonly EqualParts[] {
  const before = known.get(graph);
  if (before) return before;
  const strands = strandsOf(graph.nodes);
  const made = strands.length === 1 ? [{ graph, copies: [graph.nodes] }] : equalParts(strands);
  known.set(graph, made);
  return made;
}

function equalParts(strands: readonly (readonly Node[])[]): EqualParts[] {
  const bySignature = new Map<string, (readonly Node[])[]>();
  for (const nodes of strands) {
    const signature = signatureOf(nodes);
    const equal = bySignature.get(signature);
    if (equal) equal.push(nodes);
    else bySignature.set(signature, [nodes]);
  }
  return [...bySignature.values()].map((copies) => ({ graph: partOf(copies[0]), copies }));
}

/** The sets of the given nodes that no edge connects, by their first nodes, each in topological order. */
export function strandsOf(nodes: readonly Node[]): Node[][] {
  const isIn = new Set(nodes);
  const strands: Node[][] = [];
  for (const start of nodes) {
    if (!isIn.delete(start)) continue;
    const strand = [start];
    for (const node of strand) {
      for (const near of [...node.predecessors, ...node.successors]) {
        if (isIn.delete(near)) strand.push(near);
      }
    }
    strands.push(strand.sort((a, b) => a.index - b.index));
  }
  return strands;
}

function signatureOf(nodes: readonly Node[]): string {
  const places = new Map(nodes.map((node, i) => [node, i]));
  return JSON.stringify(
    nodes.map(({ deviceMs, cloudMs, encodings, predecessors }) => [
      deviceMs,
      cloudMs,
      encodings.map(({ name, bytes, encodeMs, decodeMs }) => [name, bytes, encodeMs, decodeMs]),
      predecessors.map((before) => places.get(before)),
    ]),
  );
}

/** Nodes in topological order keep their order, so places in the list are indices in the graph. */
function partOf(nodes: readonly Node[] = []): Graph {
  return graphOf({
    units: nodes.map(({ id, deviceMs, cloudMs, encodings }) => ({
      ...{ id, deviceMs, cloudMs, encodings },
      outputBytes: 0,
    })),
    edges: nodes.flatMap(({ id, successors }) => successors.map((to) => [id, to.id] as const)),
  });
}
