import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { medianOf, RecentTimes } from './recent-times.js';

describe('RecentTimes', () => {
  it('returns the median, and half the distance of the quartiles', () => {
    expect(medianOf([4, 1, 3, 2])).toEqual({ medianMs: 2.5, spreadMs: 0.75 });
    expect(medianOf([])).toEqual({ medianMs: 0, spreadMs: 0 });
  });

  it('outweighs the initial value from the third time on', () => {
    const times = new RecentTimes(100);
    expect(times.medianMs).toBe(100);
    for (let i = 0; i < 3; i++) times.add(10);
    expect(times.medianMs).toBe(10);
    expect(times.count).toBe(3);
  });

  it('follows a lasting change within eight times', () => {
    const times = new RecentTimes(10);
    for (let i = 0; i < 30; i++) times.add(10);
    for (let i = 0; i < 7; i++) times.add(20);
    expect(times.medianMs).toBe(10);
    times.add(20);
    expect(times.medianMs).toBe(20);
  });

  it('stays within the noise though one in five is an outlier of any size', () => {
    const noisy = fc.double({ min: 0.97, max: 1.03, noNaN: true });
    const outlier = fc.double({ min: 0, max: 1e6, noNaN: true });
    const group = fc
      .tuple(outlier, noisy, noisy, noisy, noisy)
      .chain((five) => fc.shuffledSubarray(five, { minLength: 5 }));
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.double({ min: 0, max: 1e5, noNaN: true }),
        fc.array(group, { minLength: 3, maxLength: 12 }),
        (trueMs, believedMs, groups) => {
          const times = new RecentTimes(believedMs);
          for (const factor of groups.flat()) times.add(trueMs * factor);
          expect(times.medianMs).toBeGreaterThanOrEqual(trueMs * 0.969);
          expect(times.medianMs).toBeLessThanOrEqual(trueMs * 1.031);
        },
      ),
    );
  });
});
