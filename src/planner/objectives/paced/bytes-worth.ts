/**
 * What bytes buy: slopes of the lower convex hull of latency over bytes, at a given plan.
 *
 * The hull is found point by point: the price of the line through two known points asks for a plan
 * below it (Eisner and Severance 1976). Bounded; each question is one search for a cut.
 */

import type { BytesAnswer } from '../../problem/problem.js';

/** A plan's bytes and latency. */
export interface BytesPoint {
  readonly bytes: number;
  readonly latencyMs: number;
}

/** The plan of least latency at a price in ms a byte; undefined where none fits. */
export type AtPrice = (msPerByte: number) => BytesPoint | undefined;

const ROUNDS = 16;
const SAME = 1e-9;
/** A price at which bytes are all that counts, in ms a byte. */
const PROHIBITIVE = 1e6;
const MEGABYTE = 1e6;

/** Slopes on both sides of a plan: `within` all limits, and `beyond` the maximum of bytes. */
export function bytesWorth(
  plan: BytesPoint,
  within: AtPrice,
  beyond: AtPrice,
): Pick<BytesAnswer, 'savedMsPerMegabyte' | 'furtherMsPerMegabyte'> {
  return {
    savedMsPerMegabyte: slopeTo(plan, within, within(PROHIBITIVE), -1),
    furtherMsPerMegabyte: slopeTo(plan, beyond, beyond(0), 1),
  };
}

/** The slope to the hull's next point on one side: less bytes (-1) or more (1). */
function slopeTo(
  plan: BytesPoint,
  at: AtPrice,
  end: BytesPoint | undefined,
  side: 1 | -1,
): number | null {
  const isOnSide = ({ bytes }: BytesPoint): boolean => side * (bytes - plan.bytes) > SAME;
  if (!end || !isOnSide(end)) return null;
  let next = end;
  for (let round = 0; round < ROUNDS; round++) {
    const slope = slopeOf(plan, next);
    if (slope <= 0) return null;
    const found = at(slope);
    if (!found || !isOnSide(found)) break;
    const costMs = plan.latencyMs + slope * plan.bytes;
    if (found.latencyMs + slope * found.bytes >= costMs - SAME * Math.max(1, costMs)) break;
    next = found;
  }
  return slopeOf(plan, next) * MEGABYTE;
}

/** Latency saved for each byte more. */
function slopeOf(a: BytesPoint, b: BytesPoint): number {
  return (b.latencyMs - a.latencyMs) / (a.bytes - b.bytes);
}
