/** Times to decode encoded tensors on this machine. */
import {
  decodeTensor,
  encodeTensor,
  type ImageSpec,
  type LossyEncoding,
  pixelsOf,
  seededRandom,
  type Tensor,
  tensorOfPixels,
} from '../../../wire/index.js';
import type { Examined } from '../examined.js';
import { timingOf } from './timing.js';

/** A typical size of a sent tensor. */
const ELEMENTS = 3 * 224 * 224;
const WARM_UPS = 5;
const RUNS = 15;

const IMAGE: ImageSpec = {
  ...{ width: 224, height: 224, layout: 'NCHW', channels: 'RGB', fit: 'fill' },
  ...{ scale: 1 / 255, mean: 0, deviation: 1 },
};

/** Milliseconds per encoded byte: medians of warm runs. */
export async function measureDecoding(): Promise<NonNullable<Examined['decodeMsPerByte']>> {
  const values = Float32Array.from({ length: ELEMENTS }, (_, i) => Math.max(0, Math.sin(i * 12.9)));
  const tensor: Tensor = {
    ...{ dtype: 'float32', dims: [ELEMENTS] },
    data: new Uint8Array(values.buffer),
  };
  const lossy = async (encoding: LossyEncoding): Promise<number> => {
    const encoded = encodeTensor(tensor, encoding);
    return (await medianMs(() => decodeTensor(tensor, encoded))) / encoded.bytes.length;
  };
  const pixels = new Uint8Array(ELEMENTS).map((_, i) => i);
  const jpeg = await photograph();
  return {
    f16: await lossy('f16'),
    u8: await lossy('u8'),
    pixels: (await medianMs(() => tensorOfPixels(pixels, IMAGE))) / pixels.length,
    jpeg:
      (await medianMs(async () => tensorOfPixels(await pixelsOf(jpeg, IMAGE), IMAGE))) /
      jpeg.length,
  };
}

/** A JPEG as a camera makes it: soft waves with some grain. */
async function photograph(): Promise<Uint8Array> {
  const [width, height, channels] = [640, 480, 3] as const;
  const random = seededRandom(1);
  const pixels = new Uint8Array(width * height * channels).map((_, i) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    return 128 + 80 * Math.sin(x / 40 + (i % channels)) * Math.cos(y / 30) + 12 * random();
  });
  const { default: sharp } = await import('sharp');
  return sharp(pixels, { raw: { width, height, channels } }).jpeg({ quality: 85 }).toBuffer();
}

async function medianMs(act: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < WARM_UPS + RUNS; run++) {
    const startMs = performance.now();
    await act();
    times.push(performance.now() - startMs);
  }
  return timingOf(times.slice(WARM_UPS)).medianMs;
}
