/** How often the frames of one device come, as it is set to or as it measured, and when a change leads to another plan. */
import { hasPaceChanged } from './frame-pace.js';

/** Number of reports in a row in which a measured interval must differ: one gap between pictures is no other rate. */
const REPORTS = 2;
/** A measured interval counts this long, or this many intervals, after the device reports none. */
const SILENT_MS = 30_000;
const SILENT_INTERVALS = 4;
/** A spread that moved by less counts as the same. */
const NOTABLE_SPREAD = 0.05;

/** What a device reported last. */
interface Measured {
  readonly intervalMs: number;
  readonly atMs: number;
  readonly gapSpread: number | undefined;
}

export class FrameRate {
  private setMs: number | undefined;
  private measured: Measured | undefined;
  private judgedMs: number | undefined;
  private judgedSpread: number | undefined;
  private changedReports = 0;

  /** The interval of frames, measured rather than set; undefined while it is unknown. */
  get intervalMs(): number | undefined {
    return this.measured?.intervalMs ?? this.setMs;
  }

  /** Standard deviation of the gaps between frames, as a share of their mean; undefined while it is unknown. */
  get gapSpread(): number | undefined {
    return this.measured?.gapSpread;
  }

  /**
   * Takes the interval that a device is set to, in a new session; true when that is news. What an earlier session measured
   * holds until this one says otherwise: by this interval, or by a report without one.
   */
  setTo(intervalMs: number | undefined): boolean {
    this.setMs = intervalMs;
    if (intervalMs !== undefined) this.measured = undefined;
    else if (this.measured) this.measured = { ...this.measured, atMs: Number.NEGATIVE_INFINITY };
    return this.isChanged;
  }

  /** The cause of a plan for news of the interval. Agents before the cause `rate` report no interval, and never get it. */
  get cause(): 'source' | 'rate' {
    return this.intervalMs === undefined ? 'source' : 'rate';
  }

  /** True when the spread differs from the one that was last planned for. */
  get isSpreadNews(): boolean {
    return this.gapSpread !== this.judgedSpread;
  }

  /** Takes what a report measured at a time on the monotonic clock, or that it measured nothing; true when that is news. */
  report(intervalMs: number | undefined, atMs: number, gapSpread?: number): boolean {
    if (intervalMs !== undefined) {
      this.measured = { intervalMs, atMs, gapSpread: this.settled(gapSpread) };
    }
    if (intervalMs === undefined && this.isOutdated(atMs)) this.measured = undefined;
    this.changedReports = this.isChanged ? this.changedReports + 1 : 0;
    const isKnown = this.judgedMs !== undefined && this.intervalMs !== undefined;
    return this.changedReports >= (isKnown ? REPORTS : 1);
  }

  /** Planning begins for the interval of now. */
  judged(): void {
    this.judgedMs = this.intervalMs;
    this.judgedSpread = this.gapSpread;
    this.changedReports = 0;
  }

  /** The spread before, where the new one is about the same: few gaps show it. */
  private settled(gapSpread: number | undefined): number | undefined {
    const { gapSpread: before } = this;
    if (before === undefined || gapSpread === undefined) return gapSpread;
    return Math.abs(gapSpread - before) > NOTABLE_SPREAD ? gapSpread : before;
  }

  private get isChanged(): boolean {
    return hasPaceChanged(this.judgedMs, this.intervalMs);
  }

  private isOutdated(atMs: number): boolean {
    if (this.measured === undefined) return false;
    const { intervalMs, atMs: sinceMs } = this.measured;
    return atMs - sinceMs > Math.max(SILENT_MS, SILENT_INTERVALS * intervalMs);
  }
}
