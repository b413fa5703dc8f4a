import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanBudget } from './plan-budget.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * When documents are made for news at some times, in ms: at once, or when their time has come. News that waits is one document. `budget`
 * may have a past.
 */
function documentsFor(newsMs: readonly number[], budget = new PlanBudget()): number[] {
  const made: number[] = [];
  let dueMs: number | undefined;
  const make = (atMs: number): void => {
    budget.ends(atMs);
    budget.issued(atMs);
    made.push(atMs);
  };
  for (const atMs of newsMs) {
    if (dueMs !== undefined && dueMs <= atMs) {
      make(dueMs);
      dueMs = undefined;
    }
    if (dueMs !== undefined) continue;
    const waitMs = budget.waitMs(atMs);
    if (waitMs === 0) make(atMs);
    else {
      budget.waits(atMs);
      dueMs = atMs + waitMs;
    }
  }
  if (dueMs !== undefined) make(dueMs);
  return made;
}

const every = (ms: number, forMs: number, fromMs = 0): number[] =>
  Array.from({ length: Math.ceil(forMs / ms) }, (_, i) => fromMs + i * ms);

/** The most of some times in any window of a length, both ends included. */
const mostIn = (lengthMs: number, timesMs: readonly number[]): number =>
  Math.max(
    0,
    ...timesMs.map(
      (fromMs) => timesMs.filter((ms) => ms >= fromMs && ms - fromMs < lengthMs).length,
    ),
  );

const within = (timesMs: readonly number[], fromMs: number, toMs: number): number =>
  timesMs.filter((ms) => ms >= fromMs && ms < toMs).length;

describe('the budget of a device for plan documents', () => {
  it('gives at most six in any minute, whenever news comes', () => {
    const gapMs = fc.oneof(
      fc.double({ min: 1, max: 3 * SECOND, noNaN: true }),
      fc.double({ min: 1, max: 2 * MINUTE, noNaN: true }),
      fc.double({ min: MINUTE, max: 40 * MINUTE, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(gapMs, { minLength: 1, maxLength: 300 }), (gapsMs) => {
        let atMs = 0;
        const newsMs = gapsMs.map((ms) => (atMs += ms));
        expect(mostIn(MINUTE, documentsFor(newsMs))).toBeLessThanOrEqual(6);
      }),
    );
  });

  it('gives fewer while news comes each second: six in the first minute, then one a minute, then twelve an hour', () => {
    const made = documentsFor(every(SECOND, 5 * HOUR));
    expect(within(made, 0, MINUTE)).toBe(6);
    for (let minute = 1; minute < 300; minute++) {
      expect(within(made, minute * MINUTE, (minute + 1) * MINUTE)).toBeLessThanOrEqual(1);
    }
    for (let hour = 1; hour < 5; hour++) {
      expect(within(made, hour * HOUR, (hour + 1) * HOUR)).toBe(12);
    }
  });

  it.each([1, 17, 61, 150, 299])(
    'gives about twelve an hour to news each %s s, which never ends',
    (s) => {
      const made = documentsFor(every(s * SECOND, 12 * HOUR));
      expect(within(made, 6 * HOUR, 12 * HOUR)).toBeLessThanOrEqual(6 * 13);
    },
  );

  it('makes every change wait for at most five minutes, and those at the start for two seconds', () => {
    const budget = new PlanBudget();
    const [lastMs = 0] = documentsFor(every(SECOND, HOUR), budget).slice(-1);
    expect(budget.waitMs(lastMs)).toBe(5 * MINUTE);
    expect(documentsFor([0, 1, 2 * SECOND + 1])).toEqual([0, 2 * SECOND, 4 * SECOND]);
  });

  it('lets the first change after five quiet minutes pass at once, however busy it was before', () => {
    const budget = new PlanBudget();
    const [lastMs = 0] = documentsFor(every(SECOND, HOUR), budget).slice(-1);
    const atMs = lastMs + 5 * MINUTE;
    expect(documentsFor([atMs], budget)).toEqual([atMs]);
    expect(budget.waitMs(atMs + SECOND)).toBeGreaterThan(MINUTE);
  });

  it('is as new after an hour of quiet', () => {
    const budget = new PlanBudget();
    const [lastMs = 0] = documentsFor(every(SECOND, HOUR), budget).slice(-1);
    const atMs = lastMs + HOUR;
    const made = documentsFor(every(SECOND, MINUTE, atMs), budget);
    expect(within(made, atMs, atMs + MINUTE)).toBe(6);
  });

  it('counts no time as quiet in which a change waits', () => {
    const [busy, quiet] = [new PlanBudget(), new PlanBudget()];
    for (const budget of [busy, quiet]) documentsFor(every(SECOND, 10 * MINUTE), budget);
    busy.waits(15 * MINUTE);
    for (const budget of [busy, quiet]) {
      budget.ends(2 * HOUR);
      budget.issued(2 * HOUR);
    }
    expect(busy.waitMs(2 * HOUR)).toBe(5 * MINUTE);
    expect(quiet.waitMs(2 * HOUR)).toBe(2 * SECOND);
  });
});
