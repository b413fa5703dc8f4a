import { describe, expect, it } from 'vitest';
import { Fault, type Tensor } from '../../wire/index.js';
import { parseTensor, serializeTensor, tensorOf } from './tensor-data.js';

const bytesOf = (values: { readonly buffer: ArrayBufferLike }) => new Uint8Array(values.buffer);

describe('a tensor message', () => {
  it.each([
    [
      'float32',
      { dataType: 1, floatData: bytesOf(Float32Array.of(1.5, -2)) },
      Float32Array.of(1.5, -2),
    ],
    [
      'float64',
      { dataType: 11, doubleData: bytesOf(Float64Array.of(1, 2)) },
      Float64Array.of(1, 2),
    ],
    ['int64', { dataType: 7, int64Data: [-1n, 2n ** 40n] }, BigInt64Array.of(-1n, 2n ** 40n)],
    [
      'uint64',
      { dataType: 13, uint64Data: [2n ** 64n - 1n, 1n] },
      BigUint64Array.of(2n ** 64n - 1n, 1n),
    ],
    ['uint32', { dataType: 12, uint64Data: [2n ** 32n - 1n, 1n] }, Uint32Array.of(2 ** 32 - 1, 1)],
    ['int32', { dataType: 6, int32Data: [-5, 5] }, Int32Array.of(-5, 5)],
    ['float16', { dataType: 10, int32Data: [0x3c00, 0xc000] }, Uint16Array.of(0x3c00, 0xc000)],
    ['int8', { dataType: 3, int32Data: [-128, 127] }, Int8Array.of(-128, 127)],
    ['bool', { dataType: 9, int32Data: [1, 0] }, Uint8Array.of(1, 0)],
  ])('gives its elements from the typed field of %s', (dtype, fields, elements) => {
    const tensor = tensorOf({ name: 't', dims: [2], ...fields });
    expect(tensor).toEqual({ dtype, dims: [2], data: bytesOf(elements) });
  });

  it('is read from a file as it was written', () => {
    const tensor: Tensor = { dtype: 'uint8', dims: [1, 3], data: Uint8Array.of(1, 2, 3) };
    expect(parseTensor(serializeTensor('image', tensor))).toEqual({ name: 'image', tensor });
  });

  it('is rejected when its bytes do not fit its dims', () => {
    const short = { name: 'w', dims: [2, 2], dataType: 1, rawData: new Uint8Array(12) };
    expect(() => tensorOf(short)).toThrow(/w has 12 bytes, but float32\[2,2\]/);
  });

  it('is rejected when its type does not travel', () => {
    expect(() => tensorOf({ name: 'w', dims: [], dataType: 8 })).toThrow(/element type 8/);
  });

  it('is rejected when the file holds something else', () => {
    expect(() => parseTensor(new TextEncoder().encode('no tensor'))).toThrow(Fault);
  });
});
