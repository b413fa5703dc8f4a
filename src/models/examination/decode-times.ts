/** What turning encoded tensors back costs on this machine, measured where models are examined. */
import {
  decodeTensor,
  encodeTensor,
  type ImageSpec,
  type LossyEncoding,
  type Tensor,
  tensorOfPixels,
} from '../../wire/index.js';
import { timingOf } from './timing.js';

/** About the size of a tensor that is worth sending. */
const ELEMENTS = 3 * 224 * 224;
const WARM_UPS = 5;
const RUNS = 15;

const IMAGE: ImageSpec = {
  ...{ width: 224, height: 224, layout: 'NCHW', channels: 'RGB', fit: 'fill' },
  ...{ scale: 1 / 255, mean: 0, deviation: 1 },
};

/** Milliseconds per byte as it travels: medians, once the code is warm. */
export function measureDecoding(): Record<LossyEncoding | 'pixels', number> {
  const values = Float32Array.from({ length: ELEMENTS }, (_, i) => Math.max(0, Math.sin(i * 12.9)));
  const tensor: Tensor = {
    ...{ dtype: 'float32', dims: [ELEMENTS] },
    data: new Uint8Array(values.buffer),
  };
  const lossy = (encoding: LossyEncoding): number => {
    const encoded = encodeTensor(tensor, encoding);
    return medianMs(() => decodeTensor(tensor, encoded)) / encoded.bytes.length;
  };
  const pixels = new Uint8Array(ELEMENTS).map((_, i) => i);
  return {
    f16: lossy('f16'),
    u8: lossy('u8'),
    pixels: medianMs(() => tensorOfPixels(pixels, IMAGE)) / pixels.length,
  };
}

function medianMs(act: () => unknown): number {
  const times = Array.from({ length: WARM_UPS + RUNS }, () => {
    const startMs = performance.now();
    act();
    return performance.now() - startMs;
  });
  return timingOf(times.slice(WARM_UPS)).medianMs;
}
