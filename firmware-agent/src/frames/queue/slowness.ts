/** How many times longer than predicted the device is busy with a frame: an average over recent frames, and its spread. */

/** Of the newest frame. */
const WEIGHT = 0.3;
/** Until two frames ran: what is not known is not certain. */
const ASSUMED_SPREAD = 0.1;

export class Slowness {
  /** 1 at the profiled speed, and before the first frame. */
  factor = 1;
  /** Of the frames alone: begun at the first, since how the profile errs is no difference between frames. */
  private mean = 0;
  private variance = 0;
  private frames = 0;

  /** Standard deviation of the frames' times as a share of them. */
  get spread(): number {
    const isKnown = this.frames >= 2 && this.mean > 0;
    return isKnown ? Math.sqrt(this.variance) / this.mean : ASSUMED_SPREAD;
  }

  learn(tookMs: number, expectedMs: number): void {
    if (!(expectedMs > 0)) return;
    const ratio = tookMs / expectedMs;
    this.factor += WEIGHT * (ratio - this.factor);
    if (this.frames === 0) this.mean = ratio;
    const distance = ratio - this.mean;
    this.frames += 1;
    this.mean += WEIGHT * distance;
    this.variance = (1 - WEIGHT) * (this.variance + WEIGHT * distance ** 2);
  }
}
