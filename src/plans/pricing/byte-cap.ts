/**
 * A cap on the bytes that the frames of a calendar month (UTC) send, as a limit on each frame: what is left of it, divided by the
 * frames that are expected until the month ends. What was sent comes from the history, so a restart forgets nothing, and a clock
 * that jumps only changes which days count. Pure arithmetic, and the state of one device.
 */
import { hasBytesMoved } from './frame-limits.js';

/** What the history has of the frames of a device. */
export interface Traffic {
  /** Bytes that the frames of the month have sent. */
  readonly sentBytes: number;
  /** Frames that began within the last days, and the start of the first of them, in ms since 1970; null without any. */
  readonly frames: number;
  readonly firstMs: number | null;
}

/** The cap of a device at a time. */
export interface CapNow {
  readonly monthlyBytes: number;
  readonly sentBytes: number;
  readonly leftBytes: number;
  /** Frames expected until the month ends; null while nothing is known of their rate. */
  readonly framesLeft: number | null;
  /** What the rate of frames comes from. */
  readonly rateFrom: 'interval' | 'history' | 'unknown';
  /** End of the month, in ms since 1970. */
  readonly endsMs: number;
  /** What one frame may send. */
  readonly maxFrameBytes: number;
}

/** A stretch of time in ms since 1970; `toMs` is the first moment after it. */
export interface Month {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Days of frames that a rate is taken from. */
const RATE_DAYS = 7;
export const DAY_MS = 86_400_000;
/** A rate is taken over at least this time: some frames in a row are no rate. */
const LEAST_RATE_MS = 3_600_000;
/** The history is asked again after this time, and sooner when a notable share of what was left is sent. */
const LOOK_MS = 300_000;
const EARLY_SHARE = 0.05;
/** A record that is not stored by then was stored before. */
const PENDING_MS = 60_000;
/** Frames of a device that wait to be stored; of more, the oldest count as stored. Two minutes of a busy camera. */
export const MAX_PENDING = 4_000;
/** Least time between two plans because bytes of a frame moved; a spent cap does not wait. */
const PLAN_GAP_MS = 600_000;

/** The calendar month of a time, in UTC. */
export function monthOf(now: Date): Month {
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return { fromMs: Date.UTC(year, month, 1), toMs: Date.UTC(year, month + 1, 1) };
}

/** Since when frames count for the rate, in ms since 1970: the begin of a day. */
export function rateFromMs(now: Date): number {
  return (Math.floor(now.getTime() / DAY_MS) - RATE_DAYS) * DAY_MS;
}

/**
 * The cap of a device. `intervalMs` is the interval of its frames as it measured or set it, undefined while it is unknown; then the
 * frames of the last days count. Without any, one frame may use what is left: unknown is not zero, and one frame is known to come.
 */
export function capOf(
  monthlyBytes: number,
  { sentBytes, frames, firstMs }: Traffic,
  intervalMs: number | undefined,
  now: Date,
): CapNow {
  const { toMs } = monthOf(now);
  const nowMs = now.getTime();
  const restMs = Math.max(1, toMs - nowMs);
  const leftBytes = Math.max(0, monthlyBytes - sentBytes);
  const known = { monthlyBytes, sentBytes, leftBytes, endsMs: toMs };
  const isRecorded = frames > 0 && firstMs !== null;
  if (intervalMs === undefined && !isRecorded) {
    return { ...known, framesLeft: null, rateFrom: 'unknown', maxFrameBytes: leftBytes };
  }
  const sinceMs = Math.max(LEAST_RATE_MS, nowMs - Math.max(firstMs ?? 0, rateFromMs(now)));
  const expected = intervalMs === undefined ? (restMs * frames) / sinceMs : restMs / intervalMs;
  const framesLeft = Math.max(1, Math.ceil(expected));
  return {
    ...{ ...known, framesLeft, rateFrom: intervalMs === undefined ? 'history' : 'interval' },
    maxFrameBytes: Math.floor(leftBytes / framesLeft),
  };
}

/** What is known of the bytes of one device. Times are on the monotonic clock, but for dates. */
export class ByteCap {
  private traffic:
    | { readonly of: Traffic; readonly month: Month; readonly atMs: number }
    | undefined;
  /**
   * Frames whose records came and are not stored yet, as far as is known: what they sent, and when that was. Made for the first one, as
   * most devices of a fleet send none.
   */
  private pending: Map<string, { readonly sentBytes: number; readonly atMs: number }> | undefined;
  /** Bytes of frames that were stored since the history was asked; of them those from before the question under way. */
  private storedBytes = 0;
  private seenBytes = 0;
  private judged: { readonly maxFrameBytes: number | undefined; readonly atMs: number } | undefined;

