import { describe, expect, it } from 'vitest';
import type { Dtype } from '../../wire/index.js';
import { isAllFinite } from './finite.js';

/** A tensor whose bytes begin at an odd address. */
function tensor(dtype: Dtype, values: ArrayBufferView) {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const data = new Uint8Array(bytes.length + 1).subarray(1);
  data.set(bytes);
  return { dtype, dims: [data.length], data };
}

describe('isAllFinite', () => {
  it('finds NaN and infinity anywhere, in every float type', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(isAllFinite(tensor('float32', Float32Array.of(1, 2, bad)))).toBe(false);
      expect(isAllFinite(tensor('float64', Float64Array.of(bad, 2, 3)))).toBe(false);
    }
    for (const half of [0x7c00, 0xfc00, 0x7e01]) {
      expect(isAllFinite(tensor('float16', Uint16Array.of(0x3c00, half)))).toBe(false);
    }
  });

  it('finds them at every place, and where they would cancel out', () => {
    for (let place = 0; place < 37; place++) {
      const values = new Float32Array(37).fill(3.4e38);
      values[place] = Number.NaN;
      expect(isAllFinite(tensor('float32', values))).toBe(false);
      values[place] = Number.POSITIVE_INFINITY;
      values[36 - place] = Number.NEGATIVE_INFINITY;
      expect(isAllFinite(tensor('float32', values))).toBe(false);
    }
    expect(isAllFinite(tensor('float32', new Float32Array(37).fill(3.4e38)))).toBe(true);
  });

  it('passes the largest numbers, denormals and whole numbers', () => {
    expect(isAllFinite(tensor('float32', Float32Array.of(3.4e38, -1e-45, 0)))).toBe(true);
    expect(isAllFinite(tensor('float64', Float64Array.of(1.7e308, 5e-324)))).toBe(true);
    expect(isAllFinite(tensor('float16', Uint16Array.of(0x7bff, 1)))).toBe(true);
    expect(isAllFinite(tensor('int64', BigInt64Array.of(-1n)))).toBe(true);
  });
});
