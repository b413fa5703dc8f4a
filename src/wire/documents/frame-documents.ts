/** JSON payloads about single frames: the answer, the device's record of it, and the receipt for that. */
import { z } from 'zod';
import { digest, frameId, isoTime, ms, prediction, stageTimes, text, v } from '../fields.js';
import { dtypes } from '../tensors/tensor.js';

const outputSpec = z.object({
  name: z.string(),
  dtype: z.enum(dtypes),
  dims: z.array(z.int().min(0)).max(8),
  bytes: z.int().min(0),
});

/** An answer to one frame. The body of a result holds the outputs' bytes, one after the other. */
export const resultHead = z.discriminatedUnion('kind', [
  z.object({
    v,
    kind: z.literal('result'),
    frame: frameId,
    queueMs: ms,
    cloudMs: ms,
    outputs: z.array(outputSpec),
  }),
  z.object({
    v,
    kind: z.literal('fault'),
    /** Absent when the chunk was too broken to tell. */
    frame: frameId.optional(),
    code: z.string().max(64),
    message: z.string().max(1000),
    retryAfterMs: ms.optional(),
  }),
]);
export type ResultHead = z.infer<typeof resultHead>;

export const outcomes = ['cloud', 'local-plan', 'local-fallback', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** One frame as the device lived it. Durations come from its monotonic clock; `at`, when it started, from the one that people read. */
export const frameRecord = z.object({
  frame: frameId,
  model: digest,
  planVersion: z.int().min(0),
  /** Number of the cut it followed, where the plan has several: a mix, or a table's rows. */
  cut: z.int().min(0).optional(),
  at: isoTime,
  /** Since the frame's start, when this message was made: places the frame on the cloud's clock. */
  ageMs: ms,
  outcome: z.enum(outcomes),
  fault: z.object({ code: z.string().max(64), message: text }).optional(),
  deadlineMs: ms,
  totalMs: ms,
  measured: stageTimes,
  predicted: prediction.nullable(),
  /** As the device knew it when the frame began. */
  link: z.object({ uplinkMsPerByte: z.number().positive(), rttMs: ms, ageMs: ms }).nullable(),
  sentBytes: z.int().min(0),
  source: z.string().max(256).optional(),
  /** The best class, where the model has a classes output. */
  answer: z
    .object({ index: z.int().min(0), score: z.number(), label: z.string().optional() })
    .optional(),
});
export type FrameRecord = z.infer<typeof frameRecord>;

export const recordMessage = z.object({ v, records: z.array(frameRecord).min(1).max(500) });
export type RecordMessage = z.infer<typeof recordMessage>;

/** Frames whose records are committed; the device forgets them only now. */
export const receipt = z.object({ v, frames: z.array(frameId).min(1).max(500) });
export type Receipt = z.infer<typeof receipt>;
