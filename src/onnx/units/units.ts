/**
 * Units: the smallest pieces of a network that can be placed on device or cloud, and the tensors between them.
 * Nodes that must stay together are joined by edges in both directions; the units are the strongly connected
 * components of that graph, so the graph of units has no cycle whatever was joined.
 */

import type { OnnxGraph, OnnxModel } from '../format/proto.js';
import { type GraphIndex, indexGraph, readsOf, writesOf } from '../graph/graph.js';
import { strongComponents } from './components.js';
import { fusedRuns, isHeavy } from './fusion.js';

/** A run of nodes placed as one. */
export interface Unit {
  /** `u` and the place among the units. */
  readonly id: string;
  /** Name of the node the unit is about. */
  readonly name: string;
  /** Operators in order, joined by +. */
  readonly op: string;
  /** Places in graph.node, ascending. */
  readonly nodes: readonly number[];
  /** Tensors it reads: of other units or inputs of the graph. */
  readonly inputs: readonly string[];
  /** Tensors of it that another unit reads or that are outputs of the graph. */
  readonly outputs: readonly string[];
}

export interface UnitEdge {
  readonly from: string;
  readonly to: string;
  readonly tensors: readonly string[];
}

/** Units in a topological order. The graph's inputs count as one further unit that every device set holds. */
export interface UnitGraph {
  readonly inputs: readonly string[];
  /** Outputs of the graph; one that is also an input is made by no unit. */
  readonly outputs: readonly string[];
  readonly units: readonly Unit[];
  readonly edges: readonly UnitEdge[];
}

/** The units of a normalised model; values in `inseparable` (see inseparableValues) are kept inside one unit. */
export function unitsOf(model: OnnxModel, inseparable: ReadonlySet<string> = new Set()): UnitGraph {
  const { graph } = model;
  const index = indexGraph(graph);
  const groups = orderedGroups(graph, index, groupNumbers(graph, index, inseparable));
  const units = groups.map((nodes, place) => describeUnit(graph, index, nodes, place));
  return {
    inputs: graph.input.map(({ name }) => name),
    outputs: graph.output.map(({ name }) => name),
    units,
    edges: edgesBetween(units),
  };
}

function groupNumbers(
  graph: OnnxGraph,
  index: GraphIndex,
  inseparable: ReadonlySet<string>,
): number[] {
  const successors = graph.node.map((node) => writesOf(node).flatMap(index.readersOf));
  const joinBack = (to: number, from: number) => successors[to]?.push(from);
  for (const run of fusedRuns(graph)) {
    const [first, ...rest] = run;
    for (const node of rest) {
      if (first === undefined) continue;
      joinBack(node, first);
      joinBack(first, node);
    }
  }
  for (const value of inseparable) {
    const producer = index.producerOf.get(value);
    if (producer !== undefined)
      for (const reader of index.readersOf(value)) joinBack(reader, producer);
  }
  return strongComponents(successors);
}

/** Groups of nodes in a topological order, ties by their first node. */
function orderedGroups(graph: OnnxGraph, index: GraphIndex, group: readonly number[]): number[][] {
  const members = new Map<number, number[]>();
  group.forEach((id, node) => {
    const list = members.get(id);
    if (list === undefined) members.set(id, [node]);
    else list.push(node);
  });
  const waitsFor = new Map<number, Set<number>>();
  for (const [id, nodes] of members) {
    const reads = nodes.flatMap((node) => readsOf(graph.node[node] ?? NOTHING));
    const makers = reads.flatMap((value) => index.producerOf.get(value) ?? []);
    waitsFor.set(
      id,
      new Set(makers.flatMap((node) => group[node] ?? []).filter((other) => other !== id)),
    );
  }
  const done = new Set<number>();
  const ordered: number[][] = [];
  let waiting = [...members];
  while (waiting.length > 0) {
    const next = waiting.find(([id]) =>
      [...(waitsFor.get(id) ?? [])].every((other) => done.has(other)),
    );
    if (next === undefined) throw new Error('the graph of units has a cycle');
    done.add(next[0]);
    ordered.push(next[1]);
    waiting = waiting.filter((one) => one !== next);
  }
  return ordered;
}

const NOTHING = { opType: '', input: [], output: [], attribute: [] };

function describeUnit(
  graph: OnnxGraph,
  index: GraphIndex,
  nodes: readonly number[],
  place: number,
): Unit {
  const own = nodes.flatMap((i) => graph.node[i] ?? []);
  const made = new Set(own.flatMap(writesOf));
  const inside = new Set(nodes);
  const ops = own.map(({ opType }) => opType).filter((op, i, all) => op !== all[i - 1]);
  const main = own.find(({ opType }) => isHeavy(opType)) ?? own[0];
  return {
    id: `u${place}`,
    name: main?.name ?? '',
    op: ops.join('+'),
    nodes,
    inputs: [...new Set(nodes.flatMap(index.variablesOf))].filter((value) => !made.has(value)),
    outputs: [...made].filter(
      (value) =>
        index.outputs.has(value) || index.readersOf(value).some((node) => !inside.has(node)),
    ),
  };
}

function edgesBetween(units: readonly Unit[]): UnitEdge[] {
  const maker = new Map(units.flatMap(({ id, outputs }) => outputs.map((value) => [value, id])));
  return units.flatMap(({ id: to, inputs }) => {
    const tensorsFrom = new Map<string, string[]>();
    for (const value of inputs) {
      const from = maker.get(value);
      if (from !== undefined) tensorsFrom.set(from, [...(tensorsFrom.get(from) ?? []), value]);
    }
    return [...tensorsFrom].map(([from, tensors]) => ({ from, to, tensors }));
  });
}
