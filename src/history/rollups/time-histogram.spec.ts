/** Percentiles of histograms against exact ones: skewed data, after merging, after writing and reading. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from './bytes.js';
import { RELATIVE_ERROR, TimeHistogram } from './time-histogram.js';

const PERCENTILES = [0.1, 1, 5, 25, 50, 75, 90, 95, 99, 99.9, 100];

/** In whole numbers alone: percentiles are tenths, and the rank is the first with enough values. */
function exact(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const tenths = Math.round(10 * p);
  const at = sorted.findIndex((_, i) => (i + 1) * 1000 >= tenths * sorted.length);
  return sorted[at] ?? 0;
}

function histogramOf(values: readonly number[]): TimeHistogram {
  const histogram = new TimeHistogram();
  for (const ms of values) histogram.add(ms);
  return histogram;
}

function copyOf(histogram: TimeHistogram): TimeHistogram {
  const to = new ByteWriter();
  histogram.write(to);
  const from = new ByteReader(Buffer.from(to.written()));
  const copy = new TimeHistogram();
  copy.read(from);
  expect(from.isAtEnd).toBe(true);
  return copy;
}

function expectClose(histogram: TimeHistogram, values: readonly number[]): void {
  expect(histogram.count).toBe(values.length);
  const found = histogram.percentilesMs(PERCENTILES);
  for (const [index, p] of PERCENTILES.entries()) {
    const wanted = exact(values, p);
    const error = Math.abs((found[index] ?? Number.NaN) - wanted);
    expect(error).toBeLessThanOrEqual(RELATIVE_ERROR * (1 + 1e-9) * wanted);
  }
}

/** Skewed as latencies are: most are alike, some take ten times as long, a few a thousand times, some nothing. */
const skewed = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: 20, max: 30, noNaN: true }) },
    { weight: 3, arbitrary: fc.double({ min: 0.001, max: 500, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 1e3, max: 1e7, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant(0) },
  ),
  { minLength: 1, maxLength: 400 },
);

describe('a histogram of times', () => {
  it('is within half a percent of the nearest-rank percentile, on skewed data', () => {
    fc.assert(fc.property(skewed, (values) => expectClose(histogramOf(values), values)));
  });

  it('stays so after it was written, read and merged, again and again', () => {
    fc.assert(
      fc.property(fc.array(skewed, { minLength: 1, maxLength: 6 }), (parts) => {
        let all = new TimeHistogram();
        for (const part of parts) {
          const to = new ByteWriter();
          histogramOf(part).write(to);
          all.read(new ByteReader(to.written()));
          all = copyOf(all);
        }
        expectClose(all, parts.flat());
        const sumMs = parts.flat().reduce((sum, ms) => sum + ms, 0);
        expect(all.sumMs).toBeCloseTo(sumMs, 3);
      }),
    );
  });

  it('takes any number a device may send', () => {
    const histogram = histogramOf([0, 1e-300, 1e300, Number.MAX_VALUE, 5]);
    expect(copyOf(histogram).count).toBe(5);
    expect(histogram.percentilesMs([20, 100])[0]).toBe(0);
    expect(histogram.percentilesMs([100])[0]).toBeLessThan(1.1e13);
  });

  it('bounds the sum as it bounds the bins, also where an earlier version wrote more', () => {
    const histogram = histogramOf([1e300, Number.MAX_VALUE, 5]);
    expect(histogram.sumMs).toBe(2e13 + 5);
    histogram.sumMs = Number.POSITIVE_INFINITY;
    expect(copyOf(histogram).sumMs).toBe(3e13);
    histogram.sumMs = -1;
    expect(copyOf(histogram).sumMs).toBe(0);
  });

  it('takes few bytes', () => {
    const to = new ByteWriter();
    histogramOf(Array.from({ length: 10_000 }, (_, i) => 20 + (i % 100) / 10)).write(to);
    expect(to.written().length).toBeLessThan(150);
  });

  it('throws a RangeError where bytes are cut short', () => {
    const to = new ByteWriter();
    histogramOf([1, 2, 3]).write(to);
    const bytes = Buffer.from(to.written());
    for (let length = 0; length < bytes.length; length += 1) {
      const read = () => new TimeHistogram().read(new ByteReader(bytes.subarray(0, length)));
      expect(read).toThrow(RangeError);
    }
  });
});
