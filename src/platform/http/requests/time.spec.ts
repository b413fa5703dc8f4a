import { describe, expect, it } from 'vitest';
import { time } from './time.js';

/** 2026-01-31 12:00 UTC, counted by hand: 56 years with 14 leap days, 30 days and half a day. */
const NOON_MS = ((56 * 365 + 14 + 30) * 24 + 12) * 3_600_000;

const textOf = (given: unknown) => {
  const { error, data } = time.safeParse(given);
  return error === undefined ? data : error.issues.map(({ message }) => message).join();
};

describe('a time in a request', () => {
  it.each([
    ['2026-01-31T12:00:00Z', 0],
    ['2026-01-31T12:00:00.250Z', 250],
    ['2026-01-31T12:00Z', 0],
    ['2026-01-31T13:30:00+01:30', 0],
    ['2026-01-31', -12 * 3_600_000],
    [String(NOON_MS), 0],
    [NOON_MS, 0],
    ['1969-12-31T23:59:59Z', -NOON_MS - 1000],
  ])('is read from %s', (given, afterNoonMs) => {
    expect(textOf(given)).toBe(NOON_MS + afterNoonMs);
  });

  it.each([
    [String(NOON_MS / 1000), `looks like seconds; in milliseconds it is ${NOON_MS}`],
    [NOON_MS / 1000, `looks like seconds; in milliseconds it is ${NOON_MS}`],
    [`${NOON_MS / 1000}.5`, `looks like seconds; in milliseconds it is ${NOON_MS + 500}`],
    [`${NOON_MS}000`, `looks like microseconds; in milliseconds it is ${NOON_MS}`],
    [`${NOON_MS}000000`, `looks like nanoseconds; in milliseconds it is ${NOON_MS}`],
    ['0', 'is in milliseconds before the year 2000'],
    ['-5', 'is in milliseconds before the year 2000'],
    ['9'.repeat(30), 'is in milliseconds after the year 9999'],
    ['2026-01-31T12:00:00', 'has no zone; in UTC it is 2026-01-31T12:00:00Z'],
    ['2026-02-30', /^is not a date/],
    ['yesterday', /^is not a date \(2026-01-31\), a time with zone .* or milliseconds/],
    ['', /^is not a date/],
    [null, /^is not a date/],
    [true, /^is not a date/],
    [Number.NaN, /^is not a date/],
  ])('is refused with a hint: %j', (given, hint) => {
    expect(textOf(given)).toEqual(typeof hint === 'string' ? hint : expect.stringMatching(hint));
  });
});
