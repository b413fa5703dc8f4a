/** The link of a device, as planning sees it: estimates, their age, and what is assumed before there is one. */

import type { Link } from '../../planner/index.js';
import {
  CHUNK_HEADER_BYTES,
  clamp,
  type LinkEstimate,
  RESULT_PACKET_BYTES,
  ranges,
} from '../../wire/index.js';
import { NO_OVERHEADS, type Overheads } from './overheads.js';

/** Assumed until a device reports more, so that it gets a plan at once: 5 Mbps, 50 ms there and back. */
export const ASSUMED_LINK: LinkEstimate = {
  uplinkMsPerByte: 8 / (1000 * 5),
  rttMs: 50,
  ageMs: 0,
  confidence: 0,
  samples: 0,
};

/** MQTT's and TCP's part of a packet, in addition to the chunk's own header. */
export const PACKET_BYTES = 100;
const MIN_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 128 * 1024;
/** A chunk takes about this long, so that a device notices a change of its link in mid-tensor. */
const CHUNK_MS = 20;

/** An estimate some time after it came. */
export function aged(link: LinkEstimate, byMs: number): LinkEstimate {
  return { ...link, ageMs: clamp(link.ageMs + Math.max(0, byMs), ranges.ageMs) };
}

export function mbpsOf({ uplinkMsPerByte }: LinkEstimate): number {
  return 8 / (1000 * uplinkMsPerByte);
}

/**
 * The planner's link. Each tensor costs at least one packet more than its bytes. The planner knows the way back by its bytes
 * alone, so its fixed cost and that of the tail process are given as bytes.
 */
export function plannerLink(
  link: LinkEstimate,
  resultBytes: number,
  overheads: Overheads = NO_OVERHEADS,
): Link {
  const { tensorMs, tailMs, queueMs } = overheads;
  const { downlinkMsPerByte = overheads.downlinkMsPerByte } = link;
  const packetMs = (CHUNK_HEADER_BYTES + PACKET_BYTES) * link.uplinkMsPerByte;
  const returnMs = queueMs + tailMs + downlinkMs(resultBytes, overheads, link);
  return {
    uplinkMbps: mbpsOf(link),
    latencyMs: link.rttMs / 2,
    perTensorMs: packetMs + tensorMs,
    resultBytes: returnMs / downlinkMsPerByte,
    downlinkMbps: 8 / (1000 * downlinkMsPerByte),
  };
}

/**
 * What a result takes on its way, without the latency: by the rate that the device measured, which has all that delays results. Where it
 * measured none, by what frames showed, and before those at 20 Mbps.
 */
export function downlinkMs(
  resultBytes: number,
  { resultMs, downlinkMsPerByte }: Overheads = NO_OVERHEADS,
  link?: Pick<LinkEstimate, 'downlinkMsPerByte'>,
): number {
  if (link?.downlinkMsPerByte !== undefined) {
    return (resultBytes + RESULT_PACKET_BYTES) * link.downlinkMsPerByte;
  }
  return Math.max(0, resultMs + resultBytes * downlinkMsPerByte);
}

/**
 * Bytes of a chunk: two of them on their way must fill the link for one round trip, yet each must pass within a fraction
 * of the keep-alive. Whole KiB, 16–128.
 */
export function chunkBytesFor({ uplinkMsPerByte, rttMs }: LinkEstimate): number {
  const wanted = Math.max(rttMs, CHUNK_MS) / uplinkMsPerByte;
  const bounded = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, wanted));
  return Math.round(bounded / 1024) * 1024;
}

/** True when two estimates differ by more than a share in a rate or the round trip (5 ms and less do not count). */
export function hasMoved(from: LinkEstimate, to: LinkEstimate, share: number): boolean {
  const rate = Math.abs(to.uplinkMsPerByte / from.uplinkMsPerByte - 1);
  const rttMs = Math.abs(to.rttMs - from.rttMs);
  return (
    rate > share || hasDownlinkMoved(from, to, share) || (rttMs > 5 && rttMs > share * from.rttMs)
  );
}

function hasDownlinkMoved(
  { downlinkMsPerByte: from }: LinkEstimate,
  { downlinkMsPerByte: to }: LinkEstimate,
  share: number,
): boolean {
  if (from === undefined || to === undefined) return from !== to;
  return Math.abs(to / from - 1) > share;
}

/** `5.85 Mbps (confidence 0.8, 2 s old)`, for people. */
export function linkText(link: LinkEstimate): string {
  const rate = `${Number(mbpsOf(link).toPrecision(3))} Mbps`;
  if (link.samples === 0) return `${rate} (assumed)`;
  const ageS = Math.round(link.ageMs / 1000);
  const { downlinkMsPerByte: down } = link;
  const back = down === undefined ? '' : `, ${Number((0.008 / down).toPrecision(3))} Mbps down`;
  return `${rate} (confidence ${Number(link.confidence.toFixed(2))}, ${ageS} s old${back})`;
}
