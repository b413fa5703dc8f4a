/**
 * The latency of a frame under one row of a plan table, as a function of the current link, device and cloud.
 *
 * The makespan of a fixed schedule is a maximum of sums: convex and piecewise linear in the time per byte. Instead of its
 * breakpoints, a row holds their causes: when each upload is ready, its bytes, and the cloud's work that waits for it.
 * Device, cloud and replay evaluate the same function; only the link differs: a rate, or a trace.
 */
import { z } from 'zod';
import { ms } from '../fields.js';
import { numberIn, ranges } from '../ranges.js';

export const rowTimes = z.object({
  /** The device's work, with encoding. */
  deviceMs: ms,
  /** When the last output made on the device is ready; 0 when the cloud makes all. */
  ownMs: ms,
  /** Sorted by ready time. Bytes include all overhead on the link; cloudMs is the work that can begin with the upload. */
  uploads: z.array(z.object({ readyMs: ms, bytes: numberIn(ranges.linkBytes), cloudMs: ms })),
  /** One-way latency to the cloud. */
  latencyMs: ms,
  /** From the end of the cloud's work until the result is on the device. */
  returnMs: ms,
});
export type RowTimes = z.infer<typeof rowTimes>;

/** The current state of device and cloud; factors are 1 at their profiled speed. */
export interface Pace {
  readonly slowdown?: number;
  readonly cloudLoad?: number;
  /** Queueing time of a frame in the cloud. */
  readonly queueMs?: number;
  /** Standard deviation of computing times, as a share of them. Those of device and cloud are assumed to move together. */
  readonly spread?: number;
}

/** When the link has sent bytes that are ready at a time; calls are in order. */
export type Transfer = (readyMs: number, bytes: number) => number;

/** Latency of a frame of a row over a link. */
export function latencyOver(times: RowTimes, transfer: Transfer, pace: Pace = {}): number {
  const { slowdown = 1, cloudLoad = 1, queueMs = 0 } = pace;
  let cloudEndMs = 0;
  for (const { readyMs, bytes, cloudMs } of times.uploads) {
    const hereMs = transfer(readyMs * slowdown, bytes) + times.latencyMs + queueMs;
    cloudEndMs = Math.max(cloudEndMs, hereMs) + cloudMs * cloudLoad;
  }
  const ownMs = times.ownMs * slowdown;
  return times.uploads.length === 0 ? ownMs : Math.max(ownMs, cloudEndMs + times.returnMs);
}

/** Latency over a link of one rate. */
export function latencyAt(times: RowTimes, uplinkMsPerByte: number, pace: Pace = {}): number {
  let freeMs = 0;
  const transfer: Transfer = (readyMs, bytes) => {
    freeMs = Math.max(freeMs, readyMs) + bytes * uplinkMsPerByte;
    return freeMs;
  };
  return latencyOver(times, transfer, pace);
}

/** The share of its time that a machine keeps free because times vary. */
export interface RowMargins {
  readonly device: number;
  readonly uplink: number;
}

/** Of the first 33 frames of an overload, each waits so much longer than the one before: 16 times that on average. */
export const OVERLOADED_FRAMES = 16;

/**
 * Mean wait of the first 33 frames that come more often than the device or the link can serve a row, less its margin; else 0. A
 * margin is for times that vary, so it covers a slowdown that is within it.
 */
export function overloadMs(
  { deviceMs, uploads }: RowTimes,
  uplinkMsPerByte: number,
  intervalMs: number,
  { slowdown = 1 }: Pace = {},
  margins?: RowMargins,
): number {
  const linkMs = uploads.reduce((sum, { bytes }) => sum + bytes * uplinkMsPerByte, 0);
  const { device = 0, uplink = 0 } = margins ?? {};
  const factor = margins ? Math.max(slowdown, 1 / (1 - device)) : slowdown;
  const sustainedMs = Math.max(deviceMs * factor, linkMs / (1 - uplink));
  return OVERLOADED_FRAMES * Math.max(0, sustainedMs - intervalMs);
}
