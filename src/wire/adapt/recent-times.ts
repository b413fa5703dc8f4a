/**
 * Median and spread of recent times, for block profiles on both sides. Up to half of the times may be outliers; a lasting
 * change shows when it fills half of the window.
 */

const WINDOW = 15;
/** The initial value counts as this many times, so that the first frames already outweigh it. */
const BELIEF_TIMES = 2;

/** Median, and half the distance between the quartiles; 0 of no times. O(n log n). */
export function medianOf(times: readonly number[]): { medianMs: number; spreadMs: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? 0;
    const high = sorted[Math.ceil(place)] ?? low;
    return low + (high - low) * (place - Math.floor(place));
  };
  return { medianMs: at(0.5), spreadMs: (at(0.75) - at(0.25)) / 2 };
}

export class RecentTimes {
  /** All measured times, including those that left the window. */
  count = 0;
  /** Oldest first. */
  private readonly times: number[];

  /** Without an initial value, the first time is used. */
  constructor(
    belief?: number,
    private readonly window = WINDOW,
  ) {
    this.times = belief === undefined ? [] : Array(BELIEF_TIMES).fill(belief);
  }

  add(ms: number): void {
    this.count += 1;
    this.times.push(ms);
    if (this.times.length > this.window) this.times.shift();
  }

  /** 0 before the first time. */
  get medianMs(): number {
    return medianOf(this.times).medianMs;
  }

  /** Half the distance between the quartiles. */
  get spreadMs(): number {
    return medianOf(this.times).spreadMs;
  }
}
