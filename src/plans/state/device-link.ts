/** The link of one device: the newest estimate, and the one planned for. */
import type { Clock, Timer } from '../../platform/index.js';
import type { LinkEstimate } from '../../wire/index.js';
import { ASSUMED_LINK, aged, hasMoved } from '../pricing/link-estimates.js';
import { BestLink } from '../sites/best-link.js';

/** A link that moved less than this since it was last judged is not judged again. */
const NOTABLE_SHARE = 0.05;

export class DeviceLink {
  private estimate: { readonly link: LinkEstimate; readonly atMs: number } | undefined;
  private readonly best = new BestLink();
  private judgedLink: LinkEstimate = ASSUMED_LINK;
  private timer: Timer | undefined;

  /** The newest estimate with its age now, or what is assumed. */
  at(nowMs: number): LinkEstimate {
    return this.estimate === undefined
      ? ASSUMED_LINK
      : aged(this.estimate.link, nowMs - this.estimate.atMs);
  }

  /** The quickest estimate of the last minutes, the newest one where none came. `isBusy`: others need the line of the device. */
  bestAt(nowMs: number, isBusy: boolean): LinkEstimate {
    return this.best.at(nowMs, isBusy) ?? this.at(nowMs);
  }

  /** Takes an estimate that was made just now; true when it differs notably from the link judged last. */
  estimated(link: LinkEstimate, nowMs: number): boolean {
    this.estimate = { link, atMs: nowMs };
    this.best.note(link, nowMs);
    return hasMoved(this.judgedLink, link, NOTABLE_SHARE);
  }

  /** Planning was for this link, whether it led to another plan or not. */
  judged(link: LinkEstimate): void {
    this.judgedLink = link;
  }

  /** Runs a task that judges the device later; while one waits, others are dropped. */
  judgeLater(clock: Clock, inMs: number, judge: () => void): void {
    this.timer ??= clock.after(inMs, () => {
      this.timer = undefined;
      judge();
    });
  }

  cancel(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
