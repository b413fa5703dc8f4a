/** Ranges filled with roll-ups: every minute once, and as coarsely as can be. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rollupLevels, spansOf } from './rollup-levels.js';

const MINUTE = 60_000;
const levels = rollupLevels.map(({ ms }) => ms);

describe('the spans of a range', () => {
  it('follow each other without a gap, each on borders of its level', () => {
    const minutes = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(minutes, minutes, (start, length) => {
        const [from, to] = [start * MINUTE, (start + length) * MINUTE];
        const spans = spansOf(from, to, levels);
        let at = from;
        for (const { levelMs, fromMs, toMs } of spans) {
          expect(fromMs).toBe(at);
          expect(fromMs % levelMs).toBe(0);
          expect(toMs % levelMs).toBe(0);
          expect(toMs).toBeGreaterThan(fromMs);
          at = toMs;
        }
        expect(at).toBe(to);
        const rows = spans.reduce((sum, one) => sum + (one.toMs - one.fromMs) / one.levelMs, 0);
        expect(rows).toBeLessThanOrEqual(2 * 59 + 2 * 23 + 8);
      }),
    );
  });

  it('are days in the middle, hours next to them, minutes at the ends', () => {
    const from = Date.parse('2026-01-01T22:58:00Z');
    const to = Date.parse('2026-01-04T01:01:00Z');
    const shown = spansOf(from, to, levels).map(({ levelMs, fromMs, toMs }) => [
      levelMs / MINUTE,
      (toMs - fromMs) / levelMs,
    ]);
    expect(shown).toEqual([
      [1, 2],
      [60, 1],
      [1440, 2],
      [60, 1],
      [1, 1],
    ]);
  });
});
