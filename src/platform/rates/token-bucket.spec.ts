import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

describe('TokenBucket', () => {
  it('grants its burst at once, and its rate later', () => {
    const bucket = new TokenBucket(10, 5, 0);
    expect(bucket.take(5, 0)).toBe(0);
    expect(bucket.take(1, 0)).toBe(100);
    expect(bucket.take(0, 100)).toBe(0);
    expect(bucket.take(3, 100)).toBe(300);
  });

  it('never holds more than its burst', () => {
    const bucket = new TokenBucket(10, 5, 0);
    expect(bucket.waitMs(5, 1e9)).toBe(0);
    expect(bucket.waitMs(6, 1e9)).toBe(100);
  });

  it('grants nothing when the clock goes back', () => {
    const bucket = new TokenBucket(10, 5, 1000);
    bucket.take(5, 1000);
    expect(bucket.waitMs(1, 0)).toBe(100);
  });
});
