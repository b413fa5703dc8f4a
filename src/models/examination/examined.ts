/** The findings of an examination: validated from the child process, and again from the database. */
import { z } from 'zod';
import { blockProfile, digest, lossyEncodings, modelDocument, ms } from '../../wire/index.js';

/** How far an examination is. */
export const progress = z.object({
  step: z.enum(['read', 'measure', 'units', 'plans', 'blocks', 'accuracy', 'cuts']),
  share: z.number().describe('Completed share, 0 to 1'),
  text: z.string(),
});
export type Progress = Readonly<z.infer<typeof progress>>;

const unitSummary = z.object({
  name: z.string(),
  op: z.string(),
  medianMs: z.number(),
  /** Bytes of all its outputs. */
  outputBytes: z.int(),
});

const accuracy = z.object({
  /** Inputs it was measured on. */
  inputs: z.int(),
  source: z.enum(['uploaded', 'synthetic']),
  /** SHA-256 of each uploaded input, sorted: the same inputs are not measured twice. Absent: synthetic, or of an earlier version. */
  files: z.array(digest).optional(),
  warning: z.string().optional(),
  tensors: z.array(
    z.object({
      tensor: z.string(),
      encoding: z.enum(lossyEncodings),
      /** Largest error of an output, as a part of its largest value. */
      maxRelativeError: z.number(),
      /** Share of inputs with the same best class in every output of kind classes; null without such outputs. */
      top1Agreement: z.number().nullable(),
    }),
  ),
});

/** An update of the findings of a model that is there: of its accuracy, or of what its inputs and outputs mean. */
export const update = z
  .object({
    state: z.enum(['running', 'done', 'failed']),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    fault: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .describe('The newest update of the findings; a failed one has changed nothing');
export type Update = Readonly<z.infer<typeof update>>;

export const examined = z.object({
  /** SHA-256 of the model in normal form. */
  digest,
  ...modelDocument.pick({ inputs: true, outputs: true, tensors: true, blocks: true }).shape,
  /** Block times on this machine. */
  cloud: z.array(blockProfile),
  units: z.array(unitSummary),
  /** Edges between units. */
  edges: z.int(),
  /** The largest difference between the outputs of the blocks and those of the whole. */
  maxAbsDiff: z.number(),
  /** The effect of lossy encodings of single tensors on the outputs; models of earlier versions have none. */
  accuracy: accuracy.optional(),
  /** Cloud milliseconds to decode an encoded byte. */
  decodeMsPerByte: z.object({ f16: ms, u8: ms, pixels: ms, jpeg: ms }).optional(),
  /** Threads the times were measured with. */
  threads: z.int(),
});
export type Examined = z.infer<typeof examined>;
