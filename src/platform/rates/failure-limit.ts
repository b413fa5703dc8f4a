/** Limits repeated failures (wrong secret, wrong key): a token bucket per key, in bounded memory. */
import type { Clock } from '../clock.js';
import { KeyedBuckets } from './keyed-buckets.js';

export class FailureLimit {
  private readonly buckets: KeyedBuckets;

  /** Allows bursts of `burst` failures and `perMinute` sustained, per key. */
  constructor(
    burst: number,
    perMinute: number,
    private readonly clock: Clock,
  ) {
    this.buckets = new KeyedBuckets(perMinute / 60, burst);
  }

  /** The ms until the key may try again; 0 when it may now. */
  waitMs(key: string): number {
    return this.buckets.waitMs(key, this.clock.monotonicMs());
  }

  /** Counts one failure of the key. */
  recordFailure(key: string): void {
    this.buckets.take(key, this.clock.monotonicMs());
  }
}
