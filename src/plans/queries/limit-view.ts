/** Limits of a device and what its bytes buy, for people to read. Pure. */
import type { DeviceLimits } from '../../fleet/index.js';
import { type CapNow, DAY_MS } from '../pricing/byte-cap.js';
import type { LineStanding } from '../sites/line-standing.js';
import type { BytesWorth } from './bytes-worth.js';
import { lineViewOf } from './line-view.js';
import type { BytesView, LimitsView } from './plan-answers.js';

const MEGABYTE = 1e6;

/** What is known of limits now. */
export interface KnownLimits {
  readonly limits: DeviceLimits;
  /** Undefined without a cap, or while the bytes of this month are unknown. */
  readonly cap: CapNow | undefined;
  /** How the line of its site stood last. */
  readonly line: LineStanding | undefined;
  /** Why the last planning found no plan. */
  readonly unmet: string | undefined;
}

export function limitsViewOf({ limits, cap, line, unmet }: KnownLimits): LimitsView {
  const { bytesPrice, deviceMemoryBytes, deadline } = limits;
  return {
    ...{ bytesPrice, deviceMemoryBytes, deadline },
    maxFrameBytes: cap?.maxFrameBytes ?? null,
    month: cap ? { ...monthOf(cap), text: capText(cap) } : unknownMonth(limits),
    uplink: lineViewOf(limits.uplink, line),
    unmet: unmet ?? null,
  };
}

function monthOf(cap: CapNow): Omit<NonNullable<LimitsView['month']>, 'text'> {
  const { monthlyBytes, sentBytes, leftBytes, framesLeft, rateFrom, endsMs } = cap;
  const endsAt = new Date(endsMs).toISOString();
  return { monthlyBytes, sentBytes, leftBytes, framesLeft, rateFrom, endsAt };
}

/** A cap whose bytes are unknown is not one of which nothing is sent. */
function unknownMonth({ monthlyBytes }: DeviceLimits): LimitsView['month'] {
  if (monthlyBytes === null) return null;
  return {
    ...{ monthlyBytes, sentBytes: null, leftBytes: null, framesLeft: null },
    ...{ rateFrom: 'unknown', endsAt: null },
    text: 'the bytes of this month are not known yet; the device keeps its plan until they are',
  };
}

function capText(cap: CapNow): string {
  const { leftBytes, monthlyBytes, framesLeft, rateFrom, maxFrameBytes } = cap;
  if (leftBytes === 0)
    return 'the bytes of this month are spent: frames send nothing until it ends';
  const left = `${sizeOf(leftBytes)} of ${sizeOf(monthlyBytes)} are left this month`;
  if (framesLeft === null) {
    return `${left}; how often frames come is not known yet, so one frame may send all that is left`;
  }
  const from = rateFrom === 'interval' ? 'at their interval' : 'as often as in the last days';
  return `${left}; ${framesLeft} frames are expected ${from}, so each may send ${sizeOf(maxFrameBytes)}`;
}

/** What a megabyte buys; null where it buys nothing, `framesPerDay` null where the rate is unknown. */
export function bytesViewOf(
  worth: BytesWorth | undefined | null,
  framesPerDay: number | null,
): BytesView | null {
  if (worth === undefined || worth === null) return null;
  const { frameBytes, latencyMs, savedMsPerMegabyte, furtherMsPerMegabyte, leastMs } = worth;
  const savedMs =
    furtherMsPerMegabyte === null || framesPerDay === null
      ? null
      : Math.min(furtherMsPerMegabyte / framesPerDay, latencyMs - leastMs);
  return {
    ...{ frameBytes, latencyMs, savedMsPerMegabyte, furtherMsPerMegabyte, framesPerDay },
    withOneMoreMegabyteADayMs: savedMs === null ? null : latencyMs - savedMs,
    text: [
      `the best plan sends ${sizeOf(frameBytes)} a frame and takes ${shown(latencyMs)} ms`,
      savedText(savedMsPerMegabyte, frameBytes),
      furtherText(furtherMsPerMegabyte),
      ...(savedMs === null ? [] : [`one more MB a day saves at most ${shown(savedMs)} ms a frame`]),
    ].join('; '),
  };
}

function savedText(slope: number | null, frameBytes: number): string {
  if (slope !== null) return `each MB it sends saves ${shown(slope)} ms in all`;
  return frameBytes === 0 ? 'it sends nothing' : 'no plan was found that sends less';
}

function furtherText(slope: number | null): string {
  if (slope === null) return 'no plan was found that is quicker by more bytes';
  return `each further MB would save ${shown(slope)} ms in all`;
}

/** How many frames come a day; null while that is unknown. */
export function framesPerDay(
  intervalMs: number | undefined,
  cap: CapNow | undefined,
  nowMs: number,
): number | null {
  if (intervalMs !== undefined) return DAY_MS / intervalMs;
  if (cap === undefined || cap.framesLeft === null) return null;
  return (cap.framesLeft * DAY_MS) / Math.max(1, cap.endsMs - nowMs);
}

const shown = (value: number): string => String(Number(value.toPrecision(3)));

const sizeOf = (bytes: number): string => {
  if (bytes >= MEGABYTE) return `${shown(bytes / MEGABYTE)} MB`;
  return bytes >= 1000 ? `${shown(bytes / 1000)} KB` : `${Math.round(bytes)} bytes`;
};
