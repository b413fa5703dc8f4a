import { describe, expect, it } from 'vitest';
import { type ModelDocument, numbersOf, type Tensor } from '../../../../src/wire/index.js';
import { bestClass } from './classes.js';

const model: ModelDocument = {
  ...{
    id: 'm',
    name: 'm',
    version: 1,
    digest: 'a'.repeat(64),
    inputs: [],
    tensors: [],
    blocks: [],
  },
  outputs: [
    { name: 'boxes', kind: 'raw' },
    { name: 'scores', kind: 'classes', labels: ['cat', 'dog', 'boat'] },
  ],
};
const scores = (...values: number[]): Map<string, Tensor> => {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return new Map([['scores', { dtype: 'float32', dims: [1, values.length], data }]]);
};

describe('bestClass', () => {
  it('is the first of the highest scores, with its label', () => {
    expect(bestClass(model, scores(1, 3, 3))).toEqual({ index: 1, score: 3, label: 'dog' });
  });

  it('passes over scores that are no numbers', () => {
    expect(bestClass(model, scores(Number.NaN, -2, Number.POSITIVE_INFINITY))?.index).toBe(1);
    expect(bestClass(model, scores(Number.NaN))).toBeUndefined();
  });

  it('is nothing for a model without classes', () => {
    expect(bestClass({ ...model, outputs: [] }, scores(1))).toBeUndefined();
  });
});

describe('numbersOf', () => {
  it('reads halves, also the smallest, the infinite and the undefined ones', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x7e00);
    const data = new Uint8Array(bits.buffer);
    const halves = numbersOf({ dtype: 'float16', dims: [6], data });
    expect(halves).toEqual([1, -2, 2 ** -24, 65504, Number.NEGATIVE_INFINITY, Number.NaN]);
  });
});
