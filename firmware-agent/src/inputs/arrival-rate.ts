/** Measures how often frames come that do not wait for the agent, such as pictures of a camera. */
import { frameInterval, ranges } from '../../../src/wire/index.js';

/** Gaps that count: the newest. */
const GAPS = 32;
/** The interval is known after this number of gaps, or after fewer that took some time together. */
const ENOUGH_GAPS = 16;
const MIN_GAPS = 3;
const MIN_SPAN_MS = 2000;
/** A gap that is much longer than the mean is a pause: what came before it says nothing any more. */
const PAUSE_MS = 5000;
const PAUSE_GAPS = 8;

export class ArrivalRate {
  /** When the newest frames came, on the monotonic clock. */
  private arrivalsMs: number[] = [];

  /**
   * The mean gap: pictures may come in twos and threes through a pipe. Undefined while unknown, out of bounds, or in a pause of the
   * source.
   */
  intervalAt(nowMs: number): number | undefined {
    if (this.isPauseUntil(nowMs)) return undefined;
    const gaps = this.arrivalsMs.length - 1;
    const { spanMs } = this;
    const isKnown = gaps >= ENOUGH_GAPS || (gaps >= MIN_GAPS && spanMs >= MIN_SPAN_MS);
    return isKnown ? frameInterval.safeParse(spanMs / gaps).data : undefined;
  }

  /**
   * Standard deviation of the gaps as a share of their mean: 0 for a steady source. Undefined while the interval is unknown, and
   * before enough gaps.
   */
  spreadAt(nowMs: number): number | undefined {
    const meanMs = this.intervalAt(nowMs);
    const gapsMs = this.arrivalsMs.slice(1).map((atMs, i) => atMs - (this.arrivalsMs[i] ?? atMs));
    if (meanMs === undefined || gapsMs.length < ENOUGH_GAPS) return undefined;
    const variance = gapsMs.reduce((sum, ms) => sum + (ms - meanMs) ** 2, 0) / gapsMs.length;
    return Math.min(ranges.intervalSpread.max, Math.sqrt(variance) / meanMs);
  }

  /** A frame came. */
  note(atMs: number): void {
    if (this.isPauseUntil(atMs)) this.reset();
    this.arrivalsMs.push(atMs);
    if (this.arrivalsMs.length > GAPS + 1) this.arrivalsMs.shift();
  }

  /** The source has restarted. */
  reset(): void {
    this.arrivalsMs = [];
  }

  /** Whether the gap since the newest frame is a pause. */
  private isPauseUntil(nowMs: number): boolean {
    const gaps = this.arrivalsMs.length - 1;
    const gapMs = nowMs - (this.arrivalsMs.at(-1) ?? nowMs);
    return gaps > 0 && gapMs > Math.max(PAUSE_MS, (PAUSE_GAPS * this.spanMs) / gaps);
  }

  private get spanMs(): number {
    return (this.arrivalsMs.at(-1) ?? 0) - (this.arrivalsMs[0] ?? 0);
  }
}