  /** A record came. */
  note(frame: string, sentBytes: number, atMs: number): void {
    this.pending ??= new Map();
    this.pending.set(frame, { sentBytes, atMs });
    const [oldest = frame] = this.pending.keys();
    if (this.pending.size > MAX_PENDING) this.stored([oldest]);
  }

  /** The history has some frames. It says so once a frame: a record that is sent again stays pending for a while. */
  stored(frames: readonly string[]): void {
    for (const frame of frames) {
      this.storedBytes += this.pending?.get(frame)?.sentBytes ?? 0;
      this.pending?.delete(frame);
    }
  }

  /** The history is being asked: its answer holds all frames that are stored by now. */
  asked(): void {
    this.seenBytes = this.storedBytes;
  }

  /** What the history answered for a month. */
  learned(of: Traffic, month: Month, atMs: number): void {
    this.traffic = { of, month, atMs };
    this.storedBytes -= this.seenBytes;
    this.seenBytes = 0;
    for (const [frame, one] of this.pending ?? []) {
      if (atMs - one.atMs > PENDING_MS) this.pending?.delete(frame);
    }
  }

  /** The cap of now; undefined while the bytes of this month are unknown. */
  at(monthlyBytes: number, intervalMs: number | undefined, now: Date): CapNow | undefined {
    if (this.traffic === undefined || !isOf(this.traffic.month, now)) return undefined;
    const { sentBytes, ...others } = this.traffic.of;
    const traffic = { ...others, sentBytes: sentBytes + this.newBytes };
    return capOf(monthlyBytes, traffic, intervalMs, now);
  }

  /** True when the history should be asked: nothing is known, it is of another month or old, or much was sent since. */
  isDue(monthlyBytes: number, now: Date, nowMs: number): boolean {
    if (this.traffic === undefined || !isOf(this.traffic.month, now)) return true;
    if (nowMs - this.traffic.atMs >= LOOK_MS) return true;
    const leftBytes = Math.max(0, monthlyBytes - this.traffic.of.sentBytes);
    return leftBytes > 0 && this.newBytes > EARLY_SHARE * leftBytes;
  }

  /** True when the limit differs notably from the one judged last, and long enough after it. */
  isNews(maxFrameBytes: number, nowMs: number): boolean {
    if (this.judged === undefined) return true;
    const { maxFrameBytes: before, atMs } = this.judged;
    if (before === maxFrameBytes) return false;
    if (before === undefined || before === 0 || maxFrameBytes === 0) return true;
    return nowMs - atMs >= PLAN_GAP_MS && hasBytesMoved(before, maxFrameBytes);
  }

  /** Planning begins for this limit. */
  planned(maxFrameBytes: number | undefined, nowMs: number): void {
    this.judged = { maxFrameBytes, atMs: nowMs };
  }

  /** Bytes that the last answer of the history does not hold. */
  private get newBytes(): number {
    let bytes = this.storedBytes;
    for (const { sentBytes } of this.pending?.values() ?? []) bytes += sentBytes;
    return bytes;
  }
}

function isOf({ fromMs, toMs }: Month, now: Date): boolean {
  return now.getTime() >= fromMs && now.getTime() < toMs;
}
