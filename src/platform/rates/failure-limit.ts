/** Slows down whoever fails again and again (wrong secret, wrong key): a token bucket per key, in bounded memory. */
import type { Clock } from '../clock.js';
import { KeyedBuckets } from './keyed-buckets.js';

export class FailureLimit {
  private readonly buckets: KeyedBuckets;

  /** Allows `burst` failures at once and `perMinute` later on, for every key by itself. */
  constructor(
    burst: number,
    perMinute: number,
    private readonly clock: Clock,
  ) {
    this.buckets = new KeyedBuckets(perMinute / 60, burst);
  }

  /** The ms until the key may fail again; 0: it may try now. */
  waitMs(key: string): number {
    return this.buckets.waitMs(key, this.clock.monotonicMs());
  }

  /** Counts one failure of the key. */
  recordFailure(key: string): void {
    this.buckets.take(key, this.clock.monotonicMs());
  }
}
