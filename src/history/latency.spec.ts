/** Buckets and percentiles against hand-made times. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrameTimes } from './frames.store.js';
import { BucketTimes, distribution } from './latency.js';

const frame = (totalMs: number, more: Partial<FrameTimes> = {}): FrameTimes => ({
  seq: 1,
  startedAtMs: 0,
  outcome: 'cloud',
  measuredMs: [totalMs, 1, 2, 3, 4, 5, 6],
  predictedMs: [totalMs + 1, 1, 2, 3, 4, 5, 6],
  ...more,
});
const range = { from: 'a', to: 'b' };
const pause = async () => undefined;

describe('a distribution', () => {
  it('takes percentiles by nearest rank, so that each is a value that was measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    const expected = { p50: 50, p95: 95, p99: 99, p100: 100, 'p0.1': 1 };
    expect(distribution(values, [50, 95, 99, 100, 0.1])?.percentilesMs).toEqual(expected);
  });

  it('is null without values', () => {
    expect(distribution([], [50])).toBeNull();
  });

  it('has as many values at or below a percentile as it says, and rises with it', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 100, noNaN: true }), (list, p) => {
        const value = distribution(list, [p])?.percentilesMs[`p${p}`] ?? Number.NaN;
        const atOrBelow = list.filter((one) => one <= value).length;
        const below = list.filter((one) => one < value).length;
        expect(atOrBelow).toBeGreaterThanOrEqual((p / 100) * list.length - 1e-9);
        expect(below).toBeLessThan((p / 100) * list.length + 1e-9);
      }),
    );
  });
});

describe('a bucket', () => {
  it('counts every outcome, and times only frames that were answered', async () => {
    const times = new BucketTimes();
    times.add(frame(10));
    times.add(frame(1e6, { outcome: 'failed' }));
    times.add(frame(20, { outcome: 'local-plan' }));
    const bucket = await times.finish(range, [50], pause);
    expect(bucket).toMatchObject({ count: 3, outcomes: { cloud: 1, failed: 1, 'local-plan': 1 } });
    expect(bucket.stages.total.measured).toEqual({
      count: 2,
      meanMs: 15,
      percentilesMs: { p50: 10 },
    });
    expect(bucket.stages.downlink.measured?.percentilesMs).toEqual({ p50: 6 });
  });

  it('shows no prediction where no frame had one', async () => {
    const times = new BucketTimes();
    times.add(frame(10, { predictedMs: [null, null, null, null, null, null, null] }));
    const { stages } = await times.finish(range, [50], pause);
    expect(stages.total.predicted).toBeNull();
    expect(stages.total.measured?.count).toBe(1);
  });
});
