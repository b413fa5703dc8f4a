/** The age of a finished frame when its record is sent: what places the frame on the cloud's clock. */
import { type FrameRecord, ranges } from '../../../../src/wire/index.js';
import type { Clocks } from '../../clocks/boot-clocks.js';
import type { FinishedFrame } from '../../disk/ledger-entry.js';

/** A model, by digest, and when the cloud first issued it, on the cloud's clock. */
export interface IssuedModel {
  readonly digest: string;
  readonly atMs: number;
}

/** Of a frame that another start of the machine, or an unknown one, began. */
export const UNKNOWN_BOOT = 'unknown';

/** Clocks that are set differ by less. */
const CLOCKS_APART_MS = 86_400_000;
/** The time in suspend is read in steps of 10 ms, and next to the monotonic clock. */
const SUSPENDED_MS = 1000;
/** By how much a clock that was set may be corrected between two starts. */
const CORRECTED_MS = 60_000;

export type Age = Pick<FrameRecord, 'ageMs' | 'isAgeKnown'>;

/** What dates frames of earlier starts of the machine. */
export interface Dating {
  readonly issued: IssuedModel | undefined;
  readonly epochMsOf: (boot: string) => number | undefined;
}

/**
 * Under the same start of the machine the age is that of the monotonic clock, plus the time in suspend. Across starts it is that of the wall
 * clock, where that was set then and is set now. Otherwise the age is unknown, and is given as the least that it can be: a frame of an
 * earlier start is older than this one.
 */
export function ageOf(finished: FinishedFrame, now: Clocks, dating: Dating): Age {
  const { record, startedMs, boot, suspendedMs = 0 } = finished;
  if (boot === now.boot) {
    const awayMs = now.suspendedMs - suspendedMs;
    const ageMs = now.monotonicMs - startedMs + (awayMs > SUSPENDED_MS ? awayMs : 0);
    return { ageMs: Math.max(record.totalMs, ageMs) };
  }
  const leastMs = isOtherStart(boot, now.boot) ? now.monotonicMs + now.suspendedMs : 0;
  const beganMs = now.state === 'unset' ? undefined : beganMsOf(finished, dating);
  const ageMs = beganMs === undefined ? Number.NaN : now.wallMs - beganMs;
  const isKnown = ageMs >= leastMs - CORRECTED_MS && ageMs <= ranges.ageMs.max;
  if (isKnown) return { ageMs: Math.max(record.totalMs, leastMs, ageMs) };
  return { ageMs: Math.max(record.totalMs, leastMs), isAgeKnown: false };
}

/** What counts after a model was issued: a change of its policy issues it again, and its frames may be older than that. */
export function earlierOf(before: IssuedModel | undefined, now: IssuedModel): IssuedModel {
  return before?.digest === now.digest && before.atMs < now.atMs ? before : now;
}

/** Wall time at the start of the frame; undefined where only an unset clock shows it. */
function beganMsOf(
  { record, startedMs, boot, clock, suspendedMs = 0 }: FinishedFrame,
  { issued, epochMsOf }: Dating,
): number | undefined {
  const epochMs = epochMsOf(boot);
  if (epochMs !== undefined) return epochMs + startedMs + suspendedMs;
  if (clock === 'unset') return undefined;
  const beganMs = Date.parse(record.at);
  // A frame that seems to be older than its model has the time of a clock that was not set.
  const isOfModel = issued !== undefined && issued.digest === record.model;
  return isOfModel && beganMs < issued.atMs - CLOCKS_APART_MS ? undefined : beganMs;
}

/** True where the kernel names both starts, so that they are known to be two. */
function isOtherStart(boot: string, now: string): boolean {
  const isNamed = (one: string): boolean => one !== UNKNOWN_BOOT && !one.startsWith('process-');
  return isNamed(boot) && isNamed(now);
}
