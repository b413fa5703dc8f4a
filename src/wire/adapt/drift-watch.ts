/**
 * When what is measured of a stage has left what was predicted: the median of the last frames is beyond a bound, so that a few
 * odd frames mean nothing. The device watches its own stage by it, the service the cloud's.
 */
import { medianOf } from './recent-times.js';

/** Frames that decide. */
export const DRIFT_FRAMES = 8;
/** Slower by this factor, or quicker by it. */
const BOUND = 1.25;
/** Less is no matter, whatever it is of the whole. */
const MIN_MS = 1;

export class DriftWatch {
  /** Measured over predicted, and the difference in ms; oldest first. */
  private readonly frames: { readonly ratio: number; readonly offMs: number }[] = [];

  /** Begins anew: there is another prediction. */
  reset(): void {
    this.frames.length = 0;
  }

  /** Takes one frame's stage; the factor of the drift when there is one, undefined otherwise. */
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
