/** How far apart tensors are, in every type. */
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

describe('the difference of two tensors', () => {
  it('is none for equal bits, also where there is no number', () => {
    expect(differenceOf(floats(1, Number.NaN), floats(1, Number.NaN))).toEqual({ abs: 0, rel: 0 });
    expect(differenceOf(floats(0), floats(-0))).toEqual({ abs: 0, rel: 0 });
    const infinite = floats(Number.POSITIVE_INFINITY, 2);
    expect(differenceOf(floats(Number.POSITIVE_INFINITY, 1), infinite).abs).toBe(1);
  });

  it('is relative to the largest value expected', () => {
    expect(differenceOf(floats(1, 8), floats(1.5, 8))).toEqual({ abs: 0.5, rel: 0.0625 });
    expect(differenceOf(halves(1, 2), halves(1, 4))).toEqual({ abs: 2, rel: 0.5 });
    expect(differenceOf(longs(5n), longs(-5n))).toEqual({ abs: 10, rel: 2 });
  });

  it('is beyond all bounds, yet a number in JSON, where one has no number, another type, or is missing', () => {
    const most = { abs: Number.MAX_VALUE, rel: Number.MAX_VALUE };
    expect(differenceOf(floats(Number.NaN), floats(1))).toEqual(most);
    expect(differenceOf(floats(1), floats(Number.POSITIVE_INFINITY))).toEqual(most);
    expect(differenceOf(floats(1), floats(1, 1))).toEqual(most);
    expect(differenceOf(floats(1), floats(0)).rel).toBe(Number.MAX_VALUE);
    expect(largestDifference(new Map(), [['a', floats(1)]])).toEqual(most);
    expect(JSON.parse(JSON.stringify(most))).toEqual(most);
  });
});
