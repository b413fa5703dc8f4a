import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/wire/index.js';
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

describe('block times of frames that vary', () => {
  /** Normal values by Box and Muller, as factors. */
  const noisy = (random: () => number, sigma: number): number =>
    Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));

  it.each([
    [0.02, 30],
    [0.1, 300],
    [0.3, 300],
  ])('by %s are reported at most %i times an hour, and do not drift', (sigma, most) => {
    const random = seededRandom(7);
    const times = new BlockTimes([profileOf('a', 10), profileOf('b', 20)]);
    let [reports, drifts] = [0, 0];
    for (let i = 0; i < 3600; i++) {
      if (times.add(frame(10 * noisy(random, sigma), 20 * noisy(random, sigma)))) drifts += 1;
      if (!times.areNews) continue;
      times.report();
      reports += 1;
    }
    expect(drifts).toBe(0);
    expect(reports).toBeLessThanOrEqual(most);
  });

  it('are reported near the truth all the same', () => {
    const random = seededRandom(8);
    const times = new BlockTimes([profileOf('a', 10), profileOf('b', 20)]);
    let reported = [0, 0];
    for (let i = 0; i < 200; i++) {
      times.add(frame(14 * noisy(random, 0.1), 26 * noisy(random, 0.1)));
      if (times.areNews) reported = medians(times);
    }
    expect(reported[0]).toBeGreaterThan(13);
    expect(reported[0]).toBeLessThan(15);
    expect(reported[1]).toBeGreaterThan(24);
    expect(reported[1]).toBeLessThan(28);
  });
});

describe('block times after a profile because of a drift', () => {
  const profiled = () => new BlockTimes([profileOf('a', 10), profileOf('b', 20)], true);
  /** The first of some equal frames that shows a drift, counted from 1. */
  const firstDrift = (times: BlockTimes, factor: number, frames: number): number =>
    Array.from({ length: frames }, () => times.add(frame(10 * factor, 20 * factor))).findIndex(
      (drift) => drift !== undefined,
    ) + 1;

  it('do not drift for what that profile could not explain', () => {
    expect(firstDrift(profiled(), 1.4, 500)).toBe(0);
  });

  it('drift when frames change after that', () => {
    const times = profiled();
    expect(firstDrift(times, 1.4, 20)).toBe(0);
    expect(firstDrift(times, 2.1, 20)).toBeGreaterThan(0);
  });

  it('drift as ever once the profile has explained the frames', () => {
    const times = profiled();
    expect(firstDrift(times, 1, 20)).toBe(0);
    expect(firstDrift(times, 1.4, 20)).toBeGreaterThan(0);
  });
});
