/** Buckets of local days filled with roll-ups: every minute once, none across the border of a day, in few queries. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rollupLevels } from '../rollups/rollup-levels.js';
import { LocalBuckets } from './bucket-scale.js';
import { portionsOfSpans, spanAt } from './rollup-spans.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse('2026-03-01T00:00:00Z');
const levels = rollupLevels.map(({ ms }) => ms);

describe('buckets of local days', () => {
  it('are filled without a gap, and no roll-up is in two of them', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'Asia/Kathmandu', 'America/Santiago', 'UTC');
    const minutes = fc.integer({ min: 0, max: 60 * 1440 });
    fc.assert(
      fc.property(zones, minutes, minutes, fc.constantFrom(1, 7), (zone, begin, length, width) => {
        const [from, to] = [START + begin * MINUTE, START + (begin + length) * MINUTE];
        const scale = LocalBuckets.of(zone, width * DAY, from, to);
        const spans = scale.spans(from, to, levels);
        let at = from;
        for (const { levelMs, fromMs, toMs } of spans) {
          expect([fromMs, fromMs % levelMs, toMs % levelMs]).toEqual([at, 0, 0]);
          for (; at < toMs; at += levelMs) {
            expect(scale.startOf(at)).toBe(scale.startOf(at + levelMs - 1));
          }
          expect(spanAt(spans, fromMs)).toEqual(spanAt(spans, toMs - 1));
        }
        expect(at).toBe(Math.max(from, to));
        expect(spanAt(spans, at)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('take borders at the nearest roll-up where their own is within one', () => {
    const scale = LocalBuckets.of('Asia/Kolkata', DAY, START, START + 2 * DAY);
    const starts = (levelMs: number) => new Date(scale.on(levelMs).startOf(START)).toISOString();
    expect(starts(MINUTE)).toBe('2026-02-28T18:30:00.000Z');
    expect(starts(HOUR)).toBe('2026-02-28T19:00:00.000Z');
    expect(starts(DAY)).toBe('2026-03-01T00:00:00.000Z');
  });

  it.each([
    ['Europe/Berlin', 1],
    ['Asia/Kolkata', 65],
  ])('of a year in %s are read in at most %i queries', (zone, queries) => {
    const to = START + 365 * DAY;
    const spans = LocalBuckets.of(zone, DAY, START, to).spans(START, to, levels);
    const portions = portionsOfSpans(spans, 1, 500);
    expect(portions.length).toBeLessThanOrEqual(queries);
    expect(portions.flat()).toHaveLength(spans.length);
    for (const portion of portions) {
      expect(new Set(portion.map(({ levelMs }) => levelMs)).size).toBe(1);
      const rows = portion.reduce((sum, one) => sum + (one.toMs - one.fromMs) / one.levelMs, 0);
      expect(portion.length === 1 || rows <= 500).toBe(true);
    }
  });
});
