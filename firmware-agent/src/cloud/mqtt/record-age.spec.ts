import { describe, expect, it } from 'vitest';
import { wireSamples } from '../../../../test/support/mqtt/wire-samples.js';
import type { FinishedFrame } from '../../disk/ledger-entry.js';
import { ageMsOf, earlierOf, UNKNOWN_BOOT } from './record-age.js';

const HOUR_MS = 3_600_000;
const WALL_MS = Date.parse('2026-11-23T12:00:00.000Z');
const now = { boot: 'now', monotonicMs: 10 * HOUR_MS, wallMs: WALL_MS };
const [sample] = wireSamples.record.records;

function finished(boot: string, beganMs: number): FinishedFrame {
  if (sample === undefined) throw new Error('no sample');
  const { ageMs: _, ...record } = { ...sample, at: new Date(beganMs).toISOString() };
  return { record, boot, startedMs: 9 * HOUR_MS };
}

const issuedAt = (atMs: number, digest = sample?.model ?? '') => ({ digest, atMs });

describe('the age of a frame', () => {
  it('is by the monotonic clock under the same start of the machine, whatever the wall clock shows', () => {
    expect(ageMsOf(finished('now', 0), now, issuedAt(WALL_MS))).toBe(HOUR_MS);
  });

  it.each(['before', UNKNOWN_BOOT])('is by the wall clock under another start (%s)', (boot) => {
    const one = finished(boot, WALL_MS - 2 * HOUR_MS);
    expect(ageMsOf(one, now, issuedAt(WALL_MS - 5 * HOUR_MS))).toBe(2 * HOUR_MS);
    expect(ageMsOf(one, now, undefined)).toBe(2 * HOUR_MS);
  });

  it('is unknown, and no year, when the frame seems to have begun before its model was issued', () => {
    const one = finished('before', WALL_MS - 8_000 * HOUR_MS);
    expect(ageMsOf(one, now, issuedAt(WALL_MS - 48 * HOUR_MS))).toBe(sample?.totalMs);
    const ofOther = issuedAt(WALL_MS - 48 * HOUR_MS, 'ef'.repeat(32));
    expect(ageMsOf(one, now, ofOther)).toBe(8_000 * HOUR_MS);
  });

  it('is never less than the frame lasted', () => {
    expect(ageMsOf(finished('before', WALL_MS + HOUR_MS), now, undefined)).toBe(sample?.totalMs);
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
