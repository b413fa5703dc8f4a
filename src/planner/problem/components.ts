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
  const bySignature = new Map<string, Node[][]>();
  for (const nodes of connectedNodes(graph)) {
    const signature = signatureOf(nodes);
    const equal = bySignature.get(signature);
    if (equal) equal.push(nodes);
    else bySignature.set(signature, [nodes]);
  }
  const made = [...bySignature.values()].map((copies) => ({ graph: partOf(copies[0]), copies }));
  known.set(graph, made);
  return made;
}

/** The nodes of every part in topological order. */
function connectedNodes({ nodes }: Graph): Node[][] {
  const isOpen = new Uint8Array(nodes.length).fill(1);
  const parts: Node[][] = [];
  for (const start of nodes) {
    if (isOpen[start.index] !== 1) continue;
    isOpen[start.index] = 0;
    const part = [start];
    for (const node of part) {
      for (const near of [...node.predecessors, ...node.successors]) {
        if (isOpen[near.index] !== 1) continue;
        isOpen[near.index] = 0;
        part.push(near);
      }
    }
    parts.push(part.sort((a, b) => a.index - b.index));
  }
  return parts;
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
