import { describe, expect, it, vi } from 'vitest';
import { preparedNetwork, TRAITS } from '../../test/support/planner/best-known.js';
import {
  type Network,
  planPrepared,
  type StrategyName,
  solve,
  strategies,
  type Unit,
} from './index.js';

// Planning is slow where the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

const LINK = { ...TRAITS, uplinkMbps: 5.85 };
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
function chain(length: number): Network {
  const ids = ['in', ...names(length - 1)];
  return {
    units: [input, ...names(length - 1).map(unit)],
    edges: ids.slice(1).map((id, i) => [ids[i] ?? '', id] as const),
  };
}

/** One input, and every other unit reads it. */
function heads(count: number): Network {
  return {
    units: [input, ...names(count).map(unit)],
    edges: names(count).map((id) => ['in', id] as const),
  };
}

/** A chain with a head at every unit: as many levels of nesting as the chain has units. */
function ladder(rungs: number): Network {
  const trunk = chain(rungs);
  const sides = names(rungs - 1).map((id) => [id, `side-${id}`] as const);
  return {
    units: [...trunk.units, ...sides.map(([, id], i) => unit(id, i))],
    edges: [...trunk.edges, ...sides],
  };
}

const networks: Record<string, Network> = {
  'a chain of 3,000 units': chain(3000),
  '6,000 heads of one input': heads(6000),
  'a ladder of 1,500 rungs': ladder(1500),
};

describe.each(Object.entries(networks))('%s', (_, network) => {
  it('is planned by every strategy', () => {
    const preparation = preparedNetwork(network);
    for (const strategy of NAMES) {
      const outcome = planPrepared(preparation, { link: LINK }, strategy);
      if (outcome.kind === 'infeasible') throw new Error(outcome.because);
      const { makespanMs, lowerBoundMs, device, cloud } = outcome.schedule;
      expect(lowerBoundMs, strategy).toBeLessThanOrEqual(makespanMs);
      expect(device.length + cloud.length, strategy).toBe(network.units.length);
    }
  });
});

describe('a network that is too large', () => {
  it('is rejected in one sentence that names the limit', () => {
    expect(solve({ network: chain(20_001), link: LINK })).toEqual({
      kind: 'infeasible',
      because: 'units: must have at most 20000 entries, has 20001',
    });
  });
});
