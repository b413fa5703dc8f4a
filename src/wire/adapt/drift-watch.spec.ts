import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { DRIFT_FRAMES, DriftWatch } from './drift-watch.js';
import { RecentTimes } from './recent-times.js';

/** The first frame, counted from 1, that reports a drift, and its factor. */
function firstDrift(measured: readonly number[], predictedMs: number) {
  const watch = new DriftWatch();
  for (const [i, ms] of measured.entries()) {
    const factor = watch.note(ms, predictedMs);
    if (factor !== undefined) return { frame: i + 1, factor };
  }
  return undefined;
}

describe('DriftWatch', () => {
  it('reports a drift with its factor once most recent frames show it', () => {
    const before = Array(20).fill(10);
    const drift = firstDrift([...before, ...Array(20).fill(20)], 10);
    expect(drift?.frame).toBeGreaterThanOrEqual(before.length + DRIFT_FRAMES / 2);
    expect(drift?.frame).toBeLessThanOrEqual(before.length + DRIFT_FRAMES / 2 + 1);
    expect(drift?.factor).toBeGreaterThan(1.25);
  });

  it('reports a drift to faster times', () => {
    expect(firstDrift(Array(8).fill(5), 10)).toEqual({ frame: DRIFT_FRAMES, factor: 0.5 });
  });

  it('ignores differences below a millisecond', () => {
    expect(firstDrift(Array(50).fill(0.9), 0.1)).toBeUndefined();
  });

  it('ignores one outlier in five, however large', () => {
    const noisy = fc.double({ min: 8.5, max: 11.5, noNaN: true });
    const outlier = fc.double({ min: 0, max: 1e5, noNaN: true });
    const five = fc.tuple(outlier, noisy, noisy, noisy, noisy);
    fc.assert(
      fc.property(fc.array(five, { minLength: 2, maxLength: 20 }), (groups) => {
        expect(firstDrift(groups.flat(), 10)).toBeUndefined();
      }),
    );
  });

  it('restarts with another prediction', () => {
    const watch = new DriftWatch();
    for (let i = 0; i < DRIFT_FRAMES - 1; i++) watch.note(20, 10);
    watch.reset();
    expect(watch.note(20, 10)).toBeUndefined();
  });

  /** Normal values by Box and Muller, as factors. */
  const noisy = (random: () => number, sigma: number): number =>
    Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));

  it.each([0.05, 0.15, 0.3])(
    'reports at most one drift in four hours of steady frames that vary by %s',
    (sigma) => {
      let drifts = 0;
      for (const seed of [1, 2, 3, 4]) {
        const random = seededRandom(seed);
        const watch = new DriftWatch();
        const expected = new RecentTimes();
        for (let frame = 0; frame < 3600; frame++) {
          const ms = 40 * noisy(random, sigma);
          if (watch.note(ms, expected.medianMs) !== undefined) {
            drifts += 1;
            watch.reset();
          }
          expected.add(ms);
        }
      }
      expect(drifts).toBeLessThanOrEqual(1);
    },
  );

  it.each([0.05, 0.15, 0.3])(
    'reports that frames which vary by %s take twice as long, within two windows',
    (sigma) => {
      for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const random = seededRandom(seed);
        const times = Array.from(
          { length: 100 },
          (_, i) => (i < 60 ? 40 : 88) * noisy(random, sigma),
        );
        expect(firstDrift(times, 40)?.frame).toBeGreaterThan(60);
        expect(firstDrift(times, 40)?.frame).toBeLessThanOrEqual(60 + 2 * DRIFT_FRAMES);
      }
    },
  );
});
