/** A token bucket per key (an address, a device, an operator key), in bounded memory. */
import { TokenBucket } from './token-bucket.js';

const MAX_KEYS = 10_000;

export class KeyedBuckets {
  private readonly buckets = new Map<string, TokenBucket>();

  /** Every bucket holds `burst` tokens and gains `perSecond` per second. */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  /** The ms until the key has a token; 0 when it has one. */
  waitMs(key: string, nowMs: number): number {
    return this.buckets.get(key)?.waitMs(1, nowMs) ?? 0;
  }

  /** Takes a token and returns 0; or returns the ms until there is one. */
  take(key: string, nowMs: number): number {
    const bucket = this.buckets.get(key) ?? this.newBucket(key, nowMs);
    const waitMs = bucket.waitMs(1, nowMs);
    if (waitMs === 0) bucket.take(1, nowMs);
    return waitMs;
  }

  /** Drops the oldest key when full, so that a flood of new keys cannot fill the memory. */
  private newBucket(key: string, nowMs: number): TokenBucket {
    const oldest = this.buckets.keys().next();
    if (this.buckets.size >= MAX_KEYS && !oldest.done) this.buckets.delete(oldest.value);
    const bucket = new TokenBucket(this.perSecond, this.burst, nowMs);
    this.buckets.set(key, bucket);
    return bucket;
  }
}
