import { describe, expect, it, vi } from 'vitest';
import { preparedNetwork, RATES, TRAITS } from '../../../test/support/planner/best-known.js';
import { instances } from '../../../test/support/planner/instances.js';
import { cutMixOf, pricedCut } from '../cuts/cut-mix.js';
import type { Network } from '../index.js';
import { allDeviceSets } from '../problem/device-sets.js';
import { pricedFrameOf } from '../problem/priced-frame.js';
import { patternOf } from './stream-pattern.js';

vi.setConfig({ testTimeout: 600_000 });

/** FLOTILLA_INSTANCES asks for whole proofs; a commit runs a slice of them. */
const STRIDE = process.env.FLOTILLA_INSTANCES ? 1 : 4;
const SHORT = 32;

/** Loads on device, link and cloud, and above the least priced load of any cut. */
type Costs = readonly number[];

/** All cuts that can be in a pattern of at most 32 frames within 1 % of the bound, costliest last. */
function usableCuts(
  network: Network,
  uplinkMbps: number,
): { costs: Costs[]; periodMs: number; length: number } {
  const { graph } = preparedNetwork(network);
  const frame = pricedFrameOf(graph, { ...TRAITS, uplinkMbps });
  const mix = cutMixOf(frame, 1);
  const sets = allDeviceSets(graph, 20_000) ?? [];
  const cuts = sets.map((set) => pricedCut(frame, 1, set, mix.prices));
  const costs = cuts
    .map(({ loads }) => {
      const pricedMs = loads.reduce((sum, ms, i) => sum + ms * (mix.prices[i] ?? 0), 0);
      return [...loads, pricedMs - mix.periodMs];
    })
    .filter((one) => (one[3] ?? 0) <= 0.01 * SHORT * mix.periodMs)
    .sort((a, b) => (a[3] ?? 0) - (b[3] ?? 0));
  return { costs, periodMs: mix.periodMs, length: patternOf(mix, cuts).length };
}

/** Whether `frames` frames can follow the given cuts and load no machine more than the limit. */
function exists(
  costs: readonly Costs[],
  frames: number,
  limitMs: number,
  slackMs: number,
): boolean {
  const visit = (at: number, left: number, spent: Costs): boolean => {
    const own = costs[at];
    if (left === 0) return true;
    if (!own || (spent[3] ?? 0) + left * (own[3] ?? 0) > slackMs) return false;
    for (let count = left; count >= 0; count--) {
      const next = spent.map((ms, i) => ms + count * (own[i] ?? 0));
      if (next.slice(0, 3).some((ms) => ms > limitMs) || (next[3] ?? 0) > slackMs) continue;
      if (visit(at + 1, left - count, next)) return true;
    }
    return false;
  };
  return visit(0, frames, [0, 0, 0, 0]);
}

describe('the stream pattern', () => {
  it('exceeds 32 frames only where no shorter pattern is within 1 percent of the bound', () => {
    const questions = instances()
      .filter(({ name }) => !name.includes('ultraface') || STRIDE === 1)
      .flatMap(({ network }) => RATES.map((rate) => ({ network, rate })))
      .filter((_, i) => i % STRIDE === 0);
    let long = 0;
    for (const { network, rate } of questions) {
      const { costs, periodMs, length } = usableCuts(network, rate);
      if (length <= SHORT) continue;
      long += 1;
      for (let frames = 1; frames <= SHORT; frames++) {
        const limitMs = 1.01 * periodMs * frames;
        expect(exists(costs, frames, limitMs, 0.01 * periodMs * frames)).toBe(false);
      }
    }
    expect(long).toBeGreaterThan(0);
    expect(long).toBeLessThan(0.05 * questions.length);
  });
});
