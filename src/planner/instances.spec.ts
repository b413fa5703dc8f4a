import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { randomLarge } from '../../test/support/networks/random-networks.js';
import {
  type Answers,
  answersOf,
  preparedNetwork,
  RATES,
  TRAITS,
} from '../../test/support/planner/best-known.js';
import { instances } from '../../test/support/planner/instances.js';
import {
  type Network,
  type Objective,
  planPrepared,
  type Schedule,
  solve,
  type Unit,
} from './index.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

/** FLOTILLA_INSTANCES asks for whole proofs; a commit runs a slice of them. */
const STREAM_STRIDE = process.env.FLOTILLA_INSTANCES ? 1 : 6;
/** Ten times what it takes on an idle machine. */
const SOON_MS = 6_000;
const bestKnown: Record<string, Answers> = JSON.parse(
  readFileSync(join(process.cwd(), 'test', 'best-known.json'), 'utf8'),
);

describe.each(instances())('the frozen network $name', ({ name, network }) => {
  const preparation = preparedNetwork(network);
  const scheduleAt = (uplinkMbps: number, objective: Objective, frames: number): Schedule => {
    const link = { ...TRAITS, uplinkMbps };
    const outcome = planPrepared(preparation, { link, objective, frames });
    if (outcome.kind === 'infeasible') throw new Error(outcome.because);
    return outcome.schedule;
  };

  it('is planned optimally, with proof, at 40 link rates', () => {
    const unproven = RATES.filter((rate) => !scheduleAt(rate, 'frame', 1).optimal);
    expect(unproven).toEqual([]);
  });

  it('is planned as well as the best known (`npm run freeze` records a better plan)', () => {
    const answers = answersOf(network);
    expect(Object.keys(answers)).toEqual(Object.keys(bestKnown[name] ?? {}));
    for (const [question, knownMs] of Object.entries(bestKnown[name] ?? {})) {
      const ms = answers[question] ?? Infinity;
      expect(Math.abs(ms / knownMs - 1), question).toBeLessThan(1e-6);
    }
  });

  it('is streamed within 1 percent of the bound, executed frame by frame', () => {
    for (const [i, uplinkMbps] of RATES.entries()) {
      if (i % STREAM_STRIDE !== 0) continue;
      const { stream, lowerBoundMs } = scheduleAt(uplinkMbps, 'stream', 32);
      const { frames, periodMs } = stream?.executed ?? { frames: 0, periodMs: Infinity };
      expect(frames).toBeGreaterThanOrEqual(32);
      expect(periodMs, `${uplinkMbps} Mbps`).toBeLessThanOrEqual(1.01 * lowerBoundMs);
    }
  });
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
