/**
 * The common parts of most cuts of a wide network: on the device all up to the last branch, in the cloud all from the
 * first join. As separate parts they run once for thousands of cuts; the rest are short chains that recur. (A detector
 * with 9,070 cuts has a few hundred such parts.)
 */
import type { UnitGraph } from '../../../onnx/index.js';

/** Finds the cores of a network's device sets. */
export class SharedCores {
  private readonly ids: readonly string[];
  /** For each unit that branches, itself and all it needs. */
  private readonly upToBranch: ReadonlyMap<string, ReadonlySet<string>>;
  /** For each unit that joins, itself and all that needs it. */
  private readonly fromJoin: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(graph: UnitGraph) {
    this.ids = graph.units.map(({ id }) => id);
    const before = new Map(this.ids.map((id): [string, string[]] => [id, []]));
    const after = new Map(this.ids.map((id): [string, string[]] => [id, []]));
    for (const { from, to } of graph.edges) {
      before.get(to)?.push(from);
      after.get(from)?.push(to);
    }
    this.upToBranch = closures(after, before);
    this.fromJoin = closures(before, after);
  }

  /** The device set between its cores: three device sets, each within the next, to cut the network at. */
  around(deviceSet: readonly string[]): readonly (readonly string[])[] {
    const device = new Set(deviceSet);
    const core = new Set<string>();
    const rest = new Set<string>();
    for (const id of this.ids) {
      const closure = device.has(id) ? this.upToBranch.get(id) : this.fromJoin.get(id);
      for (const one of closure ?? []) (device.has(id) ? core : rest).add(one);
    }
    return [[...core], deviceSet, this.ids.filter((id) => !rest.has(id))];
  }
}

type Neighbours = ReadonlyMap<string, readonly string[]>;

/** For each unit with several neighbours in one direction, all that is reached in the other, itself included. */
function closures(several: Neighbours, reached: Neighbours): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [id, neighbours] of several) {
    if (neighbours.length < 2) continue;
    const closure = new Set([id]);
    for (const one of closure) for (const next of reached.get(one) ?? []) closure.add(next);
    found.set(id, closure);
  }
  return found;
}
