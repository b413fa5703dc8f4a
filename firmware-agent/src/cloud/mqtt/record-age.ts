/** The age of a finished frame when its record is sent: what places the frame on the cloud's clock. */
import type { FinishedFrame } from '../../disk/ledger-entry.js';

/** The clocks of one moment, and the start of the machine that the monotonic one counts from. */
export interface Clocks {
  readonly boot: string;
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** A model, by digest, and when the cloud first issued it, on the cloud's clock. */
export interface IssuedModel {
  readonly digest: string;
  readonly atMs: number;
}

/** Of a frame that another start of the machine, or an unknown one, began. */
export const UNKNOWN_BOOT = 'unknown';

/** Clocks that are set differ by less. */
const CLOCKS_APART_MS = 86_400_000;

/**
 * After a restart of the machine only wall time shows how long ago a frame began. A frame that began before its model was issued
 * has the time of a clock that was not set: nothing is known of its age, and it counts as just finished.
 */
export function ageMsOf(
  { record, startedMs, boot }: FinishedFrame,
  now: Clocks,
  issued: IssuedModel | undefined,
): number {
  if (boot === now.boot) return Math.max(record.totalMs, now.monotonicMs - startedMs);
  const beganMs = Date.parse(record.at);
  const isOfModel = issued !== undefined && issued.digest === record.model;
  if (isOfModel && beganMs < issued.atMs - CLOCKS_APART_MS) return record.totalMs;
  return Math.max(record.totalMs, now.wallMs - beganMs);
}

/** What counts after a model was issued: a change of its policy issues it again, and its frames may be older than that. */
export function earlierOf(before: IssuedModel | undefined, now: IssuedModel): IssuedModel {
  return before?.digest === now.digest && before.atMs < now.atMs ? before : now;
}
