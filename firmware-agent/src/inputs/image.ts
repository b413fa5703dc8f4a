/** From an encoded picture to the 8-bit pixels a model wants: turned upright (EXIF), resized, colours as asked. */
import { Fault, type ImageSpec } from '../../../src/wire/index.js';
import { errorText } from '../log.js';

const BLACK = { r: 0, g: 0, b: 0 };

/** Rows of interleaved RGB (or grey) bytes, width × height of the spec; throws INPUT_UNREADABLE. */
export async function pixelsOf(picture: Uint8Array, spec: ImageSpec): Promise<Uint8Array> {
  const { width, height, fit, channels } = spec;
  // Loaded with the first picture: an agent on tensors needs none of it.
  const { default: sharp } = await import('sharp');
  try {
    const { data } = await sharp(picture)
      .rotate()
      .flatten({ background: BLACK })
      .resize(width, height, { fit, background: BLACK })
      .toColourspace(channels === 'GRAY' ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  } catch (error) {
    throw new Fault('INPUT_UNREADABLE', `the picture cannot be decoded: ${errorText(error)}`);
  }
}
