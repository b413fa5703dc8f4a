/** When frames that have no answer yet began to come, and were there as a whole: the cloud's half of the ledger. In ms since 1970. */

export interface Times {
  readonly arrivedMs: number;
  /** Null before the last chunk. */
  readonly completeMs: number | null;
}

export class FrameTimes {
  private readonly byDevice = new Map<string, Map<string, Times>>();

  /** A chunk came; only a frame's first counts. */
  arrived(device: string, frame: string, nowMs: number): void {
    const frames = this.byDevice.get(device) ?? new Map<string, Times>();
    this.byDevice.set(device, frames);
    if (!frames.has(frame)) frames.set(frame, { arrivedMs: nowMs, completeMs: null });
  }

  completed(device: string, frame: string, nowMs: number): void {
    const frames = this.byDevice.get(device);
    const times = frames?.get(frame);
    if (times !== undefined) frames?.set(frame, { ...times, completeMs: nowMs });
  }

  /** The times of a frame that ends now; undefined for one that ended before. */
  take(device: string, frame: string): Times | undefined {
    const frames = this.byDevice.get(device);
    const times = frames?.get(frame);
    frames?.delete(frame);
    if (frames?.size === 0) this.byDevice.delete(device);
    return times;
  }

  forget(device: string): void {
    this.byDevice.delete(device);
  }
}
