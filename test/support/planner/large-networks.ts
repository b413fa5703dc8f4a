/** Networks of any size with many levels or many heads, and a check of the plan of every strategy. */
import { expect } from 'vitest';
import {
  type Network,
  planPrepared,
  type StrategyName,
  strategies,
  type Unit,
} from '../../../src/planner/index.js';
import { preparedNetwork, TRAITS } from './best-known.js';

export const LINK = { ...TRAITS, uplinkMbps: 5.85 };
const NAMES = Object.keys(strategies) as StrategyName[];

const unit = (id: string, i: number): Unit => ({
  id,
  deviceMs: 1 + (i % 7),
  cloudMs: 0.2,
  outputBytes: 1000 + ((37 * i) % 400),
});
const input: Unit = { id: 'in', deviceMs: 0, cloudMs: 0, outputBytes: 50_000 };
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `u${i}`);

/** in > u0 > u1 > … */
export function chain(length: number): Network {
  const ids = ['in', ...names(length - 1)];
  return {
    units: [input, ...names(length - 1).map(unit)],
    edges: ids.slice(1).map((id, i) => [ids[i] ?? '', id] as const),
  };
}

/** One input, and every other unit reads it. */
export function heads(count: number): Network {
  return {
    units: [input, ...names(count).map(unit)],
    edges: names(count).map((id) => ['in', id] as const),
  };
}

/** A chain with a head at every unit: as many levels of nesting as the chain has units. */
export function ladder(rungs: number): Network {
  const trunk = chain(rungs);
  const sides = names(rungs - 1).map((id) => [id, `side-${id}`] as const);
  return {
    units: [...trunk.units, ...sides.map(([, id], i) => unit(id, i))],
    edges: [...trunk.edges, ...sides],
  };
}

/** Expects a plan of all units, above its bound, of every strategy. */
export function planWithEveryStrategy(network: Network): void {
  const preparation = preparedNetwork(network);
  for (const strategy of NAMES) {
    const outcome = planPrepared(preparation, { link: LINK }, strategy);
    if (outcome.kind === 'infeasible') throw new Error(outcome.because);
    const { makespanMs, lowerBoundMs, device, cloud } = outcome.schedule;
    expect(lowerBoundMs, strategy).toBeLessThanOrEqual(makespanMs);
    expect(device.length + cloud.length, strategy).toBe(network.units.length);
  }
}
