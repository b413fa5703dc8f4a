/** How many times longer than predicted the device is busy with a frame: an average over recent frames, and its spread. */

/** Of the newest frame. */
const WEIGHT = 0.3;
/** Until two frames ran: what is not known is not certain. */
const ASSUMED_SPREAD = 0.1;

export class Slowness {
  /** 1 at the profiled speed, and before the first frame. */
  factor = 1;
  private variance = 0;
  private frames = 0;

  /** Standard deviation of the factor as a share of it. */
  get spread(): number {
    return this.frames < 2 ? ASSUMED_SPREAD : Math.sqrt(this.variance) / this.factor;
  }

  learn(tookMs: number, expectedMs: number): void {
    if (!(expectedMs > 0)) return;
    const distance = tookMs / expectedMs - this.factor;
    this.frames += 1;
    this.factor += WEIGHT * distance;
    // The first distance says how the profile errs, not how frames differ.
    if (this.frames > 1) this.variance = (1 - WEIGHT) * (this.variance + WEIGHT * distance ** 2);
  }
}
