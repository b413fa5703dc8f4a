/** Synthetic inputs: from a seed, so that examinations are repeatable, and plausible, so that no layer saturates. */
import {
  channelCount,
  type Dtype,
  elementBytes,
  elementCount,
  halfOfNumber,
  type ImageSpec,
  type Tensor,
  type TensorType,
  tensorOfPixels,
} from '../../../wire/index.js';

/** An input of the given type: a picture where the manifest says so, about normal where it is a float, 0 or 1 elsewhere. */
export function seededInput(
  type: TensorType,
  image: ImageSpec | undefined,
  random: () => number,
): Tensor {
  if (image !== undefined) return tensorOfPixels(seededPixels(image, random), image);
  const count = elementCount(type.dims);
  const data = new Uint8Array(count * elementBytes(type.dtype));
  const view = new DataView(data.buffer);
  const write = writer(view, type.dtype);
  for (let i = 0; i < count; i++) write(i, random);
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

function writer(view: DataView, dtype: Dtype): (i: number, random: () => number) => void {
  switch (dtype) {
    case 'float32':
      return (i, random) => view.setFloat32(4 * i, aboutNormal(random), true);
    case 'float64':
      return (i, random) => view.setFloat64(8 * i, aboutNormal(random), true);
    case 'float16':
      return (i, random) => view.setUint16(2 * i, halfOfNumber(aboutNormal(random)), true);
    case 'uint8':
      return (i, random) => view.setUint8(i, Math.floor(256 * random()));
    case 'int8':
      return (i, random) => view.setInt8(i, Math.floor(256 * random()) - 128);
    default: {
      // Often an index or a flag: 0 and 1 are valid nearly everywhere.
      const bytes = elementBytes(dtype);
      return (i, random) => view.setUint8(bytes * i, random() < 0.5 ? 0 : 1);
    }
  }
}
