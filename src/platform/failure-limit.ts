/** Slows down whoever fails again and again (wrong secret, wrong key): a token bucket per key, in bounded memory. */
import type { Clock } from './clock.js';
import { TokenBucket } from './token-bucket.js';

const MAX_KEYS = 10_000;

export class FailureLimit {
  private readonly buckets = new Map<string, TokenBucket>();

  /** Allows `burst` failures at once and `perMinute` later on, for every key by itself. */
  constructor(
    private readonly burst: number,
    private readonly perMinute: number,
    private readonly clock: Clock,
  ) {}

  /** The ms until the key may fail again; 0: it may try now. */
  waitMs(key: string): number {
    return this.buckets.get(key)?.waitMs(1, this.clock.monotonicMs()) ?? 0;
  }

  /** Counts one failure of the key. */
  recordFailure(key: string): void {
    const nowMs = this.clock.monotonicMs();
    const bucket = this.buckets.get(key) ?? this.newBucket(key, nowMs);
    if (bucket.waitMs(1, nowMs) === 0) bucket.take(1, nowMs);
  }

  /** A flood of new keys pushes out the oldest, so that it cannot fill the memory. */
  private newBucket(key: string, nowMs: number): TokenBucket {
    const oldest = this.buckets.keys().next();
    if (this.buckets.size >= MAX_KEYS && !oldest.done) this.buckets.delete(oldest.value);
    const bucket = new TokenBucket(this.perMinute / 60, this.burst, nowMs);
    this.buckets.set(key, bucket);
    return bucket;
  }
}
