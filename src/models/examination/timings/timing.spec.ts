/** Medians and spreads. */
import { describe, expect, it } from 'vitest';
import { timingOf } from './timing.js';

describe('a timing', () => {
  it('has the median and half the distance of the quartiles', () => {
    expect(timingOf([5, 1, 4, 2, 3])).toEqual({ medianMs: 3, spreadMs: 1, runs: 5 });
    expect(timingOf([4, 2])).toEqual({ medianMs: 3, spreadMs: 0.5, runs: 2 });
    expect(timingOf([7])).toEqual({ medianMs: 7, spreadMs: 0, runs: 1 });
  });

  it('is not moved by one slow run', () => {
    expect(timingOf([2, 2, 2, 2, 900])).toMatchObject({ medianMs: 2, spreadMs: 0 });
  });
});
