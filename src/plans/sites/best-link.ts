/**
 * The link of a device without the other devices of its site: the quickest estimate of the last minutes.
 *
 * While others send, a device measures what they leave of the line, so an estimate of now is too slow. A slow link makes cuts that
 * send look slow, so others would send less and the estimate would rise. The maximum over a window does not follow that loop. While
 * the line is busy no estimate shows the link itself, so the window is much longer then.
 */
import type { LinkEstimate } from '../../wire/index.js';

/** An estimate counts for one to two of these while the line has room. */
const SPAN_MS = 600_000;
/** While the line is busy, time counts by this share: an estimate counts for half a day to a day. */
const BUSY_PACE = 1 / 72;

export class BestLink {
  private isBusy = false;
  private lastMs: number | undefined;
  /** Age of the newer estimates' window. */
  private windowMs = 0;
  private newer: LinkEstimate | undefined;
  private older: LinkEstimate | undefined;

  /** Takes an estimate that came at a time on the monotonic clock. A guess and a very old one do not count. */
  note(link: LinkEstimate, atMs: number): void {
    if (link.samples === 0 || link.ageMs >= SPAN_MS) return;
    this.turnTo(atMs);
    this.newer = quicker(this.newer, link);
  }

  /** The quickest estimate; undefined when none came within the window. `isBusy`: others need the line from now on. */
  at(nowMs: number, isBusy: boolean): LinkEstimate | undefined {
    this.turnTo(nowMs);
    this.isBusy = isBusy;
    return quicker(this.older, this.newer);
  }

  private turnTo(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - (this.lastMs ?? nowMs));
    this.lastMs = nowMs;
    this.windowMs += passedMs * (this.isBusy ? BUSY_PACE : 1);
    const spans = Math.floor(this.windowMs / SPAN_MS);
    if (spans < 1) return;
    this.older = spans === 1 ? this.newer : undefined;
    this.newer = undefined;
    this.windowMs -= spans * SPAN_MS;
  }
}

function quicker(a: LinkEstimate | undefined, b: LinkEstimate | undefined) {
  if (a === undefined || b === undefined) return a ?? b;
  return b.uplinkMsPerByte < a.uplinkMsPerByte ? b : a;
}
