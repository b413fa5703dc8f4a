import { describe, expect, it } from 'vitest';
import { Backoff, STEADY_MS } from './backoff.js';

describe('Backoff', () => {
  it('doubles the longest pause up to the cap, and draws between nothing and it', () => {
    const longest = new Backoff(100, 1000, () => 1);
    expect([0, 0, 0, 0, 0, 0].map((ms) => longest.pauseMs(ms))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
    expect(new Backoff(100, 1000, () => 0).pauseMs(0)).toBe(0);
  });

  it('starts over only after a session that lasted a minute', () => {
    const backoff = new Backoff(100, 1000, () => 1);
    const pauses = [0, STEADY_MS - 1, STEADY_MS, 0].map((ms) => backoff.pauseMs(ms));
    expect(pauses).toEqual([100, 200, 100, 200]);
  });
});
