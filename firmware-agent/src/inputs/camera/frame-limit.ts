/** Ends cameras after a number of frames. */
export class FrameLimit {
  private taken = 0;
  private readonly enough = new AbortController();
  /** Aborts when the last frame was taken. */
  readonly signal: AbortSignal = this.enough.signal;

  constructor(private readonly most: number) {}

  get isReached(): boolean {
    return this.taken >= this.most;
  }

  count(): void {
    this.taken += 1;
    if (this.isReached) this.enough.abort();
  }
}
