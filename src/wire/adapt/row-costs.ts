/**
 * What a row of a plan table costs a frame that begins now, over the states the link may be in: its expected latency and the
 * price of its bytes, or how well it keeps a deadline.
 *
 * A deadline is a chance constraint (Charnes and Cooper 1959). Of the rows whose chance of being late is within the risk, the
 * one with the fewest bytes is best. Where no row is within it, the one that is late least often is best.
 */
import type { DeadlineGoal } from '../fields.js';
import type { Scenario } from './link-forecast.js';
import { CAUTION } from './local-finish.js';
import { latencyAt, overloadMs, type Pace, type RowMargins, type RowTimes } from './row-times.js';

/** What rows are chosen for; without a deadline, the least expected latency and price of bytes. */
export interface RowAim {
  readonly deadline?: DeadlineGoal | undefined;
  /** Latency in ms that each KB (1000 bytes) must save; 0 when not given. It does not count where there is a deadline. */
  readonly bytesPrice?: number | undefined;
}

/** What is known of the link, the device and the cloud when a frame begins. */
export interface Outlook {
  readonly scenarios: readonly Scenario[];
  readonly pace: Pace;
  /** The whole frame on the device alone, as profiled; infinite where the table has no such row. */
  readonly localMs: number;
  /** Interval of the frames; absent: one frame at a time. */
  readonly intervalMs?: number;
  /** What device and link keep free of it, for frames that wait by chance; a chance of being late counts that itself. */
  readonly margins?: RowMargins;
}

/** Two chunks of this length show whether a link is slow. */
const CHUNK_BYTES = 32 * 1024;
/** Of rows that are late equally often, the expected latency decides: by this much at most. */
const TIE = 1e-3;

/** Places and weights that stand for a normal variable (Gauss and Hermite, three points). */
const NORMAL: readonly (readonly [number, number])[] = [
  [-Math.sqrt(3), 1 / 6],
  [0, 2 / 3],
  [Math.sqrt(3), 1 / 6],
];

/**
 * Expected latency in ms. A frame whose link turns out slow is finished on the device; frames that come more often than they are
 * served wait.
 */
export function expectedMs(
  times: RowTimes,
  { scenarios, pace, localMs, intervalMs = Number.POSITIVE_INFINITY, margins }: Outlook,
): number {
  return scenarios.reduce((sum, { msPerByte, probability }) => {
    const sentMs = latencyAt(times, msPerByte, pace);
    const frameMs = Math.min(sentMs, finishedHereMs(times, msPerByte, pace, localMs));
    const queueMs = overloadMs(times, msPerByte, intervalMs, pace, margins);
    return sum + probability * (frameMs + queueMs);
  }, 0);
}

/** The chance, from 0 to 1, that a frame ends after the deadline. */
export function chanceLate(
  times: RowTimes,
  { scenarios, pace, localMs, intervalMs = Number.POSITIVE_INFINITY }: Outlook,
  deadlineMs: number,
): number {
  const { slowdown = 1, cloudLoad = 1, spread = 0 } = pace;
  let chance = 0;
  for (const [place, weight] of spread === 0 ? ([[0, 1]] as const) : NORMAL) {
    const factor = Math.max(0, 1 + spread * place);
    const then = { ...pace, slowdown: slowdown * factor, cloudLoad: cloudLoad * factor };
    const isServedHere = then.slowdown * localMs <= intervalMs;
    if (isServedHere && isSavedHere(times, localMs, deadlineMs, then.slowdown)) continue;
    for (const { msPerByte, probability } of scenarios) {
      const queueMs = overloadMs(times, msPerByte, intervalMs, then);
      if (latencyAt(times, msPerByte, then) + queueMs > deadlineMs) chance += weight * probability;
    }
  }
  return chance;
}

/**
 * From 0 to 1 for rows within the risk, by their share of the largest row's bytes; above 1 for the others, by their chance of
 * being late.
 */
export function deadlineCost(
  times: RowTimes,
  outlook: Outlook,
  { deadlineMs, risk }: DeadlineGoal,
  maxBytes: number,
): number {
  const chance = chanceLate(times, outlook, deadlineMs);
  if (chance <= risk) return maxBytes === 0 ? 0 : bytesOf(times) / maxBytes;
  const ms = expectedMs(times, outlook);
  return 1 + chance + (TIE * ms) / (ms + deadlineMs);
}

/** Bytes a frame of a row sends. */
export function bytesOf({ uploads }: RowTimes): number {
  return uploads.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What the bytes of a row cost, in ms, at a price in ms per KB. */
export function priceOfRow(times: RowTimes, msPerKb: number): number {
  return (msPerKb * bytesOf(times)) / 1000;
}

/** When the device finishes a frame whose first chunks showed a slow link. */
function finishedHereMs(
  times: RowTimes,
  msPerByte: number,
  { slowdown = 1 }: Pace,
  localMs: number,
): number {
  const restMs = Math.max(0, localMs - times.deviceMs);
  const noticedMs = Math.min(restMs, 2 * CHUNK_BYTES * msPerByte + 2 * times.latencyMs);
  return slowdown * (times.deviceMs + restMs) + noticedMs;
}

/** Whether the device can wait for the cloud and still finish the frame itself in time, if no other frame needs it. */
function isSavedHere(
  times: RowTimes,
  localMs: number,
  deadlineMs: number,
  slowdown: number,
): boolean {
  if (times.uploads.length === 0) return false;
  const restMs = CAUTION * Math.max(0, localMs - times.deviceMs);
  return slowdown * (times.deviceMs + restMs) <= deadlineMs;
}
