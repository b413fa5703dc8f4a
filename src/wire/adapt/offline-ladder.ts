/**
 * A circuit breaker for the cloud. Down: after several frames in a row without an answer, frames are not sent any more.
 * Up: a later probe was acknowledged, or there is a session and a while has passed (the budget for probes may be spent). A first
 * unanswered frame after that goes down at once (half-open state).
 */
import type { LinkEstimate } from '../fields.js';

/** One unanswered frame may be a lost packet. */
const SILENCES = 2;
/** After this long without a sample, frames are sent again until one is not answered. */
const RETRY_MS = 300_000;

export class OfflineLadder {
  private silences = 0;
  private silentAtMs = Number.NEGATIVE_INFINITY;
  private isDown = false;

  /** The cloud answered a frame. */
  answered(): void {
    this.silences = 0;
  }

  /** A frame was finished locally because no answer arrived in time. */
  silent(atMs: number): void {
    this.silences += 1;
    this.silentAtMs = atMs;
    if (this.silences >= SILENCES) this.isDown = true;
  }

  /** Whether to run frames without the cloud; `link` is the current estimate. Without a session no frame can go unanswered. */
  isAlone(atMs: number, link: LinkEstimate | null, isOnline = true): boolean {
    const isHeardOf = link !== null && atMs - link.ageMs > this.silentAtMs;
    const isTried = isHeardOf || (isOnline && atMs - this.silentAtMs >= RETRY_MS);
    if (!this.isDown || !isTried) return this.isDown;
    this.isDown = false;
    this.silences = SILENCES - 1;
    return false;
  }
}
