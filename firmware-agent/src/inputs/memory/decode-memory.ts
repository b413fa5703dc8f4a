/**
 * Memory that decoding a picture takes, by its header. Decoders of baseline JPEG and plain PNG hold some lines, and JPEG is reduced by
 * up to 8 while it is read, here as in the cloud. Others hold all pixels, or all coefficients (progressive JPEG), whatever the model needs.
 */
import type { Metadata } from 'sharp';
import type { ImageSpec } from '../../../../src/wire/index.js';

export type PictureHeader = Pick<
  Metadata,
  | 'format'
  | 'width'
  | 'height'
  | 'channels'
  | 'depth'
  | 'isProgressive'
  | 'chromaSubsampling'
  | 'orientation'
>;

/** Lines, and the pieces of the pipeline. */
const BASE_BYTES = 32 << 20;
const SHRINKS = [8, 4, 2];
/** A coefficient of a JPEG. */
const COEFFICIENT_BYTES = 2;
/** Canvas and frame of a GIF, both RGBA. */
const GIF_BYTES = 8;
const RGBA_BYTES = 4;
/** EXIF orientations from here on swap lines and columns, which takes a whole picture. */
const FIRST_TURNED = 5;

/** An upper bound in bytes. */
export function decodeBytes(header: PictureHeader, target: ImageSpec): number {
  const pixels = header.width * header.height;
  return BASE_BYTES + pixels * heldPerPixel(header) + turnedBytes(header, target);
}

/** Bytes of a pixel that the decoder holds of the whole picture. */
function heldPerPixel({
  format,
  isProgressive,
  depth,
  channels,
  ...header
}: PictureHeader): number {
  const sampleBytes = depth === 'ushort' ? 2 : 1;
  switch (format) {
    case 'jpeg':
      return isProgressive === true ? COEFFICIENT_BYTES * samplesOf(channels, header) : 0;
    case 'png':
      return isProgressive === true ? channels * sampleBytes : 0;
    case 'gif':
      return GIF_BYTES;
    default:
      return RGBA_BYTES;
  }
}

/** Samples of a pixel of a JPEG: half as many, or less, where its colours are coarser. */
function samplesOf(channels: number, { chromaSubsampling = '' }: Partial<PictureHeader>): number {
  if (channels !== 3) return channels;
  return chromaSubsampling === '4:2:0' ? 1.5 : channels;
}

function turnedBytes(
  { format, width, height, channels, depth, orientation = 1 }: PictureHeader,
  target: ImageSpec,
): number {
  if (orientation < FIRST_TURNED) return 0;
  const canShrink = (by: number): boolean =>
    height / by >= target.width && width / by >= target.height;
  const shrink = format === 'jpeg' ? (SHRINKS.find(canShrink) ?? 1) : 1;
  return (width * height * channels * (depth === 'ushort' ? 2 : 1)) / shrink ** 2;
}
