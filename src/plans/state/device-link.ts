/** The link of one device: the newest estimate, the one planned for, and when the link may lead to a plan again. */
import type { Clock, Timer } from '../../platform/index.js';
import type { LinkEstimate } from '../../wire/index.js';
import { ASSUMED_LINK, aged, hasMoved } from '../pricing/link-estimates.js';

/** Least time between two plans because of the link: an estimate settles, a device applies a plan. */
const LINK_PLAN_GAP_MS = 2000;

/** A link that moved less than this since it was last judged is not judged again. */
const NOTABLE_SHARE = 0.05;

export class DeviceLink {
  private estimate: { readonly link: LinkEstimate; readonly atMs: number } | undefined;
  private judgedLink: LinkEstimate = ASSUMED_LINK;
  private planAtMs = Number.NEGATIVE_INFINITY;
  private linkTimer: Timer | undefined;

  /** The newest estimate with its age now, or what is assumed. */
  at(nowMs: number): LinkEstimate {
    return this.estimate === undefined
      ? ASSUMED_LINK
      : aged(this.estimate.link, nowMs - this.estimate.atMs);
  }

  /** Takes an estimate that was made just now; true when it differs notably from the link judged last. */
  estimated(link: LinkEstimate, nowMs: number): boolean {
    this.estimate = { link, atMs: nowMs };
    return hasMoved(this.judgedLink, link, NOTABLE_SHARE);
  }

  /** Planning was for this link, whether it led to another plan or not. */
  judged(link: LinkEstimate): void {
    this.judgedLink = link;
  }

  ledToPlan(nowMs: number): void {
    this.planAtMs = nowMs;
  }

  /** How long the link must not lead to another plan; 0 or less: it may now. */
  restMs(nowMs: number): number {
    return this.planAtMs + LINK_PLAN_GAP_MS - nowMs;
  }

  /** Runs a task that judges the link later; the first such task of a time stands for all. */
  judgeLater(clock: Clock, inMs: number, judge: () => void): void {
    this.linkTimer ??= clock.after(inMs, () => {
      this.linkTimer = undefined;
      judge();
    });
  }

  cancel(): void {
    this.linkTimer?.cancel();
  }
}
