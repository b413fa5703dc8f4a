/** A token bucket, given the time by its caller: limits rates of messages, bytes and failed logins. */

export class TokenBucket {
  private tokens: number;
  private atMs: number;

  /** A full bucket of `burst` tokens that gains `perSecond` tokens per second. */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    nowMs: number,
  ) {
    this.tokens = burst;
    this.atMs = nowMs;
  }

  /** Takes tokens, going into debt if needed; returns the ms until the debt is paid, 0 when there is none. */
  take(tokens: number, nowMs: number): number {
    this.refill(nowMs);
    this.tokens -= tokens;
    return this.tokens >= 0 ? 0 : (-this.tokens / this.perSecond) * 1000;
  }

  /** The ms until that many tokens are available, 0 when they are; takes none. */
  waitMs(tokens: number, nowMs: number): number {
    this.refill(nowMs);
    return this.tokens >= tokens ? 0 : ((tokens - this.tokens) / this.perSecond) * 1000;
  }

  private refill(nowMs: number): void {
    const gained = (Math.max(0, nowMs - this.atMs) / 1000) * this.perSecond;
    this.tokens = Math.min(this.burst, this.tokens + gained);
    this.atMs = nowMs;
  }
}
