/**
 * How often the frames of a device come that reports no interval: by the frames it recorded in the last minutes.
 *
 * Unknown is not zero: without any frame, one is expected in the time that was looked at. So the interval of a device that was
 * just seen is short, and grows while no frame comes.
 */
const MINUTE_MS = 60_000;
const MINUTES = 10;
/** Some frames at the first moment are no rate. */
const LEAST_MS = 1_000;

export class FrameCount {
  private sinceMs: number | undefined;
  /** Frames by the minute in which they began, on the monotonic clock; made for the first one, as most devices of a fleet send none. */
  private minutes: Map<number, number> | undefined;

  /** A frame began at a time on the monotonic clock. Those from before the first look do not count: they were kept while the device was away. */
  note(beganAtMs: number, nowMs: number): void {
    this.sinceMs ??= nowMs;
    if (beganAtMs < this.sinceMs || beganAtMs > nowMs) return;
    const minute = Math.floor(beganAtMs / MINUTE_MS);
    this.minutes ??= new Map();
    this.minutes.set(minute, (this.minutes.get(minute) ?? 0) + 1);
    this.forget(nowMs);
  }

  /** The mean interval of the frames of the last ten minutes, in ms. */
  intervalAt(nowMs: number): number {
    this.sinceMs ??= nowMs;
    this.forget(nowMs);
    const fromMs = Math.max(this.sinceMs, firstMinute(nowMs) * MINUTE_MS);
    let frames = 0;
    for (const count of this.minutes?.values() ?? []) frames += count;
    return Math.max(LEAST_MS, nowMs - fromMs) / Math.max(1, frames);
  }

  private forget(nowMs: number): void {
    for (const minute of this.minutes?.keys() ?? []) {
      if (minute < firstMinute(nowMs)) this.minutes?.delete(minute);
    }
  }
}

const firstMinute = (nowMs: number): number => Math.floor(nowMs / MINUTE_MS) - MINUTES + 1;
