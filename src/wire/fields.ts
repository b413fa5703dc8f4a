/** Fields and groups of fields that several payloads of the wire have. */
import { z } from 'zod';

/** The version of a payload's form. */
export const v = z.literal(1);
export const ms = z.number().min(0);
/** No more than the database counts. */
export const version = z.int32().min(1);
export const text = z.string().max(500);
export const deviceId = z.string().regex(/^[a-z0-9-]{1,64}$/, 'is 1–64 of a-z, 0-9 and -');
export const sid = z.string().min(1).max(64);
export const isoTime = z.iso.datetime();
export const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is 64 lower-case hex digits (SHA-256)');
export const frameId = z.string().regex(/^[0-9a-f]{32}$/, 'is 32 lower-case hex digits');

/** The link as the device sees it; seconds per byte, in ms, because averages of the rate mislead. */
export const linkEstimate = z.object({
  uplinkMsPerByte: z.number().positive(),
  rttMs: ms,
  /** Age of the newest sample. */
  ageMs: ms,
  /** 0: a guess; 1: many fresh samples that agree. */
  confidence: z.number().min(0).max(1),
  samples: z.int().min(0),
});
export type LinkEstimate = z.infer<typeof linkEstimate>;

/** Where the time of a frame goes. device … downlink, in ms of work or waiting; they may overlap, so they need not add up to the total. */
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
