/** Placing of frames by what is known of a device's clock, and no further. */
import { describe, expect, it } from 'vitest';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import type { FrameRecord } from '../../wire/index.js';
import type { CloudHalf } from '../frames/cloud-half.js';
import { frameColumns, frameRow } from '../frames/frame-row.js';
import { DeviceClocks } from './device-clocks.js';

const RECEIVED_MS = Date.parse('2026-11-23T12:00:00.000Z');
const YEAR_MS = 365 * 86_400_000;
const STARTED = 2;
const CLOCK_ERROR = Object.keys(frameColumns).indexOf('clockErrorMs');

/** A record whose device's clock is off by some time; it was sent as the frame had this age. */
function record(offMs: number, more: Partial<FrameRecord> = {}): FrameRecord {
  const [sample] = wireSamples.record.records;
  if (sample === undefined) throw new Error('no sample');
  const ageMs = more.ageMs ?? 100;
  const at = new Date(RECEIVED_MS - ageMs + offMs).toISOString();
  return { ...sample, at, ageMs, ...more };
}

function half(endedMs: number): CloudHalf {
  return {
    ...{ arrivedMs: endedMs - 20, completeMs: endedMs - 10, endedMs, endedAs: 'result' },
    ...{ queueMs: 0, runMs: 5 },
  };
}

describe('a frame', () => {
  it('is placed by the receipt and its age when an answer contradicts its clock', () => {
    const sent = record(-YEAR_MS);
    // By the record, the frame ended a year before the cloud answered it.
    const arrival = new DeviceClocks().place('pi', RECEIVED_MS, [
      [sent, half(RECEIVED_MS + 90_000)],
    ]);
    expect(arrival).toEqual({ receivedMs: RECEIVED_MS, delayMs: 0, clockErrorMs: null });
    expect(frameRow('pi', sent, arrival)[STARTED]).toBe(RECEIVED_MS - 100);
  });

  it('is placed by the receipt and its age when its record is old', () => {
    const arrival = new DeviceClocks().place('pi', RECEIVED_MS, [
      [record(0, { ageMs: 60_000 }), undefined],
    ]);
    expect(arrival).toEqual({ receivedMs: RECEIVED_MS, delayMs: 0, clockErrorMs: null });
  });

  it('has no error, is no year old and shows nothing of the clock when its age is unknown', () => {
    const clocks = new DeviceClocks();
    const answered = half(RECEIVED_MS - 40);
    clocks.place('pi', RECEIVED_MS, [[record(0, { totalMs: 80 }), answered]]);
    const undated = record(-YEAR_MS, { ageMs: 90, isAgeKnown: false, clock: 'unset' });
    const next = record(0, { totalMs: 80 });
    const arrival = clocks.place('pi', RECEIVED_MS, [
      [undated, undefined],
      [next, answered],
    ]);
    // The clock that it ran under does not replace what is known of the clock now.
    expect(arrival.clockErrorMs).toBeCloseTo(10, 6);
    const row = frameRow('pi', undated, arrival);
    expect(row[STARTED]).toBeGreaterThan(RECEIVED_MS - 200);
    expect(row[CLOCK_ERROR]).toBeNull();
    expect(frameRow('pi', next, arrival)[CLOCK_ERROR]).toBeCloseTo(10, 6);
  });

  it('has no delay and no error while no answer bounds its clock', () => {
    const clocks = new DeviceClocks();
    clocks.place('pi', RECEIVED_MS, [[record(0), undefined]]);
    const late = clocks.place('pi', RECEIVED_MS + 400, [[record(0), undefined]]);
    expect(late).toMatchObject({ delayMs: 0, clockErrorMs: null });
  });

  it('states the error once messages and answers bound the clock', () => {
    const sent = record(0, { totalMs: 80 });
    const arrival = new DeviceClocks().place('pi', RECEIVED_MS, [[sent, half(RECEIVED_MS - 40)]]);
    expect(arrival.clockErrorMs).toBeCloseTo(10, 6);
    expect(arrival.delayMs).toBeCloseTo(10, 6);
  });
});

describe('frames of a device whose clock is wrong', () => {
  const [UP_MS, DOWN_MS, TOTAL_MS, EVERY_MS] = [20, 10, 80, 1300];

  /** How far each of some frames is placed from its true start, by the clock of the device as a function of the true time. */
  function misplaced(clockOf: (trueMs: number) => number, isAnswered: (n: number) => boolean) {
    const clocks = new DeviceClocks();
    return Array.from({ length: 60 }, (_, n) => {
      const startMs = RECEIVED_MS + n * EVERY_MS;
      const ageMs = 100 + (n % 7) * 10;
      const receivedMs = startMs + ageMs + UP_MS;
      const one = record(0, {
        ...{ at: new Date(clockOf(startMs)).toISOString(), ageMs, totalMs: TOTAL_MS },
        outcome: isAnswered(n) ? 'cloud' : 'local-plan',
      });
      const seen = isAnswered(n) ? half(startMs + TOTAL_MS - DOWN_MS) : undefined;
      const arrival = clocks.place('pi', receivedMs, [[one, seen]]);
      const placedMs = receivedMs - arrival.delayMs - ageMs;
      return { offMs: Math.abs(placedMs - startMs), errorMs: arrival.clockErrorMs };
    });
  }

  const DAY_MS = 86_400_000;
  const set = (byMs: number) => (ms: number) => (ms < RECEIVED_MS + 40_000 ? ms : ms + byMs);
  const clockOf: Record<string, (ms: number) => number> = {
    'three days slow, in whole seconds': (ms) => Math.floor((ms - 3 * DAY_MS) / 1000) * 1000,
    'set back by 2 s': set(-2_000),
    'set back by 20 s': set(-20_000),
    'set forward by 20 s': set(20_000),
    'set back by a year': set(-YEAR_MS),
    'standing still': () => 1000,
  };
  const answered: Record<string, (n: number) => boolean> = {
    'all of them': () => true,
    'none of them': () => false,
    'one in three': (n) => n % 3 === 0,
  };
  const cases = Object.keys(clockOf).flatMap((clock) =>
    Object.keys(answered).map((some) => [clock, some] as const),
  );

  it.each(cases)('are off by a second at most: %s, the cloud answered %s', (clock, some) => {
    const found = misplaced(clockOf[clock] ?? Number, answered[some] ?? Boolean);
    expect(Math.max(...found.map(({ offMs }) => offMs))).toBeLessThanOrEqual(1000 + UP_MS);
  });

  it('are placed within their error where the clock shows milliseconds', () => {
    const found = misplaced(set(-20_000), () => true);
    const known = found.filter(({ errorMs }) => errorMs !== null);
    expect(known.length).toBeGreaterThan(50);
    for (const { offMs, errorMs } of known) expect(offMs).toBeLessThanOrEqual((errorMs ?? 0) + 1);
  });
});
