import { describe, expect, it } from 'vitest';
import { FrameRate } from './frame-rate.js';

function judgedAt(intervalMs: number): FrameRate {
  const rate = new FrameRate();
  rate.report(intervalMs, 0);
  rate.judged();
  return rate;
}

describe('FrameRate', () => {
  it('is unknown for a device that reports nothing', () => {
    const rate = new FrameRate();
    expect([rate.setTo(undefined), rate.report(undefined, 0)]).toEqual([false, false]);
    expect(rate.intervalMs).toBeUndefined();
  });

  it('prefers what is measured to what is set', () => {
    const rate = new FrameRate();
    expect(rate.setTo(100)).toBe(true);
    expect(rate.intervalMs).toBe(100);
    rate.report(120, 0);
    expect(rate.intervalMs).toBe(120);
  });

  it('has the spread of the gaps of the newest report, and keeps it while it moves little', () => {
    const rate = new FrameRate();
    rate.report(100, 0, 0.2);
    expect([rate.gapSpread, rate.isSpreadNews]).toEqual([0.2, true]);
    rate.judged();
    rate.report(100, 1, 0.24);
    expect([rate.gapSpread, rate.isSpreadNews]).toEqual([0.2, false]);
    rate.report(100, 2, 0.26);
    expect([rate.gapSpread, rate.isSpreadNews]).toEqual([0.26, true]);
    rate.report(100, 3);
    expect(rate.gapSpread).toBeUndefined();
  });

  it('is news at once when it becomes known', () => {
    expect(new FrameRate().report(1000, 0)).toBe(true);
  });

  it.each([
    ['a quarter more', 1250, false],
    ['more than that', 1251, true],
    ['a fifth less', 800, false],
    ['less than that', 799, true],
  ])('is news at %s only beyond the factor, and in two reports in a row', (_, ms, isNews) => {
    const rate = judgedAt(1000);
    expect(rate.report(ms, 1)).toBe(false);
    expect(rate.report(ms, 2)).toBe(isNews);
  });

  it('is no news when one report alone differs, however often', () => {
    const rate = judgedAt(1000);
    const news = Array.from({ length: 40 }, (_, i) => rate.report(i % 2 === 0 ? 2000 : 1000, i));
    expect(news).not.toContain(true);
  });

  it('stays news until a plan is made for it, and is none after that', () => {
    const rate = judgedAt(1000);
    expect([1, 2, 3].map((atMs) => rate.report(100, atMs))).toEqual([false, true, true]);
    rate.judged();
    expect([4, 5, 6].map((atMs) => rate.report(100, atMs))).toEqual([false, false, false]);
  });

  it('drops what an earlier session measured for the interval that a new one is set to', () => {
    const rate = judgedAt(3_600_000);
    expect(rate.setTo(100)).toBe(true);
    expect(rate.intervalMs).toBe(100);
  });

  it('keeps what an earlier session measured until the first report without it', () => {
    const rate = judgedAt(3_600_000);
    expect(rate.setTo(undefined)).toBe(false);
    expect(rate.intervalMs).toBe(3_600_000);
    expect(rate.report(undefined, 1)).toBe(true);
    expect(rate.intervalMs).toBeUndefined();
  });

  it('outlasts reports without it for 30 s, or four intervals, and is then unknown', () => {
    const fast = judgedAt(100);
    expect(fast.report(undefined, 30_000)).toBe(false);
    expect(fast.intervalMs).toBe(100);
    expect(fast.report(undefined, 30_001)).toBe(true);
    expect(fast.intervalMs).toBeUndefined();
    const slow = judgedAt(60_000);
    slow.report(undefined, 240_000);
    expect(slow.intervalMs).toBe(60_000);
    slow.report(undefined, 240_001);
    expect(slow.intervalMs).toBeUndefined();
  });
});
