/**
 * Blocks: the coarsest partition of the units that serves all given device sets, because fewer sessions cost less.
 *
 * Units are equal when the same device sets hold them; a block is a weakly connected component of equal units.
 * A device set is closed under predecessors, so along an edge u → v the sets that hold v are among those that hold u:
 * membership only shrinks. Hence (1) the graph of blocks has no cycle: along a cycle membership would be equal all the
 * way, and equal units joined by an edge are in one block; (2) a block is convex: on a path from one of its units to
 * another membership is caught between equals, so every unit on the way is equal, connected, and in the block.
 */
import type { Unit, UnitGraph } from './units.js';

/** A part of the network that runs as one session. */
export interface Block {
  /** Ids of its units, in topological order. */
  readonly units: readonly string[];
  /** Places in graph.node, ascending. */
  readonly nodes: readonly number[];
  /** Tensors it reads: of other blocks or inputs of the graph. */
  readonly inputs: readonly string[];
  /** Tensors of it that another block reads or that are outputs of the graph. */
  readonly outputs: readonly string[];
}

/** The blocks in a topological order, so that each device set is a union of blocks. */
export function blocksOf(graph: UnitGraph, deviceSets: Iterable<Iterable<string>>): Block[] {
  const signature = signatures(graph, deviceSets);
  const leader = new Map(graph.units.map(({ id }) => [id, id]));
  const find = (id: string): string => {
    const up = leader.get(id) ?? id;
    return up === id ? id : find(up);
  };
  for (const { from, to } of graph.edges) {
    if (signature.get(from) === signature.get(to)) leader.set(find(to), find(from));
  }
  const members = new Map<string, Unit[]>();
  for (const unit of graph.units) {
    const list = members.get(find(unit.id));
    if (list === undefined) members.set(find(unit.id), [unit]);
    else list.push(unit);
  }
  return inOrder([...members.values()].map((units) => describeBlock(graph, units)));
}

/** Equal numbers for units that the same sets hold: classes start as one and are split set by set. */
function signatures(
  { units }: UnitGraph,
  deviceSets: Iterable<Iterable<string>>,
): ReadonlyMap<string, number> {
  const signature = new Map(units.map(({ id }) => [id, 0]));
  for (const deviceSet of deviceSets) {
    const held = new Set(deviceSet);
    const classes = new Map<string, number>();
    for (const [id, before] of signature) {
      const key = `${before},${held.has(id)}`;
      const now = classes.get(key) ?? classes.size;
      classes.set(key, now);
      signature.set(id, now);
    }
  }
  return signature;
}

function describeBlock(graph: UnitGraph, units: readonly Unit[]): Block {
  const inside = new Set(units.map(({ id }) => id));
  const made = new Set(units.flatMap(({ outputs }) => outputs));
  const readOutside = new Set([
    ...graph.outputs,
    ...graph.units.filter(({ id }) => !inside.has(id)).flatMap(({ inputs }) => inputs),
  ]);
  return {
    units: [...inside],
    nodes: units.flatMap(({ nodes }) => nodes).sort((a, b) => a - b),
    inputs: [...new Set(units.flatMap(({ inputs }) => inputs))].filter((value) => !made.has(value)),
    outputs: [...made].filter((value) => readOutside.has(value)),
  };
}

/** Sorted so that a block comes after those it reads from, ties by first node. */
function inOrder(blocks: readonly Block[]): Block[] {
  const made = new Set(blocks.flatMap(({ outputs }) => outputs));
  const ordered: Block[] = [];
  const ready = new Set<string>();
  let waiting = blocks;
  while (waiting.length > 0) {
    const next = waiting.find(({ inputs }) =>
      inputs.every((value) => ready.has(value) || !made.has(value)),
    );
    if (next === undefined) throw new Error('a device set is not closed under predecessors');
    ordered.push(next);
    for (const value of next.outputs) ready.add(value);
    waiting = waiting.filter((one) => one !== next);
  }
  return ordered;
}
