/** JSON payloads of what a device should hold and do, and what it reports of that. */
import { z } from 'zod';
import { rowTimes } from '../adapt/row-times.js';
import { digest, isoTime, linkEstimate, ms, prediction, text, v, version } from '../fields.js';
import { imageSpec, tensorSpec } from '../pictures/manifest.js';
import { encodings } from '../tensors/encoding.js';

/** A block: an ONNX sub-model named by the SHA-256 of its bytes; inputs and outputs are tensor names. */
export const blockSpec = z.object({
  digest,
  name: z.string().max(256),
  bytes: z.int().min(1),
  inputs: z.array(z.string()),
  outputs: z.array(z.string()),
});
export type BlockSpec = z.infer<typeof blockSpec>;

/** All a device needs to run any part of a model: blocks in a topological order, and every tensor between them. */
export const modelDocument = z.object({
  id: z.string(),
  name: z.string(),
  version,
  digest,
  inputs: z.array(z.object({ name: z.string(), image: imageSpec.optional() })),
  outputs: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['classes', 'raw']),
      labels: z.array(z.string()).optional(),
    }),
  ),
  tensors: z.array(tensorSpec),
  blocks: z.array(blockSpec),
});
export type ModelDocument = z.infer<typeof modelDocument>;

/** Desired model; null: run nothing. */
export const desiredModel = z.object({
  v,
  version,
  cause: text,
  at: isoTime,
  model: modelDocument.nullable(),
});
export type DesiredModel = z.infer<typeof desiredModel>;

export const planCauses = [
  'first',
  'link',
  'profile',
  'drift',
  'model',
  'source',
  'operator',
] as const;

/** A schedule handed to a device. Blocks are digests; `uploads[i]` is tensor index i of the chunks. */
const singlePlan = z.object({
  v,
  version,
  at: isoTime,
  cause: z.object({ code: z.enum(planCauses), text }),
  model: digest,
  /** Blocks the device runs, in this order. */
  device: z.array(digest),
  /** Blocks the cloud runs, in this order. */
  cloud: z.array(digest),
  uploads: z
    .array(z.object({ tensor: z.string(), encoding: z.enum(encodings), bytes: z.int().min(0) }))
    .max(0xffff),
  /** A frame not answered this long after its start is finished on the device. */
  deadlineMs: z.number().positive(),
  /** Most tensor bytes the device may have in flight without an answer. */
  creditBytes: z.int().min(0),
  chunkBytes: z
    .int()
    .min(1024)
    .max(1 << 20),
  /** What the plan was made for. ageMs and confidence say how far to trust it. */
  link: linkEstimate,
  predicted: prediction,
  /** What other plans would cost on the same link, best first. */
  alternatives: z.array(z.object({ strategy: z.string(), totalMs: ms })),
});

/** How a stream of frames is served: a frame every `periodMs` as long as one likes, by several cuts in turn. */
const mix = z.object({
  /** Cuts beside the plan's own, which is number 0. Tensor indices of chunks go on through their uploads. */
  cuts: z
    .array(singlePlan.pick({ device: true, cloud: true, uploads: true, predicted: true }))
    .max(32),
  /** Numbers of cuts: frame n follows pattern[n mod its length]. */
  pattern: z.array(z.int().min(0)).min(1).max(128),
  periodMs: z.number().positive(),
});
export type PlanMix = z.infer<typeof mix>;

/** Most rows of a table beside the plan's own cut. */
export const MAX_TABLE_ROWS = 15;

/**
 * The plan table: what is best at other link rates, so that a device can change its cut without asking. One of all cuts sends
 * nothing: it is followed while the cloud is silent. Tensor indices go on through the rows, after those of a mix.
 */
const table = z.object({
  /** Of the plan's own cut. */
  times: rowTimes,
  rows: z
    .array(
      singlePlan
        .pick({ device: true, cloud: true, uploads: true, predicted: true })
        .extend({ times: rowTimes }),
    )
    .max(MAX_TABLE_ROWS),
});
export type PlanRows = z.infer<typeof table>;

/** Without mix and table every frame follows the plan's own cut. Of a mix with a table only the row that sends nothing counts. */
export const desiredPlan = singlePlan.extend({ mix: mix.optional(), table: table.optional() });
export type DesiredPlan = z.infer<typeof desiredPlan>;

/** What became of a desired document. */
export const reported = z.object({
  v,
  version,
  at: isoTime,
  state: z.enum(['applied', 'refused']),
  /** Of a plan: number of the cut that frames follow now; told again when the device changes it. */
  cut: z.int().min(0).optional(),
  fault: z.object({ code: z.string().max(64), message: text }).optional(),
});
export type Reported = z.infer<typeof reported>;
