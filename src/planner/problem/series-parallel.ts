/**
 * Series-parallel decomposition of a network's partial order.
 *
 * A set of nodes is split into the parts that no path connects (parallel) or into the parts each of
 * which precedes all of the next (series), again and again (Valdes, Tarjan, Lawler 1982, by
 * components of the comparability graph and of its complement). Where neither splits, the order
 * holds an N; then the nodes that need nothing are put before the rest, which only adds order, and
 * the decomposition says that it is not exact. O(V²) per level, memorised per graph.
 */
import type { Graph, Node } from './graph.js';

/** A node, or parts in series or in parallel. */
export type Part =
  | { readonly kind: 'node'; readonly node: Node }
  | { readonly kind: 'series' | 'parallel'; readonly parts: readonly Part[] };

/** The decomposition; `isExact` when no order was added. */
export interface Decomposition {
  readonly root: Part;
  readonly isExact: boolean;
}

const known = new WeakMap<Graph, Decomposition>();

/** Decomposes a graph's order; induced sub-orders follow by leaving nodes out. */
export function decompositionOf(graph: Graph): Decomposition {
  const before = known.get(graph);
  if (before) return before;
  const decomposer = new Decomposer(graph);
  const root = decomposer.split(graph.nodes);
  const made = { root, isExact: decomposer.isExact };
  known.set(graph, made);
  return made;
}

class Decomposer {
  readonly #leadsTo: readonly Uint8Array[];
  isExact = true;

  constructor({ leadsTo }: Graph) {
    this.#leadsTo = leadsTo;
  }

  split(nodes: readonly Node[]): Part {
    const [only] = nodes;
    if (only && nodes.length === 1) return { kind: 'node', node: only };
    const strands = this.#components(nodes, true);
    if (strands.length > 1) return this.#join('parallel', strands);
    const stages = this.#components(nodes, false);
    if (stages.length > 1) return this.#join('series', stages);
    this.isExact = false;
    const isFirst = (node: Node): boolean => !nodes.some((other) => this.#precedes(other, node));
    return this.#join('series', [nodes.filter(isFirst), nodes.filter((node) => !isFirst(node))]);
  }

  #join(kind: 'series' | 'parallel', sets: readonly (readonly Node[])[]): Part {
    return { kind, parts: sets.map((set) => this.split(set)) };
  }

  #precedes(one: Node, other: Node): boolean {
    return this.#leadsTo[one.index]?.[other.index] === 1;
  }

  /** Components of the graph that joins comparable (or incomparable) nodes, by first node. */
  #components(nodes: readonly Node[], isComparable: boolean): Node[][] {
    const components: Node[][] = [];
    let open = [...nodes];
    while (open.length > 0) {
      const component = open.splice(0, 1);
      for (const node of component) {
        const row = this.#leadsTo[node.index];
        const apart: Node[] = [];
        for (const other of open) {
          const isRelated =
            other.index > node.index
              ? row?.[other.index] === 1
              : this.#leadsTo[other.index]?.[node.index] === 1;
          (isRelated === isComparable ? component : apart).push(other);
        }
        open = apart;
      }
      components.push(component.sort((a, b) => a.index - b.index));
    }
    return isComparable ? components : components.sort((a, b) => this.#seriesOrder(a, b));
  }

  #seriesOrder([one]: readonly Node[], [other]: readonly Node[]): number {
    if (!one || !other) return 0;
    return this.#precedes(one, other) ? -1 : 1;
  }
}
