/** Encodings of tensors on the wire: names and allowed lengths. */
import { type Dtype, elementBytes, elementCount, type TensorType } from './tensor.js';

/**
 * `raw`: unchanged; `pixels`: an image input as 8-bit HWC pixels; `jpeg`: the file of the camera. The cloud prepares both
 * by the model's manifest. These three are exact. `f16` and `u8` are lossy and need a policy.
 */
export const encodings = ['raw', 'f16', 'u8', 'pixels', 'jpeg'] as const;
export type Encoding = (typeof encodings)[number];

/** The lossy encodings, most precise first. */
export const lossyEncodings = ['f16', 'u8'] as const satisfies readonly Encoding[];
export type LossyEncoding = (typeof lossyEncodings)[number];

/** True for an encoding that changes numbers. */
export function isLossy(encoding: Encoding): encoding is LossyEncoding {
  return encoding === 'f16' || encoding === 'u8';
}

/** Bytes per element under an encoding; the maximum for `jpeg`. */
export function encodedElementBytes(encoding: Encoding, dtype: Dtype): number {
  if (encoding === 'raw') return elementBytes(dtype);
  return encoding === 'f16' ? 2 : 1;
}

/** Bytes of a tensor under an encoding; the maximum for `jpeg`: a longer file is sent as pixels. */
export function encodedBytes(encoding: Encoding, { dtype, dims }: TensorType): number {
  return elementCount(dims) * encodedElementBytes(encoding, dtype);
}

/** True when an encoded tensor may have that many bytes. */
export function isEncodedLength(encoding: Encoding, type: TensorType, bytes: number): boolean {
  const maxBytes = encodedBytes(encoding, type);
  return encoding === 'jpeg' ? bytes > 0 && bytes <= maxBytes : bytes === maxBytes;
}
