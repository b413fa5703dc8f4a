import { describe, expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.js';

const DAY_MS = 86_400_000;

describe('ByteBudget', () => {
  it('grants at most its bytes per day, and at most one burst at once', () => {
    const budget = new ByteBudget(1_000_000, 25_000, 0);
    let taken = 0;
    for (let atMs = 0; atMs <= DAY_MS; atMs += 30_000)
      taken += budget.take(25_000, atMs) ? 25_000 : 0;
    expect(taken).toBeLessThanOrEqual(1_050_000);
    expect(taken).toBeGreaterThan(900_000);
  });

  it('grants nothing with a budget of zero', () => {
    expect(new ByteBudget(0, 25_000, 0).take(1, DAY_MS)).toBe(false);
  });
});
