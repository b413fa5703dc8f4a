/**
 * Tensors to fewer bytes and back: `f16` rounds each number to a half, `u8` maps the tensor's range on 0…255 (affine,
 * value = scale × (byte − zero point), zero exact). A tensor that an encoding cannot represent is sent raw, so that
 * NaN and infinity stay visible and no finite number becomes infinite.
 */

import { Fault } from '../faults.js';
import { type Encoding, encodedBytes, type LossyEncoding } from './encoding.js';
import { halfOfBits, numberOfHalf } from './half.js';
import { alignedBytes, type Tensor, type TensorType, typeText } from './tensor.js';

/** The encoded contents of a tensor; scale and zero point apply to `u8` only. */
export interface Encoded {
  readonly encoding: Encoding;
  readonly bytes: Uint8Array;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The contents of a tensor unencoded, or as its source gave them. */
export function unscaled(encoding: Encoding, bytes: Uint8Array): Encoded {
  return { encoding, bytes, scale: 1, zeroPoint: 0 };
}

/**
 * Encodes a float32 tensor into new bytes. Returns a raw view for another type, or for values the encoding cannot
 * represent: for `f16` finite numbers from 65520 on, for `u8` NaN, infinity or a range beyond 10³⁸.
 */
export function encodeTensor(tensor: Tensor, encoding: 'raw' | LossyEncoding): Encoded {
  const raw = unscaled('raw', tensor.data);
  if (encoding === 'raw' || tensor.dtype !== 'float32') return raw;
  return (encoding === 'f16' ? asHalves(tensor) : asBytes(tensor)) ?? raw;
}

/** Decodes a tensor; throws CHUNK_MISMATCH when the bytes do not match. A view for `raw`. */
export function decodeTensor(
  { dtype, dims }: TensorType,
  { encoding, bytes, scale, zeroPoint }: Encoded,
): Tensor {
  if (bytes.length !== encodedBytes(encoding, { dtype, dims })) {
    throw mismatch(
      `${bytes.length} bytes as ${encoding} do not match ${typeText({ dtype, dims })}`,
    );
  }
  if (encoding === 'raw') return { dtype, dims, data: bytes };
  if (dtype !== 'float32')
    throw mismatch(`${typeText({ dtype, dims })} not allowed as ${encoding}`);
  if (encoding === 'f16') return { dtype, dims, data: singlesOfHalves(bytes) };
  if (encoding === 'u8') return { dtype, dims, data: singlesOfBytes(bytes, scale, zeroPoint) };
  throw mismatch(`${encoding} does not encode the numbers of a tensor`);
}

/** True for a scale and zero point that map all bytes to finite numbers. */
export function isAffine(scale: number, zeroPoint: number): boolean {
  return scale > 0 && scale <= MAX_SCALE && zeroPoint >= 0 && zeroPoint <= 255;
}

/** Well below the largest float32, so that no rounding on the way becomes infinite. */
const MAX_RANGE = 1e38;
const MAX_SCALE = Math.fround(MAX_RANGE / 255);
const HALF_INFINITY = 0x7c00;
const SINGLE_INFINITY_BITS = 0x7f80_0000;

function asHalves(tensor: Tensor): Encoded | undefined {
  const { buffer, byteOffset, length } = alignedBytes(tensor);
  const bits = new Uint32Array(buffer, byteOffset, length / 4);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const half = halfOfBits(bits[i] as number);
    halves[i] = half;
    const isInfinite = (half & 0x7fff) === HALF_INFINITY;
    if (isInfinite && ((bits[i] as number) & 0x7fff_ffff) !== SINGLE_INFINITY_BITS)
      return undefined;
  }
  return unscaled('f16', new Uint8Array(halves.buffer));
}

function asBytes(tensor: Tensor): Encoded | undefined {
  const { buffer, byteOffset, length } = alignedBytes(tensor);
  const values = new Float32Array(buffer, byteOffset, length / 4);
  // Zero is always within the range: most numbers after a ReLU are exactly that.
  let [low, high, sum] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
    // NaN as soon as one value is NaN; infinities show in low and high.
    sum += value;
  }
  if (Number.isNaN(sum) || high - low > MAX_RANGE) return undefined;
  const scale = Math.fround((high - low) / 255) || 1;
  const zeroPoint = Math.min(255, Math.round(-low / scale));
  // Rounds to the nearest and keeps within 0…255.
  const bytes = new Uint8ClampedArray(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = (values[i] as number) / scale + zeroPoint;
  return { encoding: 'u8', bytes: new Uint8Array(bytes.buffer), scale, zeroPoint };
}

let numbersOfHalves: Float32Array | undefined;

function singlesOfHalves(bytes: Uint8Array): Uint8Array {
  numbersOfHalves ??= Float32Array.from({ length: 1 << 16 }, (_, half) => numberOfHalf(half));
  const { buffer, byteOffset, length } = alignedBytes({ dtype: 'float16', data: bytes });
  const halves = new Uint16Array(buffer, byteOffset, length / 2);
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++)
    values[i] = numbersOfHalves[halves[i] as number] as number;
  return new Uint8Array(values.buffer);
}

function singlesOfBytes(bytes: Uint8Array, scale: number, zeroPoint: number): Uint8Array {
  const table = Float32Array.from({ length: 256 }, (_, byte) => scale * (byte - zeroPoint));
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = table[bytes[i] as number] as number;
  return new Uint8Array(values.buffer);
}

function mismatch(text: string): Fault {
  return new Fault('CHUNK_MISMATCH', `tensor rejected: ${text}`);
}
