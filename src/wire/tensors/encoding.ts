/** How a tensor's bytes travel: the names of the encodings, and what lengths they may have. */
import { type Dtype, elementBytes, elementCount, type TensorType } from './tensor.js';

/**
 * `raw` as they are; `pixels` an image input as 8-bit HWC pixels, and `jpeg` the file the camera made of it, both of which
 * the cloud prepares by the model's manifest: these three are exact. `f16` and `u8` are lossy and need a policy.
 */
export const encodings = ['raw', 'f16', 'u8', 'pixels', 'jpeg'] as const;
export type Encoding = (typeof encodings)[number];

/** The lossy ones, the more precise first. */
export const lossyEncodings = ['f16', 'u8'] as const satisfies readonly Encoding[];
export type LossyEncoding = (typeof lossyEncodings)[number];

/** True for an encoding that changes numbers. */
export function isLossy(encoding: Encoding): encoding is LossyEncoding {
  return encoding === 'f16' || encoding === 'u8';
}

/** Bytes an element takes under an encoding; for `jpeg` the most it may take. */
export function encodedElementBytes(encoding: Encoding, dtype: Dtype): number {
  if (encoding === 'raw') return elementBytes(dtype);
  return encoding === 'f16' ? 2 : 1;
}

/** Bytes a tensor takes under an encoding; for `jpeg` the most: a longer file travels as pixels. */
export function encodedBytes(encoding: Encoding, { dtype, dims }: TensorType): number {
  return elementCount(dims) * encodedElementBytes(encoding, dtype);
}

/** True when an encoded tensor may have so many bytes. */
export function isEncodedLength(encoding: Encoding, type: TensorType, bytes: number): boolean {
  const maxBytes = encodedBytes(encoding, type);
  return encoding === 'jpeg' ? bytes > 0 && bytes <= maxBytes : bytes === maxBytes;
}
