/** Points in time in requests: one schema for every query field and every field of a body. */
import { z } from 'zod';

const FIRST_MS = Date.UTC(2000, 0, 1);
/** Later years have more than four digits, which PostgreSQL does not parse as Prisma writes them. */
const LAST_MS = Date.UTC(10_000, 0, 1) - 1;
/** What other programs count since 1970, by how many of it make a millisecond. */
const OTHER_UNITS = [
  [1e-3, 'seconds'],
  [1e3, 'microseconds'],
  [1e6, 'nanoseconds'],
] as const;

const EXPECTED =
  'a date (2026-01-31), a time with zone (2026-01-31T12:00:00Z) or milliseconds since 1970';

const isoTimes = z.union([
  z.iso.date(),
  z.iso.datetime({ offset: true }),
  // Without seconds.
  z.iso.datetime({ offset: true, precision: -1 }),
]);

/** Milliseconds since 1970, or why a number is none that is meant. */
function msOfNumber(given: number): number | string {
  if (given >= FIRST_MS && given <= LAST_MS) return Math.trunc(given);
  for (const [perMs, unit] of OTHER_UNITS) {
    const ms = Math.trunc(given / perMs);
    if (ms < FIRST_MS || ms > LAST_MS) continue;
    return `looks like ${unit}; in milliseconds it is ${ms}`;
  }
  return given < FIRST_MS
    ? 'is in milliseconds before the year 2000'
    : 'is in milliseconds after the year 9999';
}

function msOf(given: string | number): number | string {
  if (typeof given === 'number') return msOfNumber(given);
  if (/^[+-]?\d+(\.\d+)?$/.test(given)) return msOfNumber(Number(given));
  // A date is its first moment in UTC.
  if (isoTimes.safeParse(given).success) return Date.parse(given);
  if (isoTimes.safeParse(`${given}Z`).success) return `has no zone; in UTC it is ${given}Z`;
  return `is not ${EXPECTED}`;
}

/**
 * A point in time, as milliseconds since 1970: ISO 8601 (RFC 3339), a date or a time with its zone, or a number of milliseconds.
 * A number before the year 2000 is refused: it is one of another unit.
 */
export const time = z
  .union([z.string(), z.number()], `is not ${EXPECTED}`)
  .transform((given, context) => {
    const ms = msOf(given);
    if (typeof ms === 'number') return ms;
    context.addIssue({ code: 'custom', message: ms });
    return z.NEVER;
  })
  .meta({
    description:
      'ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on',
    example: '2026-01-31T12:00:00Z',
  });
