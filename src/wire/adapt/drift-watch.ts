/**
 * Detects that a stage drifts from its prediction: the median of the last frames exceeds a bound, so outliers do not count.
 * The device watches its own stage, the service that of the cloud.
 */
import { medianOf } from './recent-times.js';

/** Frames in the window. */
export const DRIFT_FRAMES = 8;
/** Slower or faster by this factor. */
const BOUND = 1.25;
/** Smaller differences are ignored, whatever their share. */
const MIN_MS = 1;

export class DriftWatch {
  /** Measured over predicted, and the difference in ms; oldest first. */
  private readonly frames: { readonly ratio: number; readonly offMs: number }[] = [];

  /** Restarts, after a change of the prediction. */
  reset(): void {
    this.frames.length = 0;
  }

  /** Adds the stage of one frame; returns the factor of a drift, if there is one. */
  note(measuredMs: number, predictedMs: number): number | undefined {
    if (predictedMs <= 0) return undefined;
    this.frames.push({ ratio: measuredMs / predictedMs, offMs: measuredMs - predictedMs });
    if (this.frames.length > DRIFT_FRAMES) this.frames.shift();
    if (this.frames.length < DRIFT_FRAMES) return undefined;
    const factor = medianOf(this.frames.map(({ ratio }) => ratio)).medianMs;
    const offMs = medianOf(this.frames.map((frame) => frame.offMs)).medianMs;
    const isBeyond = factor > BOUND || factor < 1 / BOUND;
    return isBeyond && Math.abs(offMs) > MIN_MS ? factor : undefined;
  }
}
