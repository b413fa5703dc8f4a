/**
 * Median, spread and noise of recent times, for block profiles on both sides. Up to half of the times may be outliers; a lasting
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

/** The median distance of two independent values of a normal distribution, in its standard deviations: √2 · 0.6745. */
const NORMAL_DISTANCE = 0.9539;
const NOISE_WINDOW = 64;
/** As many as a drift is judged by, less one. */
const ENOUGH_DISTANCES = 7;
/** A ratio of 0 has no logarithm; beyond this factor all are alike. */
const MAX_FACTOR = 100;

/**
 * How much values vary from one to the next, as a share: the standard deviation of their logarithms. Each is compared with the one
 * before (von Neumann 1941), so that a lasting change counts once; by the median of the distances, so that few outliers count nothing.
 */
export class RecentNoise {
  private readonly distances: number[] = [];
  private before: number | undefined;

  /** Takes the ratio of a time to the expected one; 0 or more. */
  add(ratio: number): void {
    const log = Math.log(Math.min(MAX_FACTOR, Math.max(1 / MAX_FACTOR, ratio)));
    if (this.before !== undefined) this.distances.push(Math.abs(log - this.before));
    if (this.distances.length > NOISE_WINDOW) this.distances.shift();
    this.before = log;
  }

  /** The next value is not compared with the one before: it has another prediction. */
  restart(): void {
    this.before = undefined;
  }

  /** Undefined while too little was seen. */
  get share(): number | undefined {
    if (this.distances.length < ENOUGH_DISTANCES) return undefined;
    return medianOf(this.distances).medianMs / NORMAL_DISTANCE;
  }
}
