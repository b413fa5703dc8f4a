/**
 * Series-parallel decomposition of a network's partial order.
 *
 * A set of nodes is split into the parts that no path connects (parallel) or into the parts each of
 * which precedes all of the next (series), again and again (Valdes, Tarjan, Lawler 1982). Where
 * neither splits, the order holds an N; then the nodes that need nothing are put before the rest,
 * which only adds order.
 *
 * O(V² / 32 + E) per level of nesting, memorised per graph. When a budget of work ends, what is left
 * stands in topological order.
 */
import { addBit, bitSet, countCommon } from '../algorithms/bit-set.js';
import { strandsOf } from './components.js';
import type { Graph, Node } from './graph.js';

/** One step of a decomposition: a node, or the last parts joined to one. */
export type Step =
  | { readonly kind: 'node'; readonly node: Node }
  | { readonly kind: 'series' | 'parallel'; readonly parts: number };

/** Words of bits looked at: a tenth of a second. */
const WORK = 100_000_000;

const known = new WeakMap<Graph, readonly Step[]>();

/**
 * The tree of parts of a graph's order, in postfix order, children first; induced sub-orders follow by
 * leaving nodes out.
 */
export function decompositionOf(graph: Graph): readonly Step[] {
  const before = known.get(graph);
  if (before) return before;
  const made = new Decomposer(graph).run();
  known.set(graph, made);
  return made;
}

type Join = Exclude<Step, { kind: 'node' }>;

class Decomposer {
  readonly #graph: Graph;
  readonly #steps: Step[] = [];
  #work = WORK;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** Sets of nodes in topological order still to split, and joins to write after their parts. */
  run(): readonly Step[] {
    const open: (Join | readonly Node[])[] = [this.#graph.nodes];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if ('kind' in next) {
        this.#steps.push(next);
        continue;
      }
      const [only] = next;
      if (only && next.length === 1) {
        this.#steps.push({ kind: 'node', node: only });
        continue;
      }
      const { kind, parts } = this.#split(next);
      open.push({ kind, parts: parts.length });
      for (const part of parts.toReversed()) open.push(part);
    }
    return this.#steps;
  }

  #split(nodes: readonly Node[]): { kind: Join['kind']; parts: Node[][] } {
    // Parts hold all that lies between two of their nodes, so edges within connect what paths do.
    const strands = strandsOf(nodes);
    if (strands.length > 1) return { kind: 'parallel', parts: strands };
    const stages = this.#work > 0 ? this.#stages(nodes) : nodes.map((node) => [node]);
    if (stages.length > 1) return { kind: 'series', parts: stages };
    const isIn = new Set(nodes);
    const [first, rest]: [Node[], Node[]] = [[], []];
    for (const node of nodes) {
      const isFirst = !node.predecessors.some((before) => isIn.has(before));
      (isFirst ? first : rest).push(node);
    }
    return { kind: 'series', parts: [first, rest] };
  }

  /**
   * Parts each of which precedes all of the next. A prefix of the topological order is one or several
   * of them when each of its nodes leads to at least as many of the nodes as come after the prefix.
   */
  #stages(nodes: readonly Node[]): Node[][] {
    const mask = bitSet(this.#graph.nodes.length);
    for (const node of nodes) addBit(mask, node.index);
    const from = (nodes[0]?.index ?? 0) >>> 5;
    const to = (nodes.at(-1)?.index ?? 0) >>> 5;
    this.#work -= mask.length + nodes.length * (1 + to - from);
    const stages: Node[][] = [];
    let stage: Node[] = [];
    let leastAfter = Infinity;
    for (const [i, node] of nodes.entries()) {
      const row = this.#graph.leadsTo[node.index] ?? mask;
      leastAfter = Math.min(leastAfter, countCommon(row, mask, from, to));
      stage.push(node);
      if (leastAfter < nodes.length - 1 - i) continue;
      stages.push(stage);
      stage = [];
    }
    return stages;
  }
}
