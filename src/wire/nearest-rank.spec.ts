import { describe, expect, it } from 'vitest';
import { nearestRank, percentileOf } from './nearest-rank.js';

/** The definition, in whole numbers alone: the first rank that has at least p hundredths of a percent of the values up to it. */
function countedRank(hundredths: number, n: number): number {
  let rank = 1;
  while (rank * 10_000 < hundredths * n) rank += 1;
  return rank;
}

describe('the nearest rank', () => {
  it('is the counted one, for every whole percentile of up to 300 values', () => {
    const wrong: string[] = [];
    for (let n = 1; n <= 300; n += 1) {
      for (let p = 1; p <= 100; p += 1) {
        if (nearestRank(p, n) !== countedRank(100 * p, n)) wrong.push(`p${p} of ${n}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is the counted one, for every hundredth of a percent', () => {
    const wrong: string[] = [];
    for (const n of [1, 7, 100, 1000]) {
      for (let hundredths = 1; hundredths <= 10_000; hundredths += 1) {
        const p = Number(
          `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`,
        );
        if (nearestRank(p, n) !== countedRank(hundredths, n)) wrong.push(`p${p} of ${n}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    [55, 100, 55],
    [0.07, 10_000, 7],
    [99.9, 1000, 999],
    [1e-7, 10, 1],
    [5e-324, 3, 1],
    [100, 3, 3],
    [50, 0, 0],
  ])('of p%s among %s values is %s', (p, n, rank) => {
    expect(nearestRank(p, n)).toBe(rank);
  });

  it('throws a RangeError for a number that is no percentile', () => {
    for (const p of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => nearestRank(p, 10)).toThrow(RangeError);
    }
  });
});

describe('a percentile', () => {
  it('is a value of the list, and undefined of none', () => {
    expect(percentileOf([10, 20, 30, 40], 50)).toBe(20);
    expect(percentileOf(Float64Array.of(1, 2, 3), 100)).toBe(3);
    expect(percentileOf([], 50)).toBeUndefined();
  });
});
