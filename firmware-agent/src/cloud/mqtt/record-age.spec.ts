import { describe, expect, it } from 'vitest';
import { wireSamples } from '../../../../test/support/mqtt/wire-samples.js';
import type { FinishedFrame } from '../../disk/ledger-entry.js';
import { ageOf, earlierOf, UNKNOWN_BOOT } from './record-age.js';

const HOUR_MS = 3_600_000;
const WALL_MS = Date.parse('2026-11-23T12:00:00.000Z');
const now = {
  ...{ boot: 'now', monotonicMs: 10 * HOUR_MS, suspendedMs: 0, wallMs: WALL_MS },
  state: 'assumed' as const,
};
const [sample] = wireSamples.record.records;

function finished(boot: string, beganMs: number, more: Partial<FinishedFrame> = {}): FinishedFrame {
  if (sample === undefined) throw new Error('no sample');
  const { ageMs: _, boot: _boot, clock: _clock, ...record } = sample;
  const at = new Date(beganMs).toISOString();
  return { record: { ...record, at }, boot, startedMs: 9 * HOUR_MS, ...more };
}

const issuedAt = (atMs: number, digest = sample?.model ?? '') => ({ digest, atMs });
const dating = (issued?: ReturnType<typeof issuedAt>, epochMs?: number) => ({
  ...{ issued, epochMsOf: () => epochMs },
});

describe('the age of a frame', () => {
  it('is by the monotonic clock under the same start of the machine, whatever the wall clock shows', () => {
    const one = finished('now', 0, { clock: 'unset' });
    expect(ageOf(one, now, dating(issuedAt(WALL_MS)))).toEqual({ ageMs: HOUR_MS });
    const unset = { ...now, wallMs: 0, state: 'unset' as const };
    expect(ageOf(one, unset, dating())).toEqual({ ageMs: HOUR_MS });
  });

  it('counts the time in suspend, in which the monotonic clock stands still', () => {
    const one = finished('now', 0, { suspendedMs: HOUR_MS });
    const woken = { ...now, suspendedMs: 4 * HOUR_MS };
    expect(ageOf(one, woken, dating())).toEqual({ ageMs: 4 * HOUR_MS });
  });

  it.each(['before', UNKNOWN_BOOT])('is by the wall clock under another start (%s)', (boot) => {
    const one = finished(boot, WALL_MS - 20 * HOUR_MS);
    const known = { ageMs: 20 * HOUR_MS };
    expect(ageOf(one, now, dating(issuedAt(WALL_MS - 25 * HOUR_MS)))).toEqual(known);
    expect(ageOf(one, now, dating())).toEqual(known);
  });

  it('is by the time that was set later in its start, not by the clock that it ran under', () => {
    const one = finished('before', 0, { clock: 'unset' });
    // Its start was 40 hours ago, and it began nine hours later.
    expect(ageOf(one, now, dating(undefined, WALL_MS - 40 * HOUR_MS))).toEqual({
      ageMs: 31 * HOUR_MS,
    });
  });

  it.each([
    ['its clock was not set', { clock: 'unset' as const }, {}, 20],
    [
      'the clock is not set now',
      { clock: 'synchronised' as const },
      { state: 'unset' as const },
      20,
    ],
    ['the wall clock says that it began during this start', {}, {}, 2],
    ['it began in the future', {}, {}, -30],
    ['it is older than any frame can be', {}, {}, 24 * 400],
  ])('is unknown, and at least that of this start, when %s', (_, more, clocks, agoHours) => {
    const one = finished('before', WALL_MS - agoHours * HOUR_MS, more);
    const age = ageOf(one, { ...now, ...clocks }, dating());
    expect(age).toEqual({ ageMs: 10 * HOUR_MS, isAgeKnown: false });
  });

  it('is unknown, and no year, when the frame seems to have begun before its model was issued', () => {
    const one = finished('before', WALL_MS - 8_000 * HOUR_MS);
    const unknown = { ageMs: 10 * HOUR_MS, isAgeKnown: false };
    expect(ageOf(one, now, dating(issuedAt(WALL_MS - 48 * HOUR_MS)))).toEqual(unknown);
    const ofOther = issuedAt(WALL_MS - 48 * HOUR_MS, 'ef'.repeat(32));
    expect(ageOf(one, now, dating(ofOther))).toEqual({ ageMs: 8_000 * HOUR_MS });
  });

  it('has no bound by this start where its own start has no name', () => {
    const one = finished(UNKNOWN_BOOT, WALL_MS + HOUR_MS);
    expect(ageOf(one, now, dating())).toEqual({ ageMs: sample?.totalMs, isAgeKnown: false });
  });
});

describe('the issue that counts', () => {
  it('is the first of a model, and the newest model', () => {
    const [first, again, other] = [issuedAt(1), issuedAt(2), issuedAt(3, 'ef'.repeat(32))];
    expect(earlierOf(undefined, first)).toBe(first);
    expect(earlierOf(first, again)).toBe(first);
    expect(earlierOf(first, other)).toBe(other);
  });
});
