import { describe, expect, it } from 'vitest';
import { ArrivalRate } from './arrival-rate.js';

/** Arrivals with these gaps, the first at 0, and the time of the last. */
function arrived(gapsMs: readonly number[]): { rate: ArrivalRate; atMs: number } {
  const rate = new ArrivalRate();
  let atMs = 0;
  rate.note(atMs);
  for (const gapMs of gapsMs) {
    atMs += gapMs;
    rate.note(atMs);
  }
  return { rate, atMs };
}

function after(...gapsMs: number[]): number | undefined {
  const { rate, atMs } = arrived(gapsMs);
  return rate.intervalAt(atMs);
}
const times = (count: number, ...gapsMs: number[]): number[] =>
  Array.from({ length: count }, () => gapsMs).flat();

describe('ArrivalRate', () => {
  it('is unknown before a few frames have come', () => {
    expect(new ArrivalRate().intervalAt(0)).toBeUndefined();
    expect(after()).toBeUndefined();
    expect(after(...times(15, 100))).toBeUndefined();
    expect(after(2000, 2000)).toBeUndefined();
  });

  it('is the mean gap, after 2 s of a slow source or 16 gaps of a quick one', () => {
    expect(after(...times(3, 1000))).toBe(1000);
    expect(after(...times(16, 33))).toBeCloseTo(33);
    expect(after(...times(4, 500))).toBe(500);
  });

  it('is right for pictures that come in twos', () => {
    expect(after(...times(16, 0, 200))).toBeCloseTo(100);
  });

  it('follows a source that becomes quicker within 32 gaps', () => {
    expect(after(...times(40, 1000), ...times(32, 50))).toBeCloseTo(50);
  });

  it('forgets what came before a pause, but not a source that is slow', () => {
    expect(after(...times(20, 50), 60_000)).toBeUndefined();
    expect(after(...times(20, 50), 60_000, ...times(16, 40))).toBeCloseTo(40);
    expect(after(...times(3, 60_000))).toBe(60_000);
    expect(after(...times(10, 60_000), 300_000)).toBeGreaterThan(60_000);
  });

  it('is unknown below a millisecond and above a day', () => {
    expect(after(...times(40, 0.5))).toBeUndefined();
    expect(after(...times(4, 86_400_001))).toBeUndefined();
    expect(after(...times(4, 86_400_000))).toBe(86_400_000);
  });

  it('has the spread of its gaps, when there are enough of them', () => {
    const spreadOf = (...gapsMs: number[]): number | undefined => {
      const { rate, atMs } = arrived(gapsMs);
      return rate.spreadAt(atMs);
    };
    expect(spreadOf(...times(15, 100))).toBeUndefined();
    expect(spreadOf(...times(3, 1000))).toBeUndefined();
    expect(spreadOf(...times(16, 100))).toBe(0);
    expect(spreadOf(...times(16, 80, 120))).toBeCloseTo(0.2);
    expect(spreadOf(...times(16, 0, 200))).toBeCloseTo(1);
    expect(spreadOf(...times(20, 50), 60_000)).toBeUndefined();
  });

  it('is unknown again when its source has restarted', () => {
    const rate = new ArrivalRate();
    for (let i = 0; i < 20; i++) rate.note(100 * i);
    rate.reset();
    rate.note(2000);
    expect(rate.intervalAt(2000)).toBeUndefined();
  });

  it('is unknown while its source pauses', () => {
    const rate = new ArrivalRate();
    for (let i = 0; i < 20; i++) rate.note(100 * i);
    expect(rate.intervalAt(1900)).toBeCloseTo(100);
    expect(rate.intervalAt(6900)).toBeCloseTo(100);
    expect(rate.intervalAt(6901)).toBeUndefined();
  });
});
