import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTensor, encodeTensor, Fault, isAffine, type Tensor, unscaled } from '../index.js';

function tensorOf(values: readonly number[] | Float32Array): Tensor {
  const floats = Float32Array.from(values);
  return { dtype: 'float32', dims: [floats.length], data: new Uint8Array(floats.buffer) };
}

const valuesOf = ({ data }: Tensor): number[] => [
  ...new Float32Array(Uint8Array.from(data).buffer),
];
const thereAndBack = (tensor: Tensor, encoding: 'f16' | 'u8'): number[] =>
  valuesOf(decodeTensor(tensor, encodeTensor(tensor, encoding)));

/** Numbers as activations are: mostly of ordinary size, many of them zero. */
const ordinary = fc.array(
  fc.oneof(fc.constant(0), fc.float({ min: -1000, max: 1000, noNaN: true })),
  {
    minLength: 1,
    maxLength: 300,
  },
);

describe('halves', () => {
  it('err by at most half a unit in the eleventh binary place', () => {
    fc.assert(
      fc.property(ordinary, (values) => {
        const back = thereAndBack(tensorOf(values), 'f16');
        for (const [i, value] of values.entries()) {
          const bound = Math.max(2 ** -25, Math.abs(value) * 2 ** -11);
          expect(Math.abs((back[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(bound);
        }
      }),
    );
  });

  it('take half the bytes, and keep NaN and infinity', () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 65_504];
    const encoded = encodeTensor(tensorOf(odd), 'f16');
    expect(encoded).toMatchObject({ encoding: 'f16', bytes: { length: 10 } });
    expect(valuesOf(decodeTensor(tensorOf(odd), encoded))).toEqual(odd);
  });

  it('are not used for a tensor with a finite number that would become infinite', () => {
    const tensor = tensorOf([1, -65_520]);
    expect(encodeTensor(tensor, 'f16')).toEqual(unscaled('raw', tensor.data));
    expect(encodeTensor(tensorOf([65_519]), 'f16').encoding).toBe('f16');
  });
});

describe('bytes', () => {
  it('err by at most half a step of the range that includes zero; zero stays zero', () => {
    fc.assert(
      fc.property(ordinary, (values) => {
        const tensor = tensorOf(values);
        const { scale, zeroPoint, bytes } = encodeTensor(tensor, 'u8');
        expect(bytes).toHaveLength(values.length);
        expect(isAffine(scale, zeroPoint)).toBe(true);
        const back = thereAndBack(tensor, 'u8');
        for (const [i, value] of values.entries()) {
          const off = Math.abs((back[i] ?? Number.NaN) - value);
          expect(off).toBeLessThanOrEqual(value === 0 ? 0 : scale * 0.5001);
        }
      }),
    );
  });

  it('cover the whole range', () => {
    const { bytes, scale, zeroPoint } = encodeTensor(tensorOf([-1, 0, 0.5, 3]), 'u8');
    expect([...bytes]).toEqual([0, 64, 96, 255]);
    expect([scale, zeroPoint]).toEqual([Math.fround(4 / 255), 64]);
  });

  it.each([
    ['NaN', [1, Number.NaN]],
    ['infinity', [1, Number.POSITIVE_INFINITY]],
    ['both infinities', [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]],
    ['too wide a range', [-3e38, 3e38]],
  ])('do not hide %s: such a tensor travels raw', (_, values) => {
    const tensor = tensorOf(values);
    expect(encodeTensor(tensor, 'u8')).toEqual(unscaled('raw', tensor.data));
  });

  it('encode a constant tensor, the smallest numbers and an empty tensor', () => {
    expect(thereAndBack(tensorOf([0, 0]), 'u8')).toEqual([0, 0]);
    expect(thereAndBack(tensorOf([7, 7]), 'u8')).toEqual([7, 7]);
    expect(thereAndBack(tensorOf([1e-45]), 'u8')).toEqual([0]);
    expect(thereAndBack(tensorOf([]), 'u8')).toEqual([]);
  });
});

describe('an encoded tensor', () => {
  it('is raw when its type allows only raw', () => {
    const tensor: Tensor = { dtype: 'int64', dims: [1], data: new Uint8Array(8) };
    expect(encodeTensor(tensor, 'u8').encoding).toBe('raw');
    expect(decodeTensor(tensor, encodeTensor(tensor, 'f16'))).toEqual(tensor);
  });

  it('is decoded at any byte offset', () => {
    const data = Uint8Array.from([9, ...tensorOf([1, 2, -3]).data]).subarray(1);
    for (const encoding of ['f16', 'u8'] as const) {
      const { bytes, ...rest } = encodeTensor({ dtype: 'float32', dims: [3], data }, encoding);
      const shifted = Uint8Array.from([9, ...bytes]).subarray(1);
      const back = decodeTensor({ dtype: 'float32', dims: [3] }, { ...rest, bytes: shifted });
      for (const [i, value] of [1, 2, -3].entries())
        expect(valuesOf(back)[i]).toBeCloseTo(value, 1);
    }
  });

  it('is a fault with the wrong length, type or encoding', () => {
    const type = { dtype: 'float32' as const, dims: [4] };
    expect(() => decodeTensor(type, unscaled('f16', new Uint8Array(7)))).toThrow(Fault);
    expect(() => decodeTensor(type, unscaled('pixels', new Uint8Array(4)))).toThrow(Fault);
    expect(() =>
      decodeTensor({ dtype: 'int8', dims: [4] }, unscaled('u8', new Uint8Array(4))),
    ).toThrow(Fault);
  });
});
