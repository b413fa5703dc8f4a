/** Networks next to each other as one, for tests and benchmarks of independent parts. */
import type { Network, Problem } from '../../../src/planner/index.js';

/** One network of parts that no edge connects; ids get the number of their part in front. */
export function joinedNetworks(parts: readonly Network[]): Network {
  return {
    units: parts.flatMap(({ units }, n) =>
      units.map((unit) => ({ ...unit, id: `${n}:${unit.id}` })),
    ),
    edges: parts.flatMap(({ edges }, n) =>
      edges.map(([from, to]) => [`${n}:${from}`, `${n}:${to}`] as const),
    ),
  };
}

/** The same for problems; the link is that of the first. */
export function joined(problems: readonly Problem[]): Problem {
  const [first] = problems;
  if (!first) throw new RangeError('no problem to join');
  return { ...first, network: joinedNetworks(problems.map(({ network }) => network)) };
}
