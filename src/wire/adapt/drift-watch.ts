/**
 * Detects that a stage drifts from its prediction: the median of the last frames exceeds a bound, so outliers do not count. The bound is
 * above what the noise of the frames explains, so that a steady but noisy stage does not drift.
 *
 * The device watches its own stage, the service that of the cloud.
 */
import { medianOf, RecentNoise } from './recent-times.js';

/** Frames in the window. */
export const DRIFT_FRAMES = 8;
/** Slower or faster by this factor. */
const BOUND = 1.25;
/** Smaller differences are ignored, whatever their share. */
const MIN_MS = 1;
/** A drift by more is one, however noisy the stage is. */
const MAX_BOUND = 2;
/**
 * Standard error of the logarithm of measured over predicted, in standard deviations of single frames: of the median of eight frames,
 * and of the prediction, a median of fifteen (1.2533 · √(1/8 + 1/15)).
 */
const RATIO_ERROR = 0.549;
const ERRORS = 4;

export class DriftWatch {
  /** Measured over predicted, and the difference in ms; oldest first. */
  private readonly frames: { readonly ratio: number; readonly offMs: number }[] = [];
  private readonly noise = new RecentNoise();

  /** Restarts, after a change of the prediction. */
  reset(): void {
    this.frames.length = 0;
    this.noise.restart();
  }

  /** Adds the stage of one frame; returns the factor of a drift, if there is one. */
  note(measuredMs: number, predictedMs: number): number | undefined {
    if (predictedMs <= 0) return undefined;
    const ratio = measuredMs / predictedMs;
    this.frames.push({ ratio, offMs: measuredMs - predictedMs });
    this.noise.add(ratio);
    if (this.frames.length > DRIFT_FRAMES) this.frames.shift();
    if (this.frames.length < DRIFT_FRAMES) return undefined;
    const factor = medianOf(this.frames.map((frame) => frame.ratio)).medianMs;
    const offMs = medianOf(this.frames.map((frame) => frame.offMs)).medianMs;
    const isBeyond = factor > this.bound || factor < 1 / this.bound;
    return isBeyond && Math.abs(offMs) > MIN_MS ? factor : undefined;
  }

  /** Unknown noise does not hide a drift. */
  private get bound(): number {
    const { share = 0 } = this.noise;
    return Math.min(MAX_BOUND, Math.max(BOUND, Math.exp(ERRORS * RATIO_ERROR * share)));
  }
}
