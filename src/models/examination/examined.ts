/** What an examination finds: checked when it comes from the child process, and again when it comes from the database. */
import { z } from 'zod';
import { blockProfile, digest, modelDocument } from '../../wire/index.js';

const unitSummary = z.object({
  name: z.string(),
  op: z.string(),
  medianMs: z.number(),
  /** Bytes of all its outputs. */
  outputBytes: z.int(),
});

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
  /** Threads the times were measured with. */
  threads: z.int(),
});
export type Examined = z.infer<typeof examined>;
