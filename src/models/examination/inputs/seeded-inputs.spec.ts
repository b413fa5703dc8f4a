import { describe, expect, it } from 'vitest';
import { dtypes, imageSpec, seededRandom, tensorBytes } from '../../../wire/index.js';
import { seededInput } from './seeded-inputs.js';

describe('seededInput', () => {
  it('returns the same tensor only for the same seed', () => {
    const draw = (seed: number) =>
      seededInput({ type: { dtype: 'float32', dims: [1, 50] } }, seededRandom(seed)).data;
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('returns the right number of bytes for every type', () => {
    for (const dtype of dtypes) {
      const tensor = seededInput({ type: { dtype, dims: [3, 5] } }, seededRandom(1));
      expect(tensor.data.length).toBe(tensorBytes(tensor));
      expect(new Set(tensor.data).size).toBeGreaterThan(1);
    }
  });

  it('returns about normal numbers for float tensors', () => {
    const { data } = seededInput({ type: { dtype: 'float32', dims: [10_000] } }, seededRandom(1));
    const values = new Float32Array(data.buffer);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });

  it('returns a prepared picture for an image input', () => {
    const image = imageSpec.parse({ width: 8, height: 6 });
    const { dims, data } = seededInput(
      { type: { dtype: 'float32', dims: [1, 3, 6, 8] }, image },
      seededRandom(1),
    );
    const values = new Float32Array(data.buffer);
    expect(dims).toEqual([1, 3, 6, 8]);
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(new Set(values).size).toBeGreaterThan(50);
  });
});
