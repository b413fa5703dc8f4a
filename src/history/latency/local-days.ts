/**
 * The days of a time zone, by the IANA data that Node carries (ECMA-402, `Intl.DateTimeFormat`). A day begins when the clocks there first
 * show its date: at midnight, or where a change of clocks skips midnight, at that change. So it has 23 or 25 hours at such a
 * change, and none where a zone leaves a date out.
 */
import { DAY_MS } from '../rollups/rollup-levels.js';

const SECOND_MS = 1_000;
/** The limits of Date (ECMA-262), less more than any offset. */
const MAX_TIME_MS = 8.64e15 - 2 * DAY_MS;

/** True for the name of a zone or of a link to one, as the IANA lists them, in any case of letters; false for an offset like +05:30. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w+\-/]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export class LocalDays {
  private readonly clock: Intl.DateTimeFormat;
  private readonly offsets = new Map<number, number>();
  private readonly starts = new Map<number, number>();

  /** Throws RangeError for an unknown zone. */
  constructor(timeZone: string) {
    this.clock = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  }

  /** The number of the day that a time (ms since 1970) is in; day 0 is 1970-01-01. */
  dayOf(atMs: number): number {
    let day = Math.floor((atMs + this.offsetAt(atMs)) / DAY_MS);
    // Where clocks are set back across midnight, a date is shown twice.
    while (this.startOf(day) > atMs) day -= 1;
    while (this.startOf(day + 1) <= atMs) day += 1;
    return day;
  }

  /** When a day begins, in ms since 1970. A date that the zone leaves out begins with the next one. */
  startOf(day: number): number {
    const known = this.starts.get(day);
    if (known !== undefined) return known;
    const startMs = this.findStart(day * DAY_MS);
    this.starts.set(day, startMs);
    return startMs;
  }

  private findStart(midnightMs: number): number {
    const offsets = [this.offsetAt(midnightMs - DAY_MS), this.offsetAt(midnightMs + DAY_MS)];
    const [least, most] = [Math.min(...offsets), Math.max(...offsets)];
    for (const offset of [most, least]) {
      if (this.offsetAt(midnightMs - offset) === offset) return midnightMs - offset;
    }
    // Clocks are set forward across midnight: the change is after the one and at or before the other.
    let [before, from] = [midnightMs - most, midnightMs - least];
    while (from - before > 1) {
      const middle = Math.floor((before + from) / 2);
      if (middle + this.offsetAt(middle) >= midnightMs) from = middle;
      else before = middle;
    }
    return from;
  }

  /** By how much clocks there are ahead of UTC, in ms. */
  private offsetAt(atMs: number): number {
    const second = Math.floor(Math.min(Math.max(atMs, -MAX_TIME_MS), MAX_TIME_MS) / SECOND_MS);
    const known = this.offsets.get(second);
    if (known !== undefined) return known;
    const parts = this.clock.formatToParts(second * SECOND_MS);
    const part = (type: Intl.DateTimeFormatPartTypes) =>
      Number(parts.find((one) => one.type === type)?.value);
    const date = [part('year'), part('month') - 1, part('day')] as const;
    const localMs = Date.UTC(...date, part('hour'), part('minute'), part('second'));
    const offset = localMs - second * SECOND_MS;
    this.offsets.set(second, offset);
    return offset;
  }
}
