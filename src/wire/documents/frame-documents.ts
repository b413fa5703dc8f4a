/** JSON payloads about single frames: results, frame records of the device, and receipts. */
import { z } from 'zod';
import {
  digest,
  frameId,
  isoTime,
  linkAtStart,
  prediction,
  stageNames,
  stageTimes,
  text,
  v,
} from '../fields.js';
import { numberIn, ranges } from '../ranges.js';
import { dtypes } from '../tensors/tensor.js';

const durationMs = numberIn(ranges.durationMs, 'clamped');

const outputSpec = z.object({
  name: z.string(),
  dtype: z.enum(dtypes),
  dims: z.array(numberIn(ranges.dim)).max(8),
  bytes: numberIn(ranges.tensorBytes),
});

/** The answer to one frame. The body of a result holds the bytes of the outputs in order. */
export const resultHead = z.discriminatedUnion('kind', [
  z.object({
    v,
    kind: z.literal('result'),
    frame: frameId,
    queueMs: durationMs,
    cloudMs: durationMs,
    outputs: z.array(outputSpec),
  }),
  z.object({
    v,
    kind: z.literal('fault'),
    /** Absent when the chunk was unreadable. */
    frame: frameId.optional(),
    code: z.string().max(64),
    message: z.string().max(1000),
    retryAfterMs: durationMs.optional(),
  }),
]);
export type ResultHead = z.infer<typeof resultHead>;

export const outcomes = ['cloud', 'local-plan', 'local-fallback', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * The wall clock of a device: set by a time server since the start of the machine, plausible without proof, or known to be unset.
 */
export const clockStates = ['synchronised', 'assumed', 'unset'] as const;
export type ClockState = (typeof clockStates)[number];

/**
 * A frame as measured by the device. Durations use its monotonic clock; `at`, its start, uses wall time. Numbers are clamped: a
 * device repeats a rejected record, and all others of its message, until it is receipted.
 */
export const frameRecord = z.object({
  frame: frameId,
  model: digest,
  /** 0: the frame had no plan. */
  planVersion: numberIn(ranges.count, 'clamped'),
  /** Number of its cut, when the plan has several: a mix, or the rows of a table. */
  cut: numberIn(ranges.cut, 'clamped').optional(),
  at: isoTime,
  /** Age of the frame when this message was made: places it on the cloud's clock. */
  ageMs: numberIn(ranges.ageMs, 'clamped'),
  /** False: no clock shows the age, and `ageMs` is the least that it can be. Absent: the device sends what it knows. */
  isAgeKnown: z.boolean().optional(),
  /** The start of the machine under which the frame ran; a name that makes no sense counts as unknown. */
  boot: z.string().min(1).max(64).optional().catch(undefined),
  /** The wall clock at the end of the frame; absent: unknown. */
  clock: z.enum(clockStates).optional().catch(undefined),
  outcome: z.enum(outcomes),
  fault: z.object({ code: z.string().max(64), message: text }).optional(),
  deadlineMs: numberIn(ranges.deadlineMs, 'clamped'),
  totalMs: durationMs,
  measured: stageTimes,
  predicted: prediction.nullable(),
  /** The estimate of the device when the frame began; one that makes no sense counts as unknown. */
  link: linkAtStart.nullable().catch(null),
  sentBytes: numberIn(ranges.sentBytes, 'clamped'),
  source: z.string().max(256).optional(),
  /** The best class, if the model has a classes output. */
  answer: z
    .object({
      index: numberIn(ranges.classIndex, 'clamped'),
      score: numberIn(ranges.score, 'clamped'),
      label: z.string().optional(),
    })
    .optional(),
});
export type FrameRecord = z.infer<typeof frameRecord>;

/**
 * A record whose numbers agree: a frame is at least as old as it lasted, and no stage lasts longer than its frame. An answer that
 * the cloud repeats has the times of an earlier run, which may be longer.
 */
export function agreeing(record: FrameRecord): FrameRecord {
  const { totalMs, measured } = record;
  const stages = { ...measured };
  for (const name of stageNames) stages[`${name}Ms`] = Math.min(measured[`${name}Ms`], totalMs);
  return { ...record, ageMs: Math.max(record.ageMs, totalMs), measured: stages };
}

export const recordMessage = z.object({
  v,
  records: z.array(frameRecord.overwrite(agreeing)).min(1).max(500),
});
export type RecordMessage = z.infer<typeof recordMessage>;

/** Frames whose records are committed; the device may now delete them. */
export const receipt = z.object({ v, frames: z.array(frameId).min(1).max(500) });
export type Receipt = z.infer<typeof receipt>;
