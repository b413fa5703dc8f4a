/** The elements of a tensor as JavaScript numbers; 64-bit integers beyond 2⁵³ lose their last digits. */
import { halfOfNumber, numberOfHalf } from './half.js';
import { type Dtype, elementBytes, elementCount, type Tensor, type TensorType } from './tensor.js';

/** Reads the element that begins at a byte, by type. */
export const numberAt: Readonly<Record<Dtype, (view: DataView, at: number) => number>> = {
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
  float16: (view, at) => numberOfHalf(view.getUint16(at, true)),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
  bool: (view, at) => view.getUint8(at),
};

/** All elements in order. */
export function numbersOf({ dtype, data }: Tensor): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [read, bytes] = [numberAt[dtype], elementBytes(dtype)];
  return Array.from({ length: data.length / bytes }, (_, i) => read(view, i * bytes));
}

/** Writes a number as the element that begins at a byte, by type; whole types take whole numbers within their range. */
export const setNumberAt: Readonly<
  Record<Dtype, (view: DataView, at: number, value: number) => void>
> = {
  float32: (view, at, value) => view.setFloat32(at, value, true),
  float64: (view, at, value) => view.setFloat64(at, value, true),
  float16: (view, at, value) => view.setUint16(at, halfOfNumber(value), true),
  int8: (view, at, value) => view.setInt8(at, value),
  uint8: (view, at, value) => view.setUint8(at, value),
  int16: (view, at, value) => view.setInt16(at, value, true),
  uint16: (view, at, value) => view.setUint16(at, value, true),
  int32: (view, at, value) => view.setInt32(at, value, true),
  uint32: (view, at, value) => view.setUint32(at, value, true),
  int64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  uint64: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  bool: (view, at, value) => view.setUint8(at, value),
};

/** A tensor with some numbers as its elements, in order; the numbers begin again where there are fewer. */
export function tensorOfNumbers(type: TensorType, numbers: readonly number[]): Tensor {
  const bytes = elementBytes(type.dtype);
  const count = elementCount(type.dims);
  const data = new Uint8Array(count * bytes);
  const view = new DataView(data.buffer);
  const set = setNumberAt[type.dtype];
  for (let i = 0; i < count; i += 1) set(view, i * bytes, numbers[i % numbers.length] ?? 0);
  return { dtype: type.dtype, dims: type.dims, data };
}
