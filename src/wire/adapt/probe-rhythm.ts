/**
 * When the link is timed though nothing is sent, and by how large a packet: quickly while probes find news, ever more seldom
 * while they find none. No clock of its own, so that a replay probes as a device does.
 */
import type { LinkEstimate } from '../fields.js';

/** For the round trip. */
export const TINY_PROBE_BYTES = 16;
/** Without an estimate; a 3G uplink takes it in an eighth of a second. */
const FIRST_BYTES = 16 * 1024;
/** With one, a packet is as large as the link takes in this time: less measures the timers, more delays frames. */
const PACKET_MS = 50;
const MIN_BYTES = 8 * 1024;
/** The largest packet of a probe. */
export const MAX_PROBE_PACKET_BYTES = 60 * 1024;

/** No probe while a sample is younger; doubled by every probe that finds the link as it was. */
const FRESH_MS = { min: 3000, max: 60_000 };
const NEWS_SHARE = 0.25;

export class ProbeRhythm {
  private freshMs = FRESH_MS.min;

  /** Whether the newest sample is old enough for a probe. */
  isDue(estimate: LinkEstimate | null): boolean {
    return estimate === null || estimate.ageMs >= this.freshMs;
  }

  /** Takes what was known before a probe and after it; `isUnsettled`: a few more bytes would tell something. */
  learn(before: LinkEstimate | null, after: LinkEstimate | null, isUnsettled: boolean): void {
    const isNews = after === null || before === null || isUnsettled || differs(before, after);
    this.freshMs = isNews ? FRESH_MS.min : Math.min(FRESH_MS.max, 2 * this.freshMs);
  }

  /** Something else made the link worth a look: the next probe may come soon. */
  quicken(): void {
    this.freshMs = FRESH_MS.min;
  }
}

/** Bytes of a probe's packet. */
export function probePacketBytes(estimate: LinkEstimate | null): number {
  if (estimate === null) return FIRST_BYTES;
  const bytes = Math.round(PACKET_MS / estimate.uplinkMsPerByte);
  return Math.min(MAX_PROBE_PACKET_BYTES, Math.max(MIN_BYTES, bytes));
}

function differs(before: LinkEstimate, after: LinkEstimate): boolean {
  const ratio = after.uplinkMsPerByte / before.uplinkMsPerByte;
  return ratio > 1 + NEWS_SHARE || ratio < 1 / (1 + NEWS_SHARE);
}
