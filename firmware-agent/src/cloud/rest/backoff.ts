/** Full jitter: random(0, min(cap, base · 2ⁿ)), so that a thousand devices do not come back in the same second. */

export const BASE_MS = 500;
export const CAP_MS = 30_000;
/** A session that ends sooner counts as one more failure. */
export const STEADY_MS = 60_000;

export class Backoff {
  private failures = 0;

  constructor(
    private readonly baseMs = BASE_MS,
    private readonly capMs = CAP_MS,
    private readonly random: () => number = Math.random,
  ) {}

  /** Notes a failure, or a session that lasted so long, and gives the pause before the next attempt. */
  pauseMs(lastedMs: number): number {
    if (lastedMs >= STEADY_MS) this.failures = 0;
    const maxMs = Math.min(this.capMs, this.baseMs * 2 ** Math.min(this.failures, 30));
    this.failures += 1;
    return this.random() * maxMs;
  }
}
