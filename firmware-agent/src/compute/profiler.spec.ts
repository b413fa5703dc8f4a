import { describe, expect, it } from 'vitest';
import { summarise } from './profiler.js';

describe('summarise', () => {
  it('gives the median and half the distance between the quartiles, whatever the order', () => {
    const summary = summarise('d', [5, 1, 9, 3, 7]);
    expect(summary).toEqual({ digest: 'd', medianMs: 5, spreadMs: 2, runs: 5 });
  });

  it('is hardly moved by one slow run', () => {
    expect(summarise('d', [10, 10, 10, 10, 500]).medianMs).toBe(10);
  });
});
