import { describe, expect, it } from 'vitest';
import { BlockTimes } from './block-times.js';

const profileOf = (digest: string, medianMs: number) => ({
  ...{ digest, medianMs, spreadMs: 0, runs: 5 },
});
const frame = (a: number, b: number) => [
  { digest: 'a', ms: a },
  { digest: 'b', ms: b },
];
const medians = (times: BlockTimes) => times.report().map(({ medianMs }) => medianMs);

describe('block times', () => {
  it('are the profile until frames are run, and then the median of these', () => {
    const times = new BlockTimes([profileOf('a', 10), profileOf('b', 20), profileOf('c', 30)]);
    expect(times.areNews).toBe(false);
    for (let i = 0; i < 5; i++) times.add(frame(11, 21));
    expect(times.areNews).toBe(true);
    expect(medians(times)).toEqual([11, 21, 30]);
    expect(times.areNews).toBe(false);
  });

  it('are no news while they tremble, with an outlier in five frames', () => {
    const times = new BlockTimes([profileOf('a', 10), profileOf('b', 20)]);
    for (let i = 0; i < 60; i++) {
      const factor = i % 5 === 2 ? 9 : 1 + 0.005 * Math.sin(i);
      expect(times.add(frame(10 * factor, 20 * factor))).toBeUndefined();
      expect(times.areNews).toBe(false);
    }
  });

  it('have drifted once most of the last frames were half as long again, also by small steps', () => {
    const sudden = new BlockTimes([profileOf('a', 10), profileOf('b', 20)]);
    const factors = Array.from({ length: 8 }, () => sudden.add(frame(15, 30)));
    expect(factors.at(-1)).toBeCloseTo(1.5);
    const creeping = new BlockTimes([profileOf('a', 10), profileOf('b', 20)]);
    let factor: number | undefined;
    for (let i = 0; i < 50; i++) {
      factor = creeping.add(frame(10 + i / 10, 20 + i / 5));
      if (creeping.areNews) creeping.report();
    }
    expect(factor).toBeGreaterThan(1.25);
  });
});
