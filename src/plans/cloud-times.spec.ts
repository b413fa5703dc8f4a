import { describe, expect, it } from 'vitest';
import { CloudTimes } from './cloud-times.js';

const runs = (a: number, b: number) => [['a', a] as const, ['b', b] as const];

describe('cloud times', () => {
  it('are those of the examination until frames show otherwise, from the third on', () => {
    const cloud = new CloudTimes(new Map(Object.entries({ a: 70, b: 30, c: 5 })));
    const examined = cloud.times;
    const isNews = [1, 2, 3].map(() => cloud.learn(runs(7, 3)));
    expect(isNews).toEqual([false, true, true]);
    expect(Object.fromEntries(cloud.times)).toEqual({ a: 7, b: 3, c: 5 });
    expect(Object.fromEntries(examined)).toEqual({ a: 70, b: 30, c: 5 });
  });

  it('stay the same map while frames differ by no more than noise, with an outlier in five', () => {
    const cloud = new CloudTimes(new Map(Object.entries({ a: 10, b: 20 })));
    const { times } = cloud;
    for (let i = 0; i < 100; i++) {
      const factor = i % 5 === 4 ? 20 : 1 + 0.01 * Math.sin(i);
      expect(cloud.learn(runs(10 * factor, 20 * factor))).toBe(false);
    }
    expect(cloud.times).toBe(times);
  });

  it('know nothing of blocks that were not examined', () => {
    const cloud = new CloudTimes(new Map([['a', 10]]));
    expect(cloud.learn([['stranger', 5]])).toBe(false);
  });
});
