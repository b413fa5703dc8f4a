/**
 * Down: after frames in a row that the cloud left alone, frames are not sent any more. Up: something that was sent later, a
 * probe, was acknowledged. A cloud that falls silent at once after that is left at once, a circuit breaker's half-open state.
 */
import type { LinkEstimate } from '../fields.js';

/** Silence that one frame meets may be a packet's bad luck. */
const SILENCES = 2;

export class OfflineLadder {
  private silences = 0;
  private silentAtMs = Number.NEGATIVE_INFINITY;
  private isDown = false;

  /** The cloud answered a frame. */
  answered(): void {
    this.silences = 0;
  }

  /** A frame was finished here because no answer had come by a time. */
  silent(atMs: number): void {
    this.silences += 1;
    this.silentAtMs = atMs;
    if (this.silences >= SILENCES) this.isDown = true;
  }

  /** Whether frames are to be run without the cloud; `link` is the estimate of this moment. */
  isAlone(atMs: number, link: LinkEstimate | null): boolean {
    const isHeardOf = link !== null && atMs - link.ageMs > this.silentAtMs;
    if (!this.isDown || !isHeardOf) return this.isDown;
    this.isDown = false;
    this.silences = SILENCES - 1;
    return false;
  }
}
