import { describe, expect, it } from 'vitest';
import { FrameCount } from './frame-count.js';

const MINUTE_MS = 60_000;
const START_MS = 100 * MINUTE_MS;

describe('the interval of frames that report none', () => {
  it('is the mean over the last ten minutes', () => {
    const count = new FrameCount();
    count.intervalAt(START_MS);
    for (let n = 0; n < 1200; n++) count.note(START_MS + n * 500, START_MS + n * 500);
    const endMs = START_MS + 10 * MINUTE_MS - 1;
    expect(count.intervalAt(endMs)).toBeCloseTo(500, 0);
    // The five minutes after that are silent: the frames left are spread over all.
    expect(count.intervalAt(endMs + 5 * MINUTE_MS)).toBeCloseTo(1000, 0);
  });

  it('is that of one frame in the time so far, while none came', () => {
    const count = new FrameCount();
    expect(count.intervalAt(START_MS)).toBe(1000);
    expect(count.intervalAt(START_MS + 90_000)).toBe(90_000);
    const later = count.intervalAt(START_MS + 100 * MINUTE_MS);
    expect(later).toBeGreaterThanOrEqual(9 * MINUTE_MS);
    expect(later).toBeLessThanOrEqual(10 * MINUTE_MS);
  });

  it('does not count frames that were kept while the device was away, nor those of a clock that is wrong', () => {
    const count = new FrameCount();
    count.intervalAt(START_MS);
    for (let n = 0; n < 5000; n++) count.note(START_MS - 1 - n, START_MS + 10);
    for (let n = 0; n < 5000; n++) count.note(START_MS + 9000 + n, START_MS + 10);
    expect(count.intervalAt(START_MS + 30_000)).toBe(30_000);
  });
});
