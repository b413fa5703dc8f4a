/**
 * What a frame under one row of a plan table takes, as a function of link, device and cloud of the moment.
 *
 * The makespan of a fixed schedule is a maximum of sums: convex and piecewise linear in the time per byte. Instead of its
 * kinks, a row carries what they come from: when each upload is ready, its bytes, and the cloud's work that waits for it. The
 * device, the cloud and the replay evaluate the same function; only the link differs: a rate, or a trace.
 */
import { z } from 'zod';
import { ms } from '../fields.js';

export const rowTimes = z.object({
  /** The device's work, with encoding. */
  deviceMs: ms,
  /** When the last output made on the device is there; 0 where the cloud makes all. */
  ownMs: ms,
  /** By the time each is ready. Bytes with everything a tensor costs the link; cloudMs is the work that can begin with it. */
  uploads: z.array(z.object({ readyMs: ms, bytes: z.number().min(0), cloudMs: ms })),
  /** One way to the cloud. */
  latencyMs: ms,
  /** From the end of the cloud's work until the device has the result. */
  returnMs: ms,
});
export type RowTimes = z.infer<typeof rowTimes>;

/** What device and cloud are like now; factors are 1 where they are as profiled. */
export interface Pace {
  readonly slowdown?: number;
  readonly cloudLoad?: number;
  /** What a frame waits in the cloud before its work begins. */
  readonly queueMs?: number;
}

/** When the link is done with bytes that are ready at a time; calls come in order. */
export type Transfer = (readyMs: number, bytes: number) => number;

/** Latency of a frame whose row has it sent over a link. */
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
