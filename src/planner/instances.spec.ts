import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  type Answers,
  answersOf,
  preparedNetwork,
  RATES,
  TRAITS,
} from '../../test/support/planner/best-known.js';
import { instances } from '../../test/support/planner/instances.js';
import { type Objective, planPrepared, type Schedule } from './index.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

/** FLOTILLA_INSTANCES asks for whole proofs; a commit runs a slice of them. */
const STREAM_STRIDE = process.env.FLOTILLA_INSTANCES ? 1 : 6;
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
