import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { medianOf, RecentNoise, RecentTimes } from './recent-times.js';

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

describe('RecentNoise', () => {
  /** Normal values by Box and Muller. */
  const noisy = (random: () => number, sigma: number): number =>
    Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));

  it.each([0.02, 0.1, 0.3])('is near the standard deviation of logarithms %s', (sigma) => {
    const random = seededRandom(3);
    const shares = Array.from({ length: 50 }, () => {
      const noise = new RecentNoise();
      for (let i = 0; i < 33; i++) noise.add(1.3 * noisy(random, sigma));
      return noise.share ?? 0;
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean / sigma).toBeGreaterThan(0.85);
    expect(mean / sigma).toBeLessThan(1.15);
  });

  it('is unknown while too little was seen, and 0 of steady values', () => {
    const noise = new RecentNoise();
    for (let i = 0; i < 7; i++) noise.add(5);
    expect(noise.share).toBeUndefined();
    noise.add(5);
    expect(noise.share).toBe(0);
  });

  it('does not see a lasting change, an outlier, or the step to another prediction', () => {
    const noise = new RecentNoise();
    for (const value of [...Array(10).fill(10), 900, ...Array(10).fill(10), ...Array(10).fill(0)]) {
      noise.add(value);
    }
    noise.restart();
    noise.add(1e9);
    expect(noise.share).toBe(0);
  });
});
