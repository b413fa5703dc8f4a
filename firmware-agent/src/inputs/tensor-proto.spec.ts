import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/wire/index.js';
import { readTensorProto } from './tensor-proto.js';

const varint = (value: bigint): number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
};
const number = (field: number, value: bigint | number): number[] => [
  ...varint(BigInt(field << 3)),
  ...varint(BigInt(value)),
];
const bytes = (field: number, content: ArrayLike<number>): number[] => [
  ...varint(BigInt((field << 3) | 2)),
  ...varint(BigInt(content.length)),
  ...Array.from(content),
];
const proto = (...fields: number[][]): Uint8Array => Uint8Array.from(fields.flat());
const floats = new Uint8Array(Float32Array.of(1.5, -2).buffer);

describe('readTensorProto', () => {
  it('reads raw data, dims one by one or packed', () => {
    const expected = { dtype: 'float32', dims: [1, 2], data: floats };
    const single = proto(number(1, 1), number(1, 2), number(2, 1), bytes(9, floats));
    const packed = proto(bytes(1, [1, 2]), number(2, 1), bytes(9, floats), bytes(8, [120]));
    expect(readTensorProto(single)).toEqual(expected);
    expect(readTensorProto(packed)).toEqual(expected);
  });

  it('reads the typed lists: floats, integers in int32_data, 64-bit integers', () => {
    const float = proto(bytes(1, [2]), number(2, 1), bytes(4, floats));
    expect([...readTensorProto(float).data]).toEqual([...floats]);
    const int8 = proto(bytes(1, [2]), number(2, 3), bytes(5, [...varint(-2n), 5]));
    expect(readTensorProto(int8)).toEqual({
      dtype: 'int8',
      dims: [2],
      data: Uint8Array.of(254, 5),
    });
    const int64 = proto(number(1, 1), number(2, 7), number(7, -3));
    expect(new BigInt64Array(readTensorProto(int64).data.buffer)[0]).toBe(-3n);
  });

  it.each([
    ['data_type missing', proto(number(1, 1))],
    ['data_type 8', proto(number(1, 1), number(2, 8))],
    ['cut off', proto(number(1, 2), number(2, 1), bytes(9, floats)).subarray(0, 8)],
    ['another number', proto(number(1, 3), number(2, 1), bytes(9, floats))],
    ['another file', proto(number(1, 2), number(2, 1), number(14, 1))],
    ['cannot be', proto(number(1, -1), number(2, 1), bytes(9, floats))],
  ])('refuses a file and says %s', (why, file) => {
    expect(() => readTensorProto(file)).toThrow(why);
  });

  it('answers any bytes with a tensor or a Fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (garbage) => {
        try {
          readTensorProto(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
    );
  });
});
