/**
 * A mergeable histogram of times: DDSketch (Masson, Rim, Lee: “DDSketch: a fast and fully-mergeable quantile sketch with
 * relative-error guarantees”, PVLDB 12, 2019), with the mapping of Datadog's library.
 *
 * A percentile is the middle of the bin that holds the nearest-rank value, so it is within RELATIVE_ERROR of that value, however
 * often histograms were merged, written and read. Written, it holds only the bins that are not empty, as differences.
 */
import { DDSketch } from '@datadog/sketches-js';
import { clamp, nearestRank, ranges } from '../../wire/index.js';
import type { ByteReader, ByteWriter } from './bytes.js';

/** What is promised is one percent; half of it leaves room for rounding at the borders of bins. */
export const RELATIVE_ERROR = 0.005;

/** Times below count as none, and those above as this long: a thousandth of a microsecond, and three hundred years. */
const LEAST_MS = 1e-6;
const MOST_MS = ranges.computedMs.max;

const NO_BINS = new Int32Array();
const { mapping } = new DDSketch({ relativeAccuracy: RELATIVE_ERROR });

/** The bin of a time; undefined for one that is as good as none. Takes a logarithm: do it once a value. */
export function binOf(ms: number): number | undefined {
  return ms < LEAST_MS ? undefined : mapping.key(Math.min(ms, MOST_MS));
}

export class TimeHistogram {
  sumMs = 0;
  private zeros = 0;
  private binned = 0;
  /** Frames by bin: few of the thousands of bins have any, so a dense store would cost ten times the time to read and write. */
  private bins: Map<number, number> | undefined;

  get count(): number {
    return this.zeros + this.binned;
  }

  add(ms: number, bin = binOf(ms)): void {
    if (bin === undefined) {
      this.zeros += 1;
      return;
    }
    this.sumMs += Math.min(ms, MOST_MS);
    this.addTo(bin, 1);
  }

  /** Nearest-rank percentiles, 0 < p ≤ 100: each within RELATIVE_ERROR of the ⌈p·n/100⌉-th smallest. 0 without values. */
  percentilesMs(percentiles: readonly number[]): number[] {
    const bins = this.sortedBins();
    return percentiles.map((p) => {
      let rest = nearestRank(p, this.count) - this.zeros;
      if (rest <= 0) return 0;
      const at = bins.find((bin) => {
        rest -= this.bins?.get(bin) ?? 0;
        return rest <= 0;
      });
      return at === undefined ? 0 : mapping.value(at);
    });
  }

  write(to: ByteWriter): void {
    to.whole(this.zeros);
    const bins = this.sortedBins();
    to.whole(bins.length);
    if (bins.length === 0) return;
    to.real(this.sumMs);
    let last = 0;
    for (const bin of bins) {
      to.signed(bin - last);
      to.whole(this.bins?.get(bin) ?? 0);
      last = bin;
    }
  }

  /** Adds what was written. */
  read(from: ByteReader): void {
    this.zeros += from.whole();
    const entries = from.whole();
    if (entries === 0) return;
    const sumMs = from.real();
    const before = this.binned;
    for (let i = 0, bin = 0; i < entries; i += 1) {
      bin += from.signed();
      this.addTo(bin, from.whole());
    }
    // An earlier version added up times beyond the range.
    this.sumMs += clamp(sumMs, { min: 0, max: (this.binned - before) * MOST_MS });
  }

  /** Adds another histogram. */
  merge(other: TimeHistogram): void {
    this.sumMs += other.sumMs;
    this.zeros += other.zeros;
    for (const [bin, count] of other.bins ?? []) this.addTo(bin, count);
  }

  /** Passes over one that was written. */
  static skip(from: ByteReader): void {
    from.whole();
    const entries = from.whole();
    if (entries === 0) return;
    from.real();
    for (let numbers = 2 * entries; numbers > 0; numbers -= 1) from.whole();
  }

  private addTo(bin: number, count: number): void {
    this.bins ??= new Map();
    this.bins.set(bin, (this.bins.get(bin) ?? 0) + count);
    this.binned += count;
  }

  private sortedBins(): Int32Array {
    return this.bins === undefined ? NO_BINS : Int32Array.from(this.bins.keys()).sort();
  }
}
