/** How a range of time is cut into buckets: one, equal ones aligned to 1970 in UTC, or the local days of a zone. Times are in ms since 1970. */
import { ceilTo, DAY_MS, floorTo, type RollupSpan, spansOf } from '../rollups/rollup-levels.js';
import { LocalDays } from './local-days.js';

export interface BucketScale {
  /** undefined: one bucket. Local days differ by an hour from it where clocks change. */
  readonly widthMs: number | undefined;
  /** The start of the bucket that a time of the range is in. */
  startOf(atMs: number): number;
  /** The end of the bucket that starts at a time. */
  endOf(startMs: number): number;
  /** The scale with its borders on those of a level of roll-ups. */
  on(levelMs: number): BucketScale;
  /** The fewest roll-ups of some levels (finest first) that fill a range, none of them across a border. */
  spans(fromMs: number, toMs: number, levels: readonly number[]): RollupSpan[];
}

export class OneBucket implements BucketScale {
  readonly widthMs = undefined;

  constructor(
    private readonly fromMs: number,
    private readonly toMs: number,
  ) {}

  startOf(): number {
    return this.fromMs;
  }

  endOf(): number {
    return this.toMs;
  }

  /** The range is widened. */
  on(levelMs: number): OneBucket {
    return new OneBucket(floorTo(this.fromMs, levelMs), ceilTo(this.toMs, levelMs));
  }

  spans(fromMs: number, toMs: number, levels: readonly number[]): RollupSpan[] {
    return spansOf(fromMs, toMs, levels);
  }
}

export class EqualBuckets implements BucketScale {
  constructor(readonly widthMs: number) {}

  startOf(atMs: number): number {
    return floorTo(atMs, this.widthMs);
  }

  endOf(startMs: number): number {
    return startMs + this.widthMs;
  }

  /** Buckets are widened. */
  on(levelMs: number): EqualBuckets {
    return new EqualBuckets(ceilTo(this.widthMs, levelMs));
  }

  spans(fromMs: number, toMs: number, levels: readonly number[]): RollupSpan[] {
    const usable = levels.filter((ms) => this.widthMs % ms === 0);
    return spansOf(fromMs, toMs, usable);
  }
}

/** Buckets of some days of a zone each; of several, they are counted from 1970-01-01. */
export class LocalBuckets implements BucketScale {
  private constructor(
    readonly widthMs: number,
    /** Rising; the first is at or before the range, the last at or behind its end. */
    private readonly borders: readonly number[],
  ) {}

  /** The width is a number of whole days. Takes some 10 µs a bucket. */
  static of(timeZone: string, widthMs: number, fromMs: number, toMs: number): LocalBuckets {
    const days = new LocalDays(timeZone);
    const width = widthMs / DAY_MS;
    const borders = new Set<number>();
    // One more at either end: borders move by up to half a roll-up.
    const first = Math.floor(days.dayOf(fromMs) / width) - 1;
    const last = Math.floor(days.dayOf(toMs) / width) + 2;
    for (let at = first; at <= last; at += 1) borders.add(days.startOf(at * width));
    return new LocalBuckets(widthMs, [...borders]);
  }

  startOf(atMs: number): number {
    return this.borders[this.indexOf(atMs)] ?? atMs;
  }

  endOf(startMs: number): number {
    return this.borders[this.indexOf(startMs) + 1] ?? startMs;
  }

  /** Borders move to the nearest ones of the level, where they are between two of them. */
  on(levelMs: number): LocalBuckets {
    const moved = this.borders.map((ms) => Math.round(ms / levelMs) * levelMs);
    return new LocalBuckets(this.widthMs, [...new Set(moved)]);
  }

  spans(fromMs: number, toMs: number, levels: readonly number[]): RollupSpan[] {
    const joined: RollupSpan[] = [];
    for (let at = fromMs; at < toMs; ) {
      const endMs = Math.min(toMs, this.endOf(at));
      for (const span of spansOf(at, endMs, levels)) {
        const before = joined.at(-1);
        if (before?.levelMs !== span.levelMs) joined.push(span);
        else joined[joined.length - 1] = { ...before, toMs: span.toMs };
      }
      at = endMs;
    }
    return joined;
  }

  /** The last border at or before a time. */
  private indexOf(atMs: number): number {
    let [low, high] = [0, this.borders.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.borders[middle] ?? Number.POSITIVE_INFINITY) <= atMs) low = middle;
      else high = middle;
    }
    return low;
  }
}
