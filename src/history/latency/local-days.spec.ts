/** Days of time zones against the dates that a formatter shows, minute by minute around changes of clocks. */
import { describe, expect, it } from 'vitest';
import { isTimeZone, LocalDays } from './local-days.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The date that clocks of a zone show, by another way than the code takes: the Swedish form of a date. */
function dateShower(timeZone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return (atMs) => format.format(atMs);
}

describe('the days of a time zone', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['Asia/Kolkata', '2026-03-29', 24],
    ['Asia/Kathmandu', '2026-01-01', 24],
    ['Pacific/Chatham', '2026-04-05', 25],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    // No midnight: clocks go from 00:00 to 01:00.
    ['America/Sao_Paulo', '2018-11-04', 23],
    ['Africa/Cairo', '2026-04-24', 23],
    // Midnight comes twice: clocks go from 00:00 to 23:00, or from 00:01 to 23:01.
    ['America/Sao_Paulo', '2018-02-17', 25],
    ['America/St_Johns', '2010-11-06', 24],
    // A date that was left out.
    ['Pacific/Apia', '2011-12-30', 0],
    ['UTC', '1970-01-01', 24],
  ] as const)('of %s are those its clocks show: %s has %s hours', (zone, date, hours) => {
    const days = new LocalDays(zone);
    const number = Date.parse(date) / DAY;
    expect((days.startOf(number + 1) - days.startOf(number)) / HOUR).toBe(hours);
    const shown = dateShower(zone);
    const from = Date.parse(date) - 36 * HOUR;
    let newest = shown(from);
    for (let at = from; at < from + 4 * DAY; at += MINUTE) {
      // A date that is shown again belongs to the day that has begun.
      if (shown(at) > newest) {
        newest = shown(at);
        expect(days.startOf(Date.parse(newest) / DAY)).toBe(at);
      }
      expect(days.dayOf(at)).toBe(Date.parse(newest) / DAY);
    }
  });

  it('are found at the limits of time', () => {
    const days = new LocalDays('Pacific/Apia');
    expect(days.dayOf(8.64e15 - DAY)).toBe(1e8 - 1);
    expect(days.dayOf(0)).toBe(-1);
  });
});

describe('the name of a time zone', () => {
  it.each([
    'Europe/Berlin',
    'America/Argentina/Buenos_Aires',
    'UTC',
    'Etc/GMT+12',
    'europe/berlin',
  ])('is known: %s', (name) => expect(isTimeZone(name)).toBe(true));

  it.each(['Europe/Berln', '+05:30', 'CEST ', '', 'Mars/Olympus', '../UTC', 'Europe\u0000/Berlin'])(
    'is unknown: “%s”',
    (name) => expect(isTimeZone(name)).toBe(false),
  );
});
