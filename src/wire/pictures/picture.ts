/**
 * Decodes a picture to the 8-bit pixels of a model: rotated (EXIF), resized, colours converted. Agent and service share the
 * code, so a JPEG gives the same tensor on both.
 */
import { Fault } from '../faults.js';
import type { Tensor, TensorType } from '../tensors/tensor.js';
import { decodeTensor, type Encoded } from '../tensors/tensor-codec.js';
import { tensorOfPixels } from './image.js';
import type { ImageSpec } from './manifest.js';

const BLACK = { r: 0, g: 0, b: 0 };
/** Accepts pictures of 48 megapixels, and rejects small files that claim huge dimensions. */
const MAX_PIXELS = 50_000_000;

/** True for the first bytes of a JPEG file. */
export function isJpeg(file: Uint8Array): boolean {
  return file[0] === 0xff && file[1] === 0xd8 && file[2] === 0xff;
}

/** Rows of interleaved RGB (or grey) bytes, width × height of the spec; throws INPUT_UNREADABLE. */
export async function pixelsOf(picture: Uint8Array, spec: ImageSpec): Promise<Uint8Array> {
  const { width, height, fit, channels } = spec;
  // Loaded with the first picture: tensors do not need it.
  const { default: sharp } = await import('sharp');
  try {
    // What a decoder only warns of, as bytes between markers, is in pictures of many cameras; a picture that is cut off fails.
    const { data } = await sharp(picture, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
      .rotate()
      .flatten({ background: BLACK })
      .resize(width, height, { fit, background: BLACK })
      .toColourspace(channels === 'GRAY' ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Fault('INPUT_UNREADABLE', `picture cannot be decoded: ${why}`);
  }
}

/**
 * The tensor of encoded bytes; `image` describes how a picture is prepared. Throws CHUNK_MISMATCH,
 * INPUT_MISMATCH, or INPUT_UNREADABLE for a file that is no JPEG.
 */
export async function decodeUpload(
  type: TensorType,
  encoded: Encoded,
  image: ImageSpec | undefined,
): Promise<Tensor> {
  const { encoding, bytes } = encoded;
  if (image !== undefined && encoding === 'pixels') return tensorOfPixels(bytes, image);
  if (image === undefined || encoding !== 'jpeg') return decodeTensor(type, encoded);
  // Decoders of other formats are not exposed to untrusted input.
  if (!isJpeg(bytes)) throw new Fault('INPUT_UNREADABLE', 'received file is not a JPEG');
  return tensorOfPixels(await pixelsOf(bytes, image), image);
}
