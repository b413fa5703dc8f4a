/** Fields shared by several payloads. */
import { z } from 'zod';
import { numberIn, ranges } from './ranges.js';

/** The format version of a payload. */
export const v = z.literal(1);
/** A computed time. */
export const ms = numberIn(ranges.computedMs, 'clamped');
/** At most the largest integer of the database. */
export const version = numberIn(ranges.version);
export const text = z.string().max(500);
/** Why something failed, as a device reports it. */
export const reportedFault = z.object({ code: z.string().max(64), message: text });

const FAILURES: ReadonlySet<string> = new Set(['refused', 'failed']);

/** A report of a failure says why it failed; a report of anything else has no fault. */
export function checkFault(
  { state, fault }: { readonly state: string; readonly fault?: unknown },
  context: z.RefinementCtx,
): void {
  if (FAILURES.has(state) === (fault !== undefined)) return;
  const why = fault === undefined ? 'must say why' : 'has none';
  context.addIssue({ code: 'custom', path: ['fault'], message: `what is ${state} ${why}` });
}

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
export const frameInterval = numberIn(ranges.frameIntervalMs);

/** By when frames should have ended, and which share of them may end later. */
export const deadlineGoal = z.object({
  /** From the frame's start: from 1 ms to an hour. */
  deadlineMs: numberIn(ranges.goalMs),
  risk: numberIn(ranges.risk),
});
export type DeadlineGoal = Readonly<z.infer<typeof deadlineGoal>>;

/** Latency in ms that each KB (1000 bytes) of a frame must save. At the maximum even tiny tensors stay on the device. */
export const bytesPrice = numberIn(ranges.bytesPrice);

/** The link when a frame began, in ms per byte: averages of the rate mislead. A stalled link seems slower than any is: it is clamped. */
export const linkAtStart = z.object({
  uplinkMsPerByte: numberIn(ranges.uplinkMsPerByte, 'clamped'),
  rttMs: numberIn(ranges.rttMs, 'clamped'),
  /** Of results on their way back; absent while unknown. */
  downlinkMsPerByte: numberIn(ranges.downlinkMsPerByte, 'clamped').optional(),
  /** Age of the newest sample of the uplink. */
  ageMs: numberIn(ranges.ageMs, 'clamped'),
});

/** The link as the device estimates it. */
export const linkEstimate = linkAtStart.extend({
  /** 0 for a guess, 1 for many fresh, consistent samples. */
  confidence: numberIn(ranges.share, 'clamped'),
  samples: numberIn(ranges.count, 'clamped'),
});
export type LinkEstimate = z.infer<typeof linkEstimate>;

const measuredMs = numberIn(ranges.durationMs, 'clamped');

/** The stages of a frame, in ms of work or waiting; they may overlap, so their sum may exceed the total. */
export const stageTimes = z.object({
  deviceMs: measuredMs,
  encodeMs: measuredMs,
  uplinkMs: measuredMs,
  queueMs: measuredMs,
  cloudMs: measuredMs,
  downlinkMs: measuredMs,
});
export type StageTimes = z.infer<typeof stageTimes>;
export const stageNames = ['device', 'encode', 'uplink', 'queue', 'cloud', 'downlink'] as const;

/** The same stages and the whole frame, as computed. */
export const prediction = z.object({
  deviceMs: ms,
  encodeMs: ms,
  uplinkMs: ms,
  queueMs: ms,
  cloudMs: ms,
  downlinkMs: ms,
  totalMs: ms,
});
export type Prediction = z.infer<typeof prediction>;
