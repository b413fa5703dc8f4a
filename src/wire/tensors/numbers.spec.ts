import { describe, expect, it } from 'vitest';
import { dtypes, elementBytes, halfOfNumber, numberAt, numberOfHalf, numbersOf } from '../index.js';

describe('halves', () => {
  it('convert to numbers and back', () => {
    for (const value of [0, 1, -2, 0.5, 1000, -0.0999755859375, 65_504]) {
      expect(numberOfHalf(halfOfNumber(value))).toBe(value);
    }
    expect(numberOfHalf(0x8000)).toBe(-0);
    expect(numberOfHalf(0x7c00)).toBe(Number.POSITIVE_INFINITY);
    expect(numberOfHalf(0x7e00)).toBeNaN();
    expect(numberOfHalf(1)).toBe(2 ** -24);
    expect(numberOfHalf(halfOfNumber(1e9))).toBe(Number.POSITIVE_INFINITY);
    expect(numberOfHalf(halfOfNumber(Number.NEGATIVE_INFINITY))).toBe(Number.NEGATIVE_INFINITY);
    expect(numberOfHalf(halfOfNumber(Number.NaN))).toBeNaN();
  });

  it('round-trip for every half', () => {
    const wrong: number[] = [];
    for (let half = 0; half < 1 << 16; half++) {
      const number = numberOfHalf(half);
      if (!Number.isNaN(number) && halfOfNumber(number) !== half) wrong.push(half);
    }
    expect(wrong).toEqual([]);
  });

  it('round to the nearest, ties to even', () => {
    const wrong: number[] = [];
    for (let half = 0; half < 0x7bff; half++) {
      const [low, high] = [numberOfHalf(half), numberOfHalf(half + 1)];
      const even = half % 2 === 0 ? half : half + 1;
      const isRight =
        halfOfNumber((low + high) / 2) === even &&
        halfOfNumber(low + 0.49 * (high - low)) === half &&
        halfOfNumber(-(low + 0.51 * (high - low))) === (0x8000 | (half + 1));
      if (!isRight) wrong.push(half);
    }
    expect(wrong).toEqual([]);
  });
});

describe('the numbers of a tensor', () => {
  it('are read in every type at any byte offset', () => {
    const bytes = Buffer.alloc(20).fill(0xff);
    for (const dtype of dtypes) {
      const data = bytes.subarray(1, 1 + 2 * elementBytes(dtype)).fill(0);
      data[elementBytes(dtype)] = 1;
      const [first, second = 0] = numbersOf({ dtype, dims: [2], data });
      expect([dtype, first]).toEqual([dtype, 0]);
      expect(second).toBeGreaterThan(0);
    }
  });

  it('are little-endian, and signed in signed types', () => {
    const view = new DataView(Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff).buffer);
    const found = dtypes
      .filter((dtype) => dtype.includes('int'))
      .map((dtype) => numberAt[dtype](view, 0));
    expect(found).toEqual([254, -2, 65534, -2, -2, -2, 2 ** 32 - 2, Number(2n ** 64n - 2n)]);
  });
});
