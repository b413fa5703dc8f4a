/** Measures the cost of encoding tensors on this device. */
import { encodeTensor, type LossyEncoding, type Tensor } from '../../../src/wire/index.js';
import { monotonicMs } from '../clock.js';

/** About the size of a tensor that is worth sending. */
const ELEMENTS = 1 << 16;
const WARM_UPS = 5;
const RUNS = 15;

/** Milliseconds per byte of the float32 tensor: medians, once the code is warm. */
export function measureEncodings(): Record<LossyEncoding, number> {
  const values = Float32Array.from({ length: ELEMENTS }, (_, i) => Math.max(0, Math.sin(i * 12.9)));
  const tensor: Tensor = {
    ...{ dtype: 'float32', dims: [ELEMENTS] },
    data: new Uint8Array(values.buffer),
  };
  const msPerByte = (encoding: LossyEncoding): number => {
    const runsMs = Array.from({ length: WARM_UPS + RUNS }, () => {
      const startMs = monotonicMs();
      encodeTensor(tensor, encoding);
      return monotonicMs() - startMs;
    });
    const sorted = runsMs.slice(WARM_UPS).sort((a, b) => a - b);
    return (sorted[RUNS >> 1] ?? 0) / tensor.data.length;
  };
  return { f16: msPerByte('f16'), u8: msPerByte('u8') };
}
