/**
 * Whose blocks the device computes: those of one frame at a time. Between two blocks an older frame goes first: one that the
 * cloud left alone is finished here before newer ones get on, and it keeps them waiting for no longer than its own blocks take.
 */
export class DeviceTurns {
  private holder: number | undefined;
  /** By the number of the frame: lower is older. */
  private readonly waiting = new Map<number, () => void>();

  /** Resolves when the device is the frame's. */
  take(frame: number): Promise<void> {
    if (this.holder === undefined) {
      this.holder = frame;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.waiting.set(frame, resolve));
  }

  /** True when a frame older than this one waits. */
  isWantedByOlder(frame: number): boolean {
    return [...this.waiting.keys()].some((other) => other < frame);
  }

  /** Lets older frames that wait go first; to be called by the frame that has the device, between two blocks. */
  async yieldToOlder(frame: number): Promise<void> {
    if (!this.isWantedByOlder(frame)) return;
    const turn = new Promise<void>((resolve) => this.waiting.set(frame, resolve));
    this.release();
    await turn;
  }

  /** Gives the device to the oldest frame that waits. */
  release(): void {
    this.holder = this.waiting.size > 0 ? Math.min(...this.waiting.keys()) : undefined;
    if (this.holder === undefined) return;
    const wake = this.waiting.get(this.holder);
    this.waiting.delete(this.holder);
    wake?.();
  }
}
