/**
 * When a frame that is out begins to be finished on the device. From then on both sides work on it, and whichever is first
 * answers it: beginning costs the device's work, never the answer.
 *
 * Two reasons. By the estimate of this moment the cloud's answer would come later than the device's own: waiting longer than the
 * own work takes is the ski-rental rule, at most twice as long as knowing the future; it holds for a link that stands still, too,
 * where the next acknowledgement is overdue for so long. And the deadline's last moment: the own work must begin so early that it ends at the deadline.
 *
 * In a stream whose frames take turns between device and cloud the device's work is not for nothing: another frame waits for it.
 * There a frame is out for longer than alone by plan, and only a link that stands still is a reason.
 */

/** A frame that is out, now. */
export interface FrameOut {
  /** Bytes of it that the cloud has not acknowledged, and all before them on the link. */
  readonly unackedBytes: number;
  /** From the last byte until the answer is here, as planned. */
  readonly afterLinkMs: number;
  /** What the device would need from now on to finish the frame. */
  readonly restHereMs: number;
  /** How long the next acknowledgement is overdue. */
  readonly overdueMs: number;
  /** The device has other frames to compute meanwhile. */
  readonly isDeviceTaken: boolean;
}

/** True when the device would be done before the cloud, as far as one can tell. */
export function isSoonerHere(
  { unackedBytes, afterLinkMs, restHereMs, overdueMs, isDeviceTaken }: FrameOut,
  uplinkMsPerByte: number,
): boolean {
  if (unackedBytes === 0) return false;
  if (overdueMs > restHereMs) return true;
  return !isDeviceTaken && unackedBytes * uplinkMsPerByte + afterLinkMs > restHereMs;
}

/** The last moment, from the frame's start, to begin what takes so long if it is to end at the deadline. */
export function lastMomentMs(deadlineMs: number, restMs: number): number {
  return Math.max(0, deadlineMs - restMs);
}

/**
 * The deadline where nobody sets one, for a plan of a predicted latency on a device that would take so long alone: time for
 * the cloud to be three times as slow as predicted, and never so little that the device would always begin beside it.
 */
export function usualDeadlineMs(predictedMs: number, localMs: number): number {
  return Math.max(1000, 3 * predictedMs, predictedMs + localMs);
}
