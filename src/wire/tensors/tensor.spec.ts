import { describe, expect, it } from 'vitest';
import {
  alignedBytes,
  checkTensor,
  dtypeNumber,
  dtypeOf,
  dtypes,
  tensorBytes,
  typeText,
} from '../index.js';

const wanted = { dtype: 'float32', dims: [1, 2] } as const;

describe('a tensor', () => {
  it('has the bytes of its dims and dtype', () => {
    expect(tensorBytes({ dtype: 'float16', dims: [2, 3, 4] })).toBe(48);
    expect(tensorBytes({ dtype: 'int64', dims: [] })).toBe(8);
    expect(tensorBytes({ dtype: 'uint8', dims: [5, 0] })).toBe(0);
    expect(typeText(wanted)).toBe('float32[1,2]');
  });

  it('passes when it has the wanted type', () => {
    expect(() => checkTensor('x', { ...wanted, data: new Uint8Array(8) }, wanted)).not.toThrow();
  });

  it('has aligned bytes, whatever their source', () => {
    const packet = Buffer.from(new Uint8Array(new Float32Array([0, 1.5, 0]).buffer).buffer);
    const [aligned, shifted] = [packet.subarray(4, 8), Buffer.alloc(9)];
    expect(alignedBytes({ dtype: 'float32', data: aligned })).toBe(aligned);
    for (let at = 1; at <= 4; at++) {
      shifted.set(aligned, at);
      const data = shifted.subarray(at, at + 4);
      const { buffer, byteOffset } = alignedBytes({ dtype: 'float32', data });
      expect([...new Float32Array(buffer, byteOffset, 1)]).toEqual([1.5]);
    }
  });

  it.each([
    [
      'another dtype',
      { dtype: 'int32', dims: [1, 2], data: new Uint8Array(8) },
      'x is int32[1,2], but the model wants float32[1,2]',
    ],
    [
      'other dims',
      { dtype: 'float32', dims: [2, 1], data: new Uint8Array(8) },
      'x is float32[2,1], but the model wants float32[1,2]',
    ],
    [
      'fewer dims',
      { dtype: 'float32', dims: [2], data: new Uint8Array(8) },
      'x is float32[2], but the model wants float32[1,2]',
    ],
    [
      'too few bytes',
      { dtype: 'float32', dims: [1, 2], data: new Uint8Array(7) },
      'x has 7 bytes, but float32[1,2] takes 8',
    ],
  ] as const)('of %s is refused by name', (_, tensor, text) => {
    expect(() => checkTensor('x', tensor, wanted)).toThrow(
      expect.objectContaining({ code: 'INPUT_MISMATCH', message: text }),
    );
  });
});

describe('a dtype', () => {
  it('maps to the ONNX number and back', () => {
    for (const dtype of dtypes) expect(dtypeOf(dtypeNumber(dtype))).toBe(dtype);
    expect([dtypeNumber('float32'), dtypeNumber('int64'), dtypeNumber('float16')]).toEqual([
      1, 7, 10,
    ]);
  });

  it('is undefined when it is not supported', () => {
    for (const number of [0, 8, 14, 15, 16, 255]) expect(dtypeOf(number)).toBeUndefined();
  });
});
