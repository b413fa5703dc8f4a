import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DRIFT_FRAMES, DriftWatch } from './drift-watch.js';

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
});
