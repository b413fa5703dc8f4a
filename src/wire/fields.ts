/** Fields shared by several payloads. */
import { z } from 'zod';

/** The format version of a payload. */
export const v = z.literal(1);
export const ms = z.number().min(0);
/** At most the largest integer of the database. */
export const version = z.int32().min(1);
export const text = z.string().max(500);
export const deviceId = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'is not 1–64 characters of a-z, 0-9 and -');
export const sid = z.string().min(1).max(64);
export const isoTime = z.iso.datetime();
export const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'is not 64 lower-case hex digits (SHA-256)');
export const frameId = z.string().regex(/^[0-9a-f]{32}$/, 'is not 32 lower-case hex digits');

/** Time from one frame to the next, in ms: from 1 ms to a day. */
export const frameInterval = z.number().min(1).max(86_400_000);

/** By when frames should have ended, and which share of them may end later. */
export const deadlineGoal = z.object({
  /** From the frame's start: from 1 ms to an hour. */
  deadlineMs: z.number().min(1).max(3_600_000),
  risk: z.number().min(0).max(0.5),
});
export type DeadlineGoal = Readonly<z.infer<typeof deadlineGoal>>;

export const BYTES_PRICES = { min: 0.001, max: 10_000 } as const;
/** Latency in ms that each KB (1000 bytes) of a frame must save. At the maximum even tiny tensors stay on the device. */
export const bytesPrice = z.number().min(BYTES_PRICES.min).max(BYTES_PRICES.max);

/** The link as the device estimates it, in ms per byte: averages of the rate mislead. */
export const linkEstimate = z.object({
  uplinkMsPerByte: z.number().positive(),
  rttMs: ms,
  /** Age of the newest sample. */
  ageMs: ms,
  /** 0 for a guess, 1 for many fresh, consistent samples. */
  confidence: z.number().min(0).max(1),
  samples: z.int().min(0),
});
export type LinkEstimate = z.infer<typeof linkEstimate>;

/** The stages of a frame, in ms of work or waiting; they may overlap, so their sum may exceed the total. */
export const stageTimes = z.object({
  deviceMs: ms,
  encodeMs: ms,
  uplinkMs: ms,
  queueMs: ms,
  cloudMs: ms,
  downlinkMs: ms,
});
export type StageTimes = z.infer<typeof stageTimes>;
export const stageNames = ['device', 'encode', 'uplink', 'queue', 'cloud', 'downlink'] as const;

export const prediction = stageTimes.extend({ totalMs: ms });
export type Prediction = z.infer<typeof prediction>;
