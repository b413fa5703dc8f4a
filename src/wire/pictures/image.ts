/** Converts 8-bit pixels to a model's input tensor; agent and service share the code and get the same bits. */
import { Fault } from '../faults.js';
import type { Tensor } from '../tensors/tensor.js';
import type { ImageSpec } from './manifest.js';

/** Channels of a pixel under a spec. */
export function channelCount(spec: ImageSpec): number {
  return spec.channels === 'GRAY' ? 1 : 3;
}

/** Bytes of an image as 8-bit pixels under a spec. */
export function pixelBytes(spec: ImageSpec): number {
  return spec.width * spec.height * channelCount(spec);
}

/** Dims of the prepared tensor: [1,C,H,W] or [1,H,W,C]. */
export function imageDims(spec: ImageSpec): number[] {
  const { width, height, layout } = spec;
  const channels = channelCount(spec);
  return layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
}

/**
 * The float32 tensor of an image: (pixel × scale − mean) / deviation, rounded once from double.
 * pixels: rows of interleaved RGB (or grey) bytes, width × height of the spec. Throws INPUT_MISMATCH on another length.
 */
export function tensorOfPixels(pixels: Uint8Array, spec: ImageSpec): Tensor {
  const channels = channelCount(spec);
  const area = spec.width * spec.height;
  if (pixels.length !== area * channels) {
    throw new Fault(
      'INPUT_MISMATCH',
      `${pixels.length} pixel bytes do not match ${spec.width}×${spec.height}×${channels}`,
    );
  }
  const values = new Float32Array(area * channels);
  for (let channel = 0; channel < channels; channel++) {
    const source = spec.channels === 'BGR' ? channels - 1 - channel : channel;
    const table = lookUp(spec, channel);
    const [start, step] = spec.layout === 'NCHW' ? [channel * area, 1] : [channel, channels];
    for (let i = 0; i < area; i++) {
      values[start + i * step] = table[pixels[i * channels + source] as number] as number;
    }
  }
  return { dtype: 'float32', dims: imageDims(spec), data: new Uint8Array(values.buffer) };
}

/**
 * What is wrong with the numbers of a spec; undefined when they make every pixel a finite float32, distinct at both ends. One number of
 * a mean or a deviation stands for all channels, as many as there are channels for one each.
 */
export function imageProblem(spec: ImageSpec): string | undefined {
  const channels = channelCount(spec);
  for (const name of ['mean', 'deviation'] as const) {
    const numbers = [spec[name]].flat();
    if (numbers.length !== 1 && numbers.length !== channels) {
      return `${name} has ${numbers.length} numbers for ${channels} channels`;
    }
    if (name === 'deviation' && numbers.includes(0)) return 'deviation must not be 0';
  }
  for (let channel = 0; channel < channels; channel++) {
    const table = lookUp(spec, channel);
    const [black, white] = [table[0], table[255]];
    if (!table.every(Number.isFinite)) {
      return `scale, mean and deviation make values of channel ${channel + 1} that are not finite`;
    }
    if (black === white)
      return `scale, mean and deviation make all of channel ${channel + 1} ${black}`;
  }
  return undefined;
}

/** The 256 values a channel can take: mean and deviation are those of the tensor's channel. */
function lookUp(spec: ImageSpec, channel: number): Float32Array {
  const of = (numbers: number | readonly number[]): number =>
    typeof numbers === 'number' ? numbers : (numbers[channel] ?? numbers[0] ?? 0);
  const mean = of(spec.mean);
  const deviation = of(spec.deviation);
  return Float32Array.from({ length: 256 }, (_, byte) => (byte * spec.scale - mean) / deviation);
}
