/**
 * Decides when the device starts to finish a sent frame itself. From then on both sides work on it, and the first result
 * counts: starting costs the device's work, never the result.
 *
 * Two reasons. First, the cloud is estimated to answer later than the device: waiting no longer than the local work takes
 * (the ski-rental rule) costs at most twice the optimum. It also covers a stalled link, by its overdue acknowledgement.
 * Second, the deadline: local work must start early enough to end at the deadline.
 *
 * In a stream of alternating cuts the device has other frames to compute, and a frame is out longer by plan. There only a
 * stalled link is a reason.
 */
import { clamp, ranges } from '../ranges.js';

/** Local work that must end by a deadline is taken to last this many times as long: a late start cannot be made good. */
export const CAUTION = 1.05;

/** The current state of a sent frame. */
export interface FrameOut {
  /** Unacknowledged bytes of the frame, and all before them on the link. */
  readonly unackedBytes: number;
  /** Planned time from the last byte until the answer. */
  readonly afterLinkMs: number;
  /** Time the device needs from now to finish the frame. */
  readonly restHereMs: number;
  /** Time the next acknowledgement is overdue. */
  readonly overdueMs: number;
  /** The device has other frames to compute meanwhile. */
  readonly isDeviceTaken: boolean;
}

/** True when the device is estimated to finish before the cloud. */
export function isSoonerHere(
  { unackedBytes, afterLinkMs, restHereMs, overdueMs, isDeviceTaken }: FrameOut,
  uplinkMsPerByte: number,
): boolean {
  if (unackedBytes === 0) return false;
  if (overdueMs > restHereMs) return true;
  return !isDeviceTaken && unackedBytes * uplinkMsPerByte + afterLinkMs > restHereMs;
}

/**
 * The latest start of local work, from the frame's start, that ends by the deadline. With caution where a setting says the
 * deadline: the usual one only limits waiting.
 */
export function lastMomentMs(deadlineMs: number, restMs: number, isSet = false): number {
  return Math.max(0, deadlineMs - (isSet ? CAUTION : 1) * restMs);
}

/**
 * The default deadline, from the predicted latency of the plan and the time of the device alone. It lets the cloud be three
 * times slower than predicted, and is long enough that the device does not start local work on every frame. The chunk header must hold it.
 */
export function usualDeadlineMs(predictedMs: number, localMs: number): number {
  const wantedMs = Math.max(1000, 3 * predictedMs, predictedMs + localMs);
  return clamp(wantedMs, ranges.deadlineMs);
}
