/** The elements of a tensor as JavaScript numbers; 64-bit integers beyond 2⁵³ lose their last digits. */
import { numberOfHalf } from './half.js';
import { type Dtype, elementBytes, type Tensor } from './tensor.js';

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
