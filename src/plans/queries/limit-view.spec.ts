/** Limits and what a megabyte buys, in figures and words. */
import { describe, expect, it } from 'vitest';
import { randomModel, randomSituation } from '../../../test/support/networks/random-models.js';
import { allowedCuts } from '../../../test/support/planner/allowed-cuts.js';
import { simulate } from '../../planner/index.js';
import { capOf } from '../pricing/byte-cap.js';
import { placementOf } from '../pricing/planner-network.js';
import { problemOf } from '../pricing/prediction.js';
import { bytesWorthOf } from './bytes-worth.js';
import { bytesViewOf, framesPerDay, limitsViewOf } from './limit-view.js';

const NOW = new Date('2026-11-21T00:00:00Z');
const NONE = {
  ...{ bytesPrice: null, monthlyBytes: null, deviceMemoryBytes: null, deadline: null },
  uplink: null,
};
const WORTH = {
  ...{ frameBytes: 20_000, latencyMs: 100, savedMsPerMegabyte: 3000 },
  ...{ furtherMsPerMegabyte: 500, leastMs: 60 },
};

describe('the view of limits', () => {
  it('has no month without a cap', () => {
    const view = limitsViewOf({ limits: NONE, cap: undefined, line: undefined, unmet: undefined });
    expect(view).toMatchObject({ month: null, maxFrameBytes: null, unmet: null });
  });

  it('shows a cap whose bytes are unknown as unknown, not as nothing sent', () => {
    const limits = { ...NONE, monthlyBytes: 1e9 };
    const { month } = limitsViewOf({ limits, cap: undefined, line: undefined, unmet: undefined });
    expect(month).toMatchObject({ monthlyBytes: 1e9, sentBytes: null, leftBytes: null });
    expect(month?.text).toContain('not known yet');
  });

  it('says what is left for how many frames', () => {
    const limits = { ...NONE, monthlyBytes: 2e9 };
    const traffic = { sentBytes: 1e9, frames: 0, firstMs: null };
    const cap = capOf(2e9, traffic, 60_000, NOW);
    expect(limitsViewOf({ limits, cap, line: undefined, unmet: undefined }).month?.text).toBe(
      '1000 MB of 2000 MB are left this month; 14400 frames are expected at their interval, so each may send 69.4 KB',
    );
  });
});

describe('what a megabyte buys', () => {
  it('is shared by the frames of a day', () => {
    // 10,000 frames a day: 100 bytes more for each.
    expect(bytesViewOf(WORTH, 10_000)).toMatchObject({
      withOneMoreMegabyteADayMs: 100 - 0.05,
      text: 'the best plan sends 20 KB a frame and takes 100 ms; each MB it sends saves 3000 ms in all; each further MB would save 500 ms in all; one more MB a day saves at most 0.05 ms a frame',
    });
  });

  it('saves no more than a plan without limits does', () => {
    expect(bytesViewOf(WORTH, 2)?.withOneMoreMegabyteADayMs).toBe(60);
  });

  it('is unknown while the rate is, and nothing where bytes do not trade for latency', () => {
    expect(bytesViewOf(WORTH, null)?.withOneMoreMegabyteADayMs).toBeNull();
    expect([bytesViewOf(undefined, 10), bytesViewOf(null, 10)]).toEqual([null, null]);
  });

  it('comes from an interval, or from the frames that a cap expects', () => {
    expect(framesPerDay(1000, undefined, 0)).toBe(86_400);
    const traffic = { sentBytes: 0, frames: 70, firstMs: NOW.getTime() - 7 * 86_400_000 };
    const cap = capOf(1e9, traffic, undefined, NOW);
    expect(framesPerDay(undefined, cap, NOW.getTime())).toBe(10);
    expect(framesPerDay(undefined, undefined, 0)).toBeNull();
    const unknown = capOf(1e9, { sentBytes: 0, frames: 0, firstMs: null }, undefined, NOW);
    expect(framesPerDay(undefined, unknown, NOW.getTime())).toBeNull();
  });

  it('is the slope between plans of a device, by every cut of small networks', () => {
    let [compared, further] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const model = randomModel({ seed, blocks: 4, leaves: 'anything', isSingle: true });
      const free = randomSituation(model, seed);
      const limits = { maxFrameBytes: (seed * 577) % 14_000 };
      const situation = { ...free, limits };
      const worth = bytesWorthOf(situation);
      const points = [...allowedCuts(model)].flatMap((cut) => {
        const ran = simulate(problemOf(free), placementOf(model, cut));
        const bytes = cut.uploads.reduce((sum, upload) => sum + upload.bytes, 0);
        return ran.kind === 'refused' ? [] : [{ bytes, ms: ran.makespanMs }];
      });
      if (worth === undefined) continue;
      const within = points.filter(({ bytes }) => bytes <= limits.maxFrameBytes);
      expect(worth.latencyMs).toBeCloseTo(Math.min(...within.map(({ ms }) => ms)), 6);
      expect(worth.leastMs).toBeCloseTo(Math.min(...points.map(({ ms }) => ms)), 6);
      compared += 1;
      const more = points.filter(
        ({ bytes, ms }) => bytes > worth.frameBytes && ms < worth.latencyMs - 1e-7,
      );
      const slopes = more.map(
        ({ bytes, ms }) => (1e6 * (worth.latencyMs - ms)) / (bytes - worth.frameBytes),
      );
      if (slopes.length === 0) expect(worth.furtherMsPerMegabyte).toBeNull();
      else {
        further += 1;
        expect((worth.furtherMsPerMegabyte ?? 0) / Math.max(...slopes)).toBeCloseTo(1, 6);
      }
    }
    expect(compared).toBeGreaterThan(30);
    expect(further).toBeGreaterThan(5);
  });

  it('is nothing for a stream and for an ordered strategy', () => {
    const model = randomModel({ seed: 3, blocks: 3, leaves: 'anything' });
    expect(bytesWorthOf(randomSituation(model, 3, { objective: 'stream' }))).toBeUndefined();
    expect(bytesWorthOf(randomSituation(model, 3, { strategy: 'cloud' }))).toBeUndefined();
  });
});
