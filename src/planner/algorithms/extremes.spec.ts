import { describe, expect, it } from 'vitest';
import { greatest, least } from './extremes.js';

describe('the extremes of values', () => {
  it('are found among more values than a call takes arguments', () => {
    const values = Array.from({ length: 500_000 }, (_, i) => (i * 7919) % 500_009);
    expect(greatest(values)).toBe(values.toSorted((a, b) => a - b).at(-1));
    expect(least(values)).toBe(0);
  });

  it('are infinite among none', () => {
    expect([greatest([]), least([])]).toEqual([-Infinity, Infinity]);
  });
});
