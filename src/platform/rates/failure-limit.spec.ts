import { describe, expect, it } from 'vitest';
import { Clock } from '../clock.js';
import { FailureLimit } from './failure-limit.js';

class HeldClock extends Clock {
  nowMs = 0;
  override monotonicMs(): number {
    return this.nowMs;
  }
}

describe('FailureLimit', () => {
  it('blocks a key that failed too often, for a while, and no other', () => {
    const clock = new HeldClock();
    const limit = new FailureLimit(3, 60, clock);
    for (let i = 0; i < 3; i++) {
      expect(limit.waitMs('a')).toBe(0);
      limit.recordFailure('a');
    }
    expect(limit.waitMs('a')).toBe(1000);
    expect(limit.waitMs('b')).toBe(0);
    clock.nowMs = 1000;
    expect(limit.waitMs('a')).toBe(0);
  });

  it('does not block a key for longer because it keeps trying', () => {
    const limit = new FailureLimit(1, 60, new HeldClock());
    for (let i = 0; i < 100; i++) limit.recordFailure('a');
    expect(limit.waitMs('a')).toBe(1000);
  });

  it('forgets the oldest of ten thousand keys', () => {
    const limit = new FailureLimit(1, 60, new HeldClock());
    for (let i = 0; i <= 10_000; i++) limit.recordFailure(String(i));
    expect(limit.waitMs('0')).toBe(0);
    expect(limit.waitMs('1')).toBe(1000);
  });
});
