/** The link of one device: the newest estimate, the one planned for, and when news that comes often may lead to a plan again. */
import type { Clock, Timer } from '../../platform/index.js';
import type { LinkEstimate } from '../../wire/index.js';
import { ASSUMED_LINK, aged, hasMoved } from '../pricing/link-estimates.js';
import { BestLink } from '../sites/best-link.js';

/** Least time between two plans because of the link or of block times: estimates settle, a device applies a plan. */
const PLAN_GAP_MS = 2000;

/** Causes that a busy device can have every second. */
export const FREQUENT_CAUSES: ReadonlySet<string> = new Set(['link', 'profile']);

/** A link that moved less than this since it was last judged is not judged again. */
const NOTABLE_SHARE = 0.05;

export class DeviceLink {
  private estimate: { readonly link: LinkEstimate; readonly atMs: number } | undefined;
  private readonly best = new BestLink();
  private judgedLink: LinkEstimate = ASSUMED_LINK;
  private planAtMs = Number.NEGATIVE_INFINITY;
  private readonly timers = new Map<string, Timer>();

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

  ledToPlan(nowMs: number): void {
    this.planAtMs = nowMs;
  }

  /** How long link and block times must not lead to another plan; 0 or less: they may now. */
  restMs(nowMs: number): number {
    return this.planAtMs + PLAN_GAP_MS - nowMs;
  }

  /** Runs a task that judges the device later; the first task of a cause stands for all others of it until then. */
  judgeLater(clock: Clock, inMs: number, cause: string, judge: () => void): void {
    if (this.timers.has(cause)) return;
    const timer = clock.after(inMs, () => {
      this.timers.delete(cause);
      judge();
    });
    this.timers.set(cause, timer);
  }

  cancel(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }
}
