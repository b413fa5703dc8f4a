import { describe, expect, it } from 'vitest';
import { Openings } from './openings.js';

describe('openings of sessions', () => {
  it('let every frame count that did not wait for one', () => {
    const openings = new Openings();
    expect([0, 5].map((ms) => openings.counts(ms))).toEqual([true, true]);
    openings.ended(10);
    expect([10, 12, 13].map((ms) => openings.counts(ms))).toEqual([true, true, true]);
  });

  it('let one frame count of those that waited for the same one', () => {
    const openings = new Openings();
    for (const endedAtMs of [300, 700]) {
      openings.ended(endedAtMs);
      const counted = [1, 2, 3].map((ms) => openings.counts(endedAtMs - ms));
      expect(counted).toEqual([true, false, false]);
    }
  });
});
