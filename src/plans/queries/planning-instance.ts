/** The planning problem of a device now, as an instance of `flotilla plan` (docs/planner.md). Pure. */
import { marginsFor, slacksOf } from '../pricing/pace-margin.js';
import { problemOf, type Situation } from '../pricing/prediction.js';
import type { PlanningInstance } from './instance-answers.js';

/** The instance, its layers named as the blocks of the model are; by digest where a name is not unique. */
export function planningInstanceOf(device: string, situation: Situation): PlanningInstance {
  const { network, link } = problemOf(situation);
  const { objective, intervalMs } = situation;
  const { blocks } = situation.model;
  const isUnique = new Set(blocks.map(({ name }) => name)).size === blocks.length;
  const names = new Map(isUnique ? blocks.map(({ digest, name }) => [digest, name]) : []);
  const named = (id: string): string => names.get(id) ?? id;
  return {
    name: device,
    layers: network.units.map(({ encodings = [], ...unit }) => ({
      ...unit,
      id: named(unit.id),
      encodings: [...encodings],
    })),
    edges: network.edges.map(([from, to]): [string, string] => [named(from), named(to)]),
    link,
    objective,
    // The planner knows no limits of a stream.
    ...(objective !== 'stream' && situation.limits),
    ...(intervalMs !== undefined && { intervalMs, slack: slacksOf(marginsFor(situation)) }),
    workers: situation.workers ?? 1,
  };
}
