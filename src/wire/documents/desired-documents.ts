/** JSON payloads of desired documents (model, plan) and of the reports about them. */
import { z } from 'zod';
import { rowTimes } from '../adapt/row-times.js';
import {
  bytesPrice,
  checkFault,
  deadlineGoal,
  digest,
  frameInterval,
  isoTime,
  linkEstimate,
  ms,
  prediction,
  reportedFault,
  text,
  v,
  version,
} from '../fields.js';
import { imageSpec, leavesPolicy, tensorSpec } from '../pictures/manifest.js';
import { numberIn, ranges } from '../ranges.js';
import { encodings } from '../tensors/encoding.js';

/** A block: an ONNX sub-model identified by the SHA-256 of its bytes; inputs and outputs are tensor names. */
export const blockSpec = z.object({
  digest,
  name: z.string().max(256),
  bytes: numberIn(ranges.fileBytes),
  inputs: z.array(z.string()),
  outputs: z.array(z.string()),
});
export type BlockSpec = z.infer<typeof blockSpec>;

/** Max numbers of an example in a document. */
export const MAX_EXAMPLE = 1024;

/** What a device needs to run any part of a model: blocks in topological order, and every tensor between them. */
export const modelDocument = z.object({
  id: z.string(),
  name: z.string(),
  version,
  digest,
  /** `example`: plausible contents in order, which begin again where there are fewer; networks divide and index by them. */
  inputs: z.array(
    z.object({
      name: z.string(),
      image: imageSpec.optional(),
      example: z.array(numberIn(ranges.element)).min(1).max(MAX_EXAMPLE).optional(),
    }),
  ),
  outputs: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['classes', 'raw']),
      labels: z.array(z.string()).optional(),
    }),
  ),
  /**
   * `showsInput`: no convolution or matrix product lies between an input and the tensor. `sizeVaries`: an output whose
   * dims depend on what the inputs hold; only their number is fixed, and `dims` and `bytes` are those of one run.
   */
  tensors: z.array(
    tensorSpec.extend({
      showsInput: z.literal(true).optional(),
      sizeVaries: z.literal(true).optional(),
    }),
  ),
  /** Which tensors may leave the device; absent: anything. */
  leaves: leavesPolicy.optional(),
  blocks: z.array(blockSpec),
});
export type ModelDocument = z.infer<typeof modelDocument>;

/** The desired model; null: run nothing. */
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
  'rate',
  'operator',
] as const;

/** A plan for a device. Blocks are digests; `uploads[i]` is tensor index i of the chunks. */
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
    .array(
      z.object({
        tensor: z.string(),
        encoding: z.enum(encodings),
        bytes: numberIn(ranges.encodedBytes),
      }),
    )
    .max(0xffff),
  /** A frame not answered this long after its start is finished on the device. */
  deadlineMs: numberIn(ranges.deadlineMs, 'clamped'),
  /** Maximum tensor bytes the device may have in flight without an answer. */
  creditBytes: numberIn(ranges.tensorBytes, 'clamped'),
  chunkBytes: numberIn(ranges.chunkBytes),
  /** The link estimate the plan was made for, with its age and confidence. */
  link: linkEstimate,
  predicted: prediction,
  /** Costs of other plans on the same link, best first. */
  alternatives: z.array(z.object({ strategy: z.string(), totalMs: ms })),
});

/** A plan for a stream: a frame every `periodMs`, by several cuts in turn. */
const mix = z.object({
  /** Further cuts; the plan's own is number 0. Tensor indices of chunks continue through their uploads. */
  cuts: z
    .array(singlePlan.pick({ device: true, cloud: true, uploads: true, predicted: true }))
    .max(32),
  /** Cut numbers: frame n follows pattern[n mod length]. */
  pattern: z.array(numberIn(ranges.cut)).min(1).max(128),
  periodMs: numberIn(ranges.periodMs),
});
export type PlanMix = z.infer<typeof mix>;

/** Maximum rows of a table, not counting the plan's own cut. */
export const MAX_TABLE_ROWS = 15;

/**
 * The plan table: the best cuts at other link rates, so that a device can change its cut by itself. One cut sends nothing:
 * it is followed while the cloud is silent. Tensor indices continue through the rows, after those of a mix.
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

/** A share of the time that a machine keeps free. */
const margin = numberIn(ranges.margin);

/** The rate that a plan is made for. */
const paced = z.object({
  /** Frames come this long after each other. */
  intervalMs: frameInterval,
  /** Shortest interval that every machine sustains under the plan, with a margin; at least `intervalMs`. */
  sustainedMs: numberIn(ranges.periodMs),
  /** Mean time that a frame waits for others; part of the predicted totals. */
  waitingMs: ms,
  /** Share of the interval that a frame's mean load leaves free on device and link; absent: none. */
  margins: z.object({ device: margin, uplink: margin }).optional(),
});
export type PacedPlan = z.infer<typeof paced>;

/** What all cuts of a plan keep within, and what their bytes cost. */
const planLimits = z.object({
  /** A device adds this price of its bytes, in ms per KB, to what a row costs. */
  bytesPrice: bytesPrice.optional(),
  /** Max bytes that one frame sends. */
  maxFrameBytes: numberIn(ranges.tensorBytes).optional(),
  /** Max bytes of the blocks that the device runs. */
  deviceMemoryBytes: numberIn(ranges.memoryBytes).optional(),
});
export type PlanLimits = Readonly<z.infer<typeof planLimits>>;

/** Without mix and table every frame follows the plan's own cut. With a mix, only the table row that sends nothing is used. */
export const desiredPlan = singlePlan.extend({
  mix: mix.optional(),
  table: table.optional(),
  /** Absent: for single frames, or for frames that come back to back. */
  paced: paced.optional(),
  /** By when frames should have ended: a device chooses rows by it (decision 77), unless its own settings say otherwise. */
  deadline: deadlineGoal.optional(),
  limits: planLimits.optional(),
});
export type DesiredPlan = z.infer<typeof desiredPlan>;

const outcome = z.object({
  v,
  version,
  at: isoTime,
  state: z.enum(['applied', 'refused']),
  fault: reportedFault.optional(),
});

/** The outcome of a desired document. */
export const reported = outcome.superRefine(checkFault);

/** The outcome of a plan. */
export const reportedPlan = outcome
  .extend({
    /** Number of the cut that frames follow now; reported again when the device changes it. */
    cut: numberIn(ranges.cut).optional(),
  })
  .superRefine((report, context) => {
    checkFault(report, context);
    if (report.state === 'refused' && report.cut !== undefined) {
      context.addIssue({ code: 'custom', path: ['cut'], message: 'a refused plan has no cut' });
    }
  });
export type Reported = z.infer<typeof reportedPlan>;
