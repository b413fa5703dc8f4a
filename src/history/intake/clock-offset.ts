/**
 * How far the service's clock is ahead of a device's, from what cannot be otherwise: nothing arrives before it was sent (Cristian,
 * Distributed Computing 3, 1989; Marzullo and Owicki, 1983). A message of the device bounds the offset from above, an answer it had received
 * from below; the truth lies between the closest of both, and half their distance is all the estimate can be wrong by.
 */

/** Clocks drift: what is older than this says little. */
const WINDOW_MS = 60_000;
const MOST_BOUNDS = 64;
/** What a clock may drift in the window, and whole milliseconds hide. */
const SLACK_MS = 5;
/** No message is on its way for longer; the device's clock was set. */
const LONGEST_DELAY_MS = 30_000;

interface Bound {
  readonly offsetMs: number;
  readonly atMs: number;
}

export interface OffsetEstimate {
  /** Service clock less device clock. */
  readonly offsetMs: number;
  /** The truth is no further away. */
  readonly errorMs: number;
}

export class ClockOffset {
  private uppers: Bound[] = [];
  private lowers: Bound[] = [];

  /** What the device sent at `sentMs` on its clock was here at `atMs` on the service's. */
  arrived(sentMs: number, atMs: number): void {
    const offsetMs = atMs - sentMs;
    const isStep = offsetMs < this.lower() - SLACK_MS || offsetMs > this.upper() + LONGEST_DELAY_MS;
    if (isStep) this.forget();
    this.uppers = kept(this.uppers, { offsetMs, atMs });
  }

  /** What the service sent at `sentMs` was with the device at `arrivedMs` on its clock; heard of at `atMs`. */
  received(sentMs: number, arrivedMs: number, atMs: number): void {
    const offsetMs = sentMs - arrivedMs;
    if (offsetMs > this.upper() + SLACK_MS) this.forget();
    // Further from the other bound than two messages travel: the device's time is wrong, and says nothing.
    const upper = this.upper();
    if (Number.isFinite(upper) && upper - offsetMs > 2 * LONGEST_DELAY_MS) return;
    this.lowers = kept(this.lowers, { offsetMs, atMs });
  }

  /** Null while it is bounded from one side at most: then it is unknown. */
  estimate(): OffsetEstimate | null {
    const [upper, lower] = [this.upper(), this.lower()];
    if (!Number.isFinite(upper) || !Number.isFinite(lower)) return null;
    return { offsetMs: (upper + lower) / 2, errorMs: Math.abs(upper - lower) / 2 };
  }

  private upper(): number {
    return Math.min(...this.uppers.map(({ offsetMs }) => offsetMs));
  }

  private lower(): number {
    return Math.max(...this.lowers.map(({ offsetMs }) => offsetMs));
  }

  private forget(): void {
    this.uppers = [];
    this.lowers = [];
  }
}

function kept(bounds: readonly Bound[], newest: Bound): Bound[] {
  return [...bounds, newest]
    .filter(({ atMs }) => newest.atMs - atMs <= WINDOW_MS)
    .slice(-MOST_BOUNDS);
}
