import { describe, expect, it } from 'vitest';
import { CloudTimes } from './cloud-times.js';

const work = (a: number, b: number) => ({
  blockMs: [['a', a] as const, ['b', b] as const],
  decodings: [],
});

describe('cloud times', () => {
  it('are those of the examination until frames show otherwise, from the third on', () => {
    const cloud = new CloudTimes(new Map(Object.entries({ a: 70, b: 30, c: 5 })), {});
    const examined = cloud.times;
    cloud.learn(work(7, 3));
    expect(cloud.times).toBe(examined);
    for (let i = 0; i < 2; i++) cloud.learn(work(7, 3));
    expect(Object.fromEntries(cloud.times)).toEqual({ a: 7, b: 3, c: 5 });
    expect(Object.fromEntries(examined)).toEqual({ a: 70, b: 30, c: 5 });
  });

  it('stay the same map while frames differ by no more than noise, with an outlier in five', () => {
    const cloud = new CloudTimes(new Map(Object.entries({ a: 10, b: 20 })), {});
    const { times } = cloud;
    for (let i = 0; i < 100; i++) {
      const factor = i % 5 === 4 ? 20 : 1 + 0.01 * Math.sin(i);
      cloud.learn(work(10 * factor, 20 * factor));
    }
    expect(cloud.times).toBe(times);
  });

  it('know nothing of blocks that were not examined', () => {
    const cloud = new CloudTimes(new Map([['a', 10]]), {});
    const { times } = cloud;
    for (let i = 0; i < 9; i++) cloud.learn({ blockMs: [['unknown', 5]], decodings: [] });
    expect(cloud.times).toBe(times);
  });

  it('correct what decoding takes, and learn it where it was never measured', () => {
    const cloud = new CloudTimes(new Map(), { pixels: 1e-6 });
    for (let i = 0; i < 3; i++) {
      const decoding = (encoding: 'pixels' | 'raw', ms: number) => ({ encoding, bytes: 1e5, ms });
      cloud.learn({ blockMs: [], decodings: [decoding('pixels', 2), decoding('raw', 0.3)] });
    }
    expect(cloud.decodeMsPerByte).toEqual({ pixels: 2e-5, raw: 3e-6 });
  });

  it('fade when the cloud was slow and no tail runs any more', () => {
    const cloud = new CloudTimes(new Map([['a', 10]]), {});
    for (let i = 0; i < 20; i++) {
      cloud.learn({ blockMs: [['a', 100]], decodings: [], queueMs: 40 }, 100 * i);
    }
    expect([cloud.times.get('a'), cloud.queueMs]).toEqual([100, 40]);
    cloud.fade(6000);
    expect(cloud.times.get('a')).toBe(100);
    const changes: number[] = [];
    for (let atMs = 6000; atMs < 200_000; atMs += 1000) {
      const before = cloud.times;
      cloud.fade(atMs);
      if (cloud.times !== before) changes.push(atMs);
    }
    expect(cloud.times.get('a') ?? 0).toBeLessThan(15);
    expect(changes[0]).toBeLessThan(10_000);
    const gaps = changes.slice(1).map((atMs, i) => atMs - (changes[i] ?? 0));
    expect(gaps.every((gap, i) => i === 0 || gap >= (gaps[i - 1] ?? 0))).toBe(true);
  });

  it('are kept for a cloud that is not slow', () => {
    const cloud = new CloudTimes(new Map([['a', 10]]), {});
    for (let i = 0; i < 20; i++) cloud.learn({ blockMs: [['a', 12]], decodings: [] }, 100 * i);
    cloud.fade(1e6);
    expect(cloud.times.get('a')).toBe(12);
  });
});
