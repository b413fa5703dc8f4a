/** What a model's author says about its inputs and outputs, so that preparing an image belongs to the model. */
import { z } from 'zod';
import { dtypes } from '../tensors/tensor.js';

const channelNumbers = z.union([z.number(), z.array(z.number()).min(1).max(4)]);

/** tensor = (pixel × scale − mean) / deviation, per channel; pixels are 8-bit, after resizing to width × height. */
export const imageSpec = z.strictObject({
  width: z.int().min(1).max(8192),
  height: z.int().min(1).max(8192),
  layout: z.enum(['NCHW', 'NHWC']).default('NCHW'),
  channels: z.enum(['RGB', 'BGR', 'GRAY']).default('RGB'),
  scale: z.number().default(1 / 255),
  mean: channelNumbers.default(0),
  deviation: channelNumbers.default(1),
  /** fill stretches, cover fills and crops, contain fits and pads with black. */
  fit: z.enum(['fill', 'cover', 'contain']).default('fill'),
});
export type ImageSpec = z.infer<typeof imageSpec>;

const inputSpec = z.strictObject({
  name: z.string().max(256).optional(),
  /** Dims for inputs whose own are symbolic; the batch is always 1. */
  dims: z.array(z.int().min(1)).max(8).optional(),
  image: imageSpec.optional(),
});

const outputSpec = z.strictObject({
  name: z.string().max(256).optional(),
  /** `classes`: scores, one a class (labels name them); `raw`: just numbers. */
  kind: z.enum(['classes', 'raw']).default('raw'),
  labels: z.array(z.string().max(200)).max(100_000).optional(),
});

/** The optional document that comes with an ONNX file. An entry without a name speaks of the input or output at its place. */
/**
 * How exact what travels must be. `exact`: nothing is lost; `half`: also as halves; `int8`: also as bytes; or those lossy
 * encodings of a tensor whose effect on the outputs, measured when the model came in, is within bounds.
 */
export const encodingPolicy = z.union([
  z.enum(['exact', 'half', 'int8']),
  z
    .strictObject({
      /** Largest error of an output, as a part of its largest value. */
      maxRelativeError: z.number().min(0).max(1).optional(),
      /** Least share of inputs whose best class stays the same, over every output of kind classes. */
      minTop1Agreement: z.number().min(0).max(1).optional(),
    })
    .refine(
      (bound) => Object.values(bound).some((value) => value !== undefined),
      'needs maxRelativeError or minTop1Agreement',
    ),
]);
export type EncodingPolicy = z.infer<typeof encodingPolicy>;

export const modelManifest = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._-]{0,63}$/,
      'is 1–64 of a-z 0-9 . _ - and starts with a letter or digit',
    )
    .optional(),
  inputs: z.array(inputSpec).max(64).default([]),
  outputs: z.array(outputSpec).max(64).default([]),
  policy: encodingPolicy.default('exact'),
});
export type ModelManifest = z.infer<typeof modelManifest>;

export const tensorSpec = z.object({
  name: z.string(),
  dtype: z.enum(dtypes),
  dims: z.array(z.int().min(0)).max(8),
  bytes: z.int().min(0),
});
export type TensorSpec = z.infer<typeof tensorSpec>;
