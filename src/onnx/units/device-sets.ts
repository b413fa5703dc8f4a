/**
 * Candidate device sets: the sets of units, closed under predecessors, that may stay on the device (order ideals).
 * The inputs of the graph are born there, so every set holds them; they are not listed.
 */
import type { UnitGraph } from './units.js';

/** The units of a set by id, in topological order; the empty one is "everything in the cloud". */
export type DeviceSet = readonly string[];

interface EnumerationOptions {
  /** No more sets than this are given; the prefixes of the topological order come first. */
  readonly limit?: number;
}

/**
 * Every device set once, lazily and always in the same order: first the prefixes of the topological order from nothing
 * to everything, then the others, those that leave out an earlier unit first. O(units²) a set, in time and memory.
 */
export function* deviceSetsOf(
  graph: UnitGraph,
  options: EnumerationOptions = {},
): Generator<DeviceSet> {
  const { limit = Number.POSITIVE_INFINITY } = options;
  const ids = graph.units.map(({ id }) => id);
  let given = 0;
  for (let size = 0; size <= ids.length && given < limit; size++, given++) yield ids.slice(0, size);
  if (given >= limit) return;
  for (const set of idealsFrom(predecessorsOf(graph))) {
    if (isPrefix(set)) continue;
    yield set.flatMap((place) => ids[place] ?? []);
    if (++given >= limit) return;
  }
}

/** Places of the units each unit directly needs. */
function predecessorsOf({ units, edges }: UnitGraph): number[][] {
  const place = new Map(units.map(({ id }, i) => [id, i]));
  const predecessors = units.map((): number[] => []);
  for (const { from, to } of edges) predecessors[place.get(to) ?? -1]?.push(place.get(from) ?? -1);
  return predecessors;
}

function isPrefix(places: readonly number[]): boolean {
  return places.every((place, i) => place === i);
}

/** Decides unit by unit in topological order: left out, or, when all it needs is in, taken. No decision leads to a dead end. */
function* idealsFrom(predecessors: readonly (readonly number[])[]): Generator<readonly number[]> {
  const stack: { readonly next: number; readonly taken: readonly number[] }[] = [
    { next: 0, taken: [] },
  ];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { next, taken } = top;
    const needed = predecessors[next];
    if (needed === undefined) {
      yield taken;
      continue;
    }
    if (needed.every((place) => taken.includes(place))) {
      stack.push({ next: next + 1, taken: [...taken, next] });
    }
    stack.push({ next: next + 1, taken });
  }
}

/** Wider networks than this allows are not counted to the end. */
const MAX_STATES = 200_000;

/**
 * How many order ideals the network has, with its inputs as one unit and the empty ideal counted; never more than
 * `limit`, which is then the answer. Counted without listing them: units are decided in topological order and states
 * that agree on every unit still asked for are added up, so series parts add and only the width costs.
 */
export function countIdeals(graph: UnitGraph, limit = Number.MAX_SAFE_INTEGER): number {
  const predecessors = predecessorsOf(graph);
  const lastAsked = predecessors.map((_, place) => place);
  predecessors.forEach((needed, place) => {
    for (const one of needed) lastAsked[one] = place;
  });
  let counts = new Map([['', 1]]);
  for (const [place, needed] of predecessors.entries()) {
    const next = new Map<string, number>();
    const add = (taken: readonly number[], count: number) => {
      const key = taken.filter((one) => (lastAsked[one] ?? -1) > place).join();
      next.set(key, (next.get(key) ?? 0) + count);
    };
    for (const [key, count] of counts) {
      const taken = key === '' ? [] : key.split(',').map(Number);
      add(taken, count);
      if (needed.every((one) => taken.includes(one))) add([...taken, place], count);
    }
    if (next.size >= Math.min(limit, MAX_STATES)) return limit;
    counts = next;
  }
  const sets = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return Math.min(sets + 1, limit);
}
