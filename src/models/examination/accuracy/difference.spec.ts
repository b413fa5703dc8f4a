import { describe, expect, it } from 'vitest';
import { halfOfNumber, type Tensor } from '../../../wire/index.js';
import { differenceOf, largestDifference } from './difference.js';

const floats = (...values: number[]): Tensor => ({
  dtype: 'float32',
  dims: [values.length],
  data: new Uint8Array(Float32Array.from(values).buffer),
});
const halves = (...values: number[]): Tensor => ({
  dtype: 'float16',
  dims: [values.length],
  data: new Uint8Array(Uint16Array.from(values, halfOfNumber).buffer),
});
const longs = (...values: bigint[]): Tensor => ({
  dtype: 'int64',
  dims: [values.length],
  data: new Uint8Array(BigInt64Array.from(values).buffer),
});

describe('differenceOf', () => {
  it('returns 0 for equal bits, also for NaN', () => {
    expect(differenceOf(floats(1, Number.NaN), floats(1, Number.NaN))).toEqual({ abs: 0, rel: 0 });
    expect(differenceOf(floats(0), floats(-0))).toEqual({ abs: 0, rel: 0 });
    const infinite = floats(Number.POSITIVE_INFINITY, 2);
    expect(differenceOf(floats(Number.POSITIVE_INFINITY, 1), infinite).abs).toBe(1);
  });

  it('returns the difference relative to the largest expected value', () => {
    expect(differenceOf(floats(1, 8), floats(1.5, 8))).toEqual({ abs: 0.5, rel: 0.0625 });
    expect(differenceOf(halves(1, 2), halves(1, 4))).toEqual({ abs: 2, rel: 0.5 });
    expect(differenceOf(longs(5n), longs(-5n))).toEqual({ abs: 10, rel: 2 });
  });

  it('returns the largest number, valid in JSON, for NaN, another type or a missing tensor', () => {
    const max = { abs: Number.MAX_VALUE, rel: Number.MAX_VALUE };
    expect(differenceOf(floats(Number.NaN), floats(1))).toEqual(max);
    expect(differenceOf(floats(1), floats(Number.POSITIVE_INFINITY))).toEqual(max);
    expect(differenceOf(floats(1), floats(1, 1))).toEqual(max);
    expect(differenceOf(floats(1), floats(0)).rel).toBe(Number.MAX_VALUE);
    expect(largestDifference(new Map(), [['a', floats(1)]])).toEqual(max);
    expect(JSON.parse(JSON.stringify(max))).toEqual(max);
  });
});
