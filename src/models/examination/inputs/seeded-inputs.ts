/** Synthetic inputs: from a seed, so that examinations are repeatable, and plausible, so that no layer saturates. */
import {
  channelCount,
  type Dtype,
  elementBytes,
  elementCount,
  type ImageSpec,
  setNumberAt,
  type Tensor,
  type TensorType,
  tensorOfPixels,
} from '../../../wire/index.js';

/** How whole numbers of 16 bits and more are drawn: they are often an index, a flag or a size. */
export type Draw = 'bounded' | 'positive' | 'zeros';
/** In the order in which they are tried: many networks divide by them, or index by them. */
export const draws: readonly Draw[] = ['bounded', 'positive', 'zeros'];

/** Small enough to name a row of most tables. */
const MOST_POSITIVE = 3;

export interface SeededInput {
  readonly type: TensorType;
  readonly image?: ImageSpec | undefined;
  /** Number of rows that the input names one of; absent: it is 0 or 1. */
  readonly rows?: number | undefined;
  readonly draw?: Draw;
}

/** An input: a picture where the manifest says so, about normal where it is a float, a byte of any value, a row of its table. */
export function seededInput(
  { type, image, rows = 2, draw = 'bounded' }: SeededInput,
  random: () => number,
): Tensor {
  if (image !== undefined) return tensorOfPixels(seededPixels(image, random), image);
  const number = numberOf(type.dtype, rows, draw);
  const step = elementBytes(type.dtype);
  const data = new Uint8Array(elementCount(type.dims) * step);
  const view = new DataView(data.buffer);
  const set = setNumberAt[type.dtype];
  for (let at = 0; at < data.length; at += step) set(view, at, number(random));
  return { ...type, data };
}

/** Soft waves with noise: neither flat nor all noise, as pictures are. */
function seededPixels(image: ImageSpec, random: () => number): Uint8Array {
  const { width, height } = image;
  const channels = channelCount(image);
  const pixels = new Uint8Array(width * height * channels);
  const [acrossX, acrossY, phase] = [1 + 5 * random(), 1 + 5 * random(), 6 * random()];
  for (let i = 0; i < pixels.length; i++) {
    const [x, y] = [
      (Math.floor(i / channels) % width) / width,
      Math.floor(i / channels / width) / height,
    ];
    const wave = Math.sin(acrossX * x * 6 + phase + (i % channels)) * Math.cos(acrossY * y * 6);
    pixels[i] = Math.round(128 + 80 * wave + 40 * (random() - 0.5));
  }
  return pixels;
}

/** The sum of three uniform numbers: near enough to normal, with deviation 1 and no outliers. */
const aboutNormal = (random: () => number): number => 2 * (random() + random() + random() - 1.5);

function numberOf(dtype: Dtype, rows: number, draw: Draw): (random: () => number) => number {
  switch (dtype) {
    case 'float32':
    case 'float64':
    case 'float16':
      return aboutNormal;
    case 'uint8':
      return (random) => Math.floor(256 * random());
    case 'int8':
      return (random) => Math.floor(256 * random()) - 128;
    default:
      if (draw === 'zeros') return () => 0;
      if (draw === 'positive') return (random) => 1 + Math.floor(MOST_POSITIVE * random());
      return (random) => Math.floor(rows * random());
  }
}
