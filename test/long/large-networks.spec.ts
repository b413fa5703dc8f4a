/** Networks of the largest sizes that are planned: seconds each. */
import { describe, expect, it, vi } from 'vitest';
import { type Network, solve, type Unit } from '../../src/planner/index.js';
import { randomLarge } from '../support/networks/random-networks.js';
import { TRAITS } from '../support/planner/best-known.js';
import { heads, ladder, planWithEveryStrategy } from '../support/planner/large-networks.js';

// Planning is slow where the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

/** Ten times what it takes on an idle machine. */
const SOON_MS = 6_000;

describe.each([
  ['6,000 heads of one input', heads(6000)],
  ['a ladder of 1,500 rungs', ladder(1500)],
])('%s', (_, network) => {
  it('is planned by every strategy', () => planWithEveryStrategy(network));
});

describe('auto', () => {
  const inputs = (count: number, outputBytes: number): Unit[] =>
    Array.from({ length: count }, (_, i) => ({
      id: `in${i}`,
      deviceMs: 0,
      cloudMs: 0,
      outputBytes,
    }));
  const heads = (count: number): Unit[] =>
    Array.from({ length: count }, (_, i) => ({
      id: `head${i}`,
      deviceMs: 1 + (i % 7),
      cloudMs: 0.2,
      outputBytes: 1000 + i,
    }));
  const large: Record<string, Network> = {
    'series-parallel': randomLarge('series-parallel', 1000, 7),
    narrow: randomLarge('narrow', 1000, 7),
    wide: randomLarge('wide', 1000, 7),
    'one trunk, 999 heads': {
      units: [...inputs(1, 50_000), ...heads(999)],
      edges: heads(999).map(({ id }) => ['in0', id] as const),
    },
    '500 paths': {
      units: [...inputs(500, 50_000), ...heads(500)],
      edges: heads(500).map(({ id }, i) => [`in${i}`, id] as const),
    },
  };

  it.each(Object.entries(large))(
    'solves 1000 units (%s) within 6 s, never below its bound',
    (_, network) => {
      for (const objective of ['frame', 'stream', 'burst'] as const) {
        const start = performance.now();
        const link = { ...TRAITS, uplinkMbps: 5.85 };
        const outcome = solve({ network, link, objective, frames: 32 });
        expect(performance.now() - start, objective).toBeLessThan(SOON_MS);
        if (outcome.kind === 'infeasible') throw new Error(outcome.because);
        const { makespanMs, lowerBoundMs, gap, stream } = outcome.schedule;
        expect(lowerBoundMs).toBeGreaterThan(0);
        expect(gap).toBeCloseTo((stream?.periodMs ?? makespanMs) / lowerBoundMs - 1, 9);
      }
    },
  );
});
