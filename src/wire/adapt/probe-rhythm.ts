/**
 * When to probe an idle link, and with how large a packet: often while probes find changes, ever less often while they find
 * none. The caller passes the time, so a replay probes like a device.
 */
import type { LinkEstimate } from '../fields.js';

/** Measures the round trip. */
export const TINY_PROBE_BYTES = 16;
/** Size without an estimate; a 3G uplink sends it in an eighth of a second. */
const FIRST_BYTES = 16 * 1024;
/** With an estimate, a packet takes this long: less measures timers, more delays frames. */
const PACKET_MS = 50;
const MIN_BYTES = 8 * 1024;
export const MAX_PROBE_PACKET_BYTES = 60 * 1024;

/** No probe while a sample is younger; doubled by every probe that finds no change. */
const FRESH_MS = { min: 3000, max: 60_000 };
const NEWS_SHARE = 0.25;

export class ProbeRhythm {
  private freshMs = FRESH_MS.min;

  /** Whether the newest sample is old enough for a probe. */
  isDue(estimate: LinkEstimate | null): boolean {
    return estimate === null || estimate.ageMs >= this.freshMs;
  }

  /** Adds the estimates before and after a probe; `isUnsettled`: a few more bytes would help. */
  learn(before: LinkEstimate | null, after: LinkEstimate | null, isUnsettled: boolean): void {
    const isNews = after === null || before === null || isUnsettled || differs(before, after);
    this.freshMs = isNews ? FRESH_MS.min : Math.min(FRESH_MS.max, 2 * this.freshMs);
  }

  /** Allows the next probe soon. */
  quicken(): void {
    this.freshMs = FRESH_MS.min;
  }
}

/** Bytes of the packet of a probe. */
export function probePacketBytes(estimate: LinkEstimate | null): number {
  if (estimate === null) return FIRST_BYTES;
  const bytes = Math.round(PACKET_MS / estimate.uplinkMsPerByte);
  return Math.min(MAX_PROBE_PACKET_BYTES, Math.max(MIN_BYTES, bytes));
}

function differs(before: LinkEstimate, after: LinkEstimate): boolean {
  const ratio = after.uplinkMsPerByte / before.uplinkMsPerByte;
  return ratio > 1 + NEWS_SHARE || ratio < 1 / (1 + NEWS_SHARE);
}
