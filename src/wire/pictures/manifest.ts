/** The manifest of a model: its inputs and outputs, including how images are prepared. */
import { z } from 'zod';
import { numberIn, ranges } from '../ranges.js';
import { dtypes } from '../tensors/tensor.js';

const channelNumber = numberIn(ranges.channel);
const channelNumbers = z.union([channelNumber, z.array(channelNumber).min(1).max(4)]);

/** tensor = (pixel × scale − mean) / deviation, per channel; pixels are 8-bit, after resizing to width × height. */
export const imageSpec = z.strictObject({
  width: numberIn(ranges.pixels),
  height: numberIn(ranges.pixels),
  layout: z.enum(['NCHW', 'NHWC']).default('NCHW'),
  channels: z.enum(['RGB', 'BGR', 'GRAY']).default('RGB'),
  scale: channelNumber.default(1 / 255),
  mean: channelNumbers.default(0),
  deviation: channelNumbers.default(1),
  /** fill stretches, cover fills and crops, contain fits and pads with black. */
  fit: z.enum(['fill', 'cover', 'contain']).default('fill'),
});
export type ImageSpec = z.infer<typeof imageSpec>;

const inputSpec = z.strictObject({
  name: z.string().max(256).optional(),
  /** Dims of inputs with symbolic dims; the batch is always 1. */
  dims: z.array(z.int().min(1)).max(8).optional(),
  image: imageSpec.optional(),
  /** Plausible contents, in order; a single number stands for all elements. The examination runs the network on them. */
  example: z.array(z.number()).min(1).max(65_536).optional(),
});

const outputSpec = z.strictObject({
  name: z.string().max(256).optional(),
  /** `classes`: one score per class (labels name them); `raw`: numbers. */
  kind: z.enum(['classes', 'raw']).default('raw'),
  labels: z.array(z.string().max(200)).max(100_000).optional(),
});

/**
 * The compression policy. `exact`: lossless; `half`: also halves; `int8`: also bytes; or bounds: lossy encodings of a
 * tensor are allowed if their effect on the outputs, measured at the examination of the model, is within the bounds.
 */
export const encodingPolicy = z.union([
  z.enum(['exact', 'half', 'int8']),
  z
    .strictObject({
      /** Maximum error of an output, relative to its largest value. */
      maxRelativeError: z.number().min(0).max(1).optional(),
      /** Minimum share of inputs whose best class stays the same, over every output of kind classes. */
      minTop1Agreement: z.number().min(0).max(1).optional(),
    })
    .refine(
      (bound) => Object.values(bound).some((value) => value !== undefined),
      'needs maxRelativeError or minTop1Agreement',
    ),
]);
export type EncodingPolicy = z.infer<typeof encodingPolicy>;

/**
 * Which tensors of a frame may leave the device: `anything`; `features`, no input of the network and no tensor that still
 * shows one, in any encoding; or `nothing`, no tensor at all.
 */
export const leavesPolicies = ['anything', 'features', 'nothing'] as const;
export const leavesPolicy = z.enum(leavesPolicies);
export type LeavesPolicy = z.infer<typeof leavesPolicy>;

/** The optional document of an ONNX file. An entry without a name describes the input or output at its position. */
export const modelManifest = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._-]{0,63}$/,
      'is not 1–64 characters of a-z 0-9 . _ - that start with a letter or digit',
    )
    .optional(),
  inputs: z.array(inputSpec).max(64).default([]),
  outputs: z.array(outputSpec).max(64).default([]),
  policy: encodingPolicy.default('exact'),
  leaves: leavesPolicy.default('anything'),
});
export type ModelManifest = z.infer<typeof modelManifest>;

export const tensorSpec = z.object({
  name: z.string(),
  dtype: z.enum(dtypes),
  dims: z.array(numberIn(ranges.dim)).max(8),
  bytes: numberIn(ranges.tensorBytes),
});
export type TensorSpec = z.infer<typeof tensorSpec>;
