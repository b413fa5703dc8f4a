/** The elements of a tensor as JavaScript numbers. */
import { type Dtype, elementBytes, type Tensor } from '../../../src/wire/index.js';

type Read = (view: DataView, at: number) => number;

const READ: Record<Dtype, Read> = {
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
  float16: (view, at) => halfOf(view.getUint16(at, true)),
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

/** All elements in order; 64-bit integers beyond 2⁵³ lose their last digits. */
export function numbersOf({ dtype, data }: Tensor): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const size = elementBytes(dtype);
  return Array.from({ length: data.length / size }, (_, i) => READ[dtype](view, i * size));
}

/** An IEEE 754 half. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
