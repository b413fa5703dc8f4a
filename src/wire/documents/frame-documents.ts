/** JSON payloads about single frames: results, frame records of the device, and receipts. */
import { z } from 'zod';
import { digest, frameId, isoTime, ms, prediction, stageTimes, text, v } from '../fields.js';
import { dtypes } from '../tensors/tensor.js';

const outputSpec = z.object({
  name: z.string(),
  dtype: z.enum(dtypes),
  dims: z.array(z.int().min(0)).max(8),
  bytes: z.int().min(0),
});

/** The answer to one frame. The body of a result holds the bytes of the outputs in order. */
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
    /** Absent when the chunk was unreadable. */
    frame: frameId.optional(),
    code: z.string().max(64),
    message: z.string().max(1000),
    retryAfterMs: ms.optional(),
  }),
]);
export type ResultHead = z.infer<typeof resultHead>;

export const outcomes = ['cloud', 'local-plan', 'local-fallback', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** A frame as measured by the device. Durations use its monotonic clock; `at`, its start, uses wall time. */
export const frameRecord = z.object({
  frame: frameId,
  model: digest,
  planVersion: z.int().min(0),
  /** Number of its cut, when the plan has several: a mix, or the rows of a table. */
  cut: z.int().min(0).optional(),
  at: isoTime,
  /** Age of the frame when this message was made: places it on the cloud's clock. */
  ageMs: ms,
  outcome: z.enum(outcomes),
  fault: z.object({ code: z.string().max(64), message: text }).optional(),
  deadlineMs: ms,
  totalMs: ms,
  measured: stageTimes,
  predicted: prediction.nullable(),
  /** The estimate of the device when the frame began. */
  link: z.object({ uplinkMsPerByte: z.number().positive(), rttMs: ms, ageMs: ms }).nullable(),
  sentBytes: z.int().min(0),
  source: z.string().max(256).optional(),
  /** The best class, if the model has a classes output. */
  answer: z
    .object({ index: z.int().min(0), score: z.number(), label: z.string().optional() })
    .optional(),
});
export type FrameRecord = z.infer<typeof frameRecord>;

export const recordMessage = z.object({ v, records: z.array(frameRecord).min(1).max(500) });
export type RecordMessage = z.infer<typeof recordMessage>;

/** Frames whose records are committed; the device may now delete them. */
export const receipt = z.object({ v, frames: z.array(frameId).min(1).max(500) });
export type Receipt = z.infer<typeof receipt>;
