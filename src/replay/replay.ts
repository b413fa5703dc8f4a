/**
 * Simulates frames over a bandwidth trace, under a policy, in virtual time.
 *
 * One frame at a time; the next one begins at the next tick of its source after the last has ended, so a camera's newest
 * picture is taken and those in between are not. Deterministic; some thousand frames take milliseconds.
 */
import {
  LinkEstimator,
  LinkForecast,
  latencyAt,
  type RowAim,
  type RowTimes,
} from '../wire/index.js';
import { type Flown, flyFrame } from './frame-flight.js';
import { Adaptive, FixedRow, type Policy } from './policies.js';
import { LastWord, RateAverage } from './rate-average.js';
import type { Trace } from './traces/trace.js';
import { type Estimator, TracedLink } from './traces/traced-link.js';

/** The input of a replay. */
export interface ReplayCase {
  readonly trace: Trace;
  /** One of them sends nothing. */
  readonly rows: readonly RowTimes[];
  readonly rttMs: number;
  /** From picture to picture. */
  readonly periodMs: number;
  readonly lastsMs: number;
  readonly probeBytesPerDay?: number;
  /** What a device chooses rows for; least latency when not given. With a deadline it finishes frames itself by then. */
  readonly aim?: RowAim;
}

/**
 * adaptive: as a device does it; rate-average: the same following an average of the rate over about a minute; quick-rate: over a
 * second; a number: that row for all frames.
 */
export type PolicyName = 'adaptive' | 'rate-average' | 'quick-rate' | number;
const RATE_HALF_LIVES_MS = { 'rate-average': 60_000, 'quick-rate': 1000 };

/** One frame of a replay. */
export interface ReplayedFrame extends Flown {
  readonly atMs: number;
  readonly row: number;
}

/** The result of a policy. */
export interface Replayed {
  readonly frames: readonly ReplayedFrame[];
  /** Better rows that were not taken because they were not better by enough. */
  readonly suppressed: number;
}

const PROBE_BYTES_PER_DAY = 20_000_000;
const ASSUMED_MS_PER_BYTE = 8 / 5000;

/** Replays a case under a policy. Throws RangeError when no row sends nothing. */
export function replay(one: ReplayCase, name: PolicyName): Replayed {
  const { policy, estimator } = policyOf(one, name, localRow(one.rows));
  return replayWith(one, policy, estimator);
}

/** Replays a case under any policy and estimator. */
export function replayWith(one: ReplayCase, policy: Policy, estimator: Estimator): Replayed {
  const { trace, rows, rttMs, probeBytesPerDay = PROBE_BYTES_PER_DAY } = one;
  const local = localRow(rows);
  const link = new TracedLink(trace, rttMs, estimator, probeBytesPerDay);
  const frames: ReplayedFrame[] = [];
  const localMs = rows[local]?.ownMs ?? 0;
  for (let freeMs = 0; freeMs < one.lastsMs; ) {
    const atMs = Math.ceil(freeMs / one.periodMs) * one.periodMs;
    link.idle(atMs);
    const estimate = link.estimate(atMs);
    const row = policy.next({ atMs, link: estimate });
    const times = rows[row];
    if (times === undefined) throw new RangeError(`row ${row} not found`);
    const predictedMs = latencyAt(times, estimate?.uplinkMsPerByte ?? ASSUMED_MS_PER_BYTE);
    const { isWatchful, deadlineMs } = policy;
    const flight = { startMs: atMs, times, localMs, predictedMs, isWatchful, deadlineMs };
    const flown = flyFrame(flight, link);
    // Where a frame took no time at all, the next picture is still another one.
    freeMs = Math.max(atMs + flown.latencyMs, atMs + 1e-6);
    if (policy.learn(flown, freeMs)) link.quicken();
    frames.push({ atMs, row, ...flown });
  }
  return { frames, suppressed: policy.suppressed };
}

/** Place of the row that sends nothing. */
export function localRow(rows: readonly RowTimes[]): number {
  const found = rows.findIndex(({ uploads }) => uploads.length === 0);
  if (found < 0) throw new RangeError('a replay needs a row that sends nothing');
  return found;
}

function policyOf(
  { rows, rttMs, aim = {} }: ReplayCase,
  name: PolicyName,
  local: number,
): { policy: Policy; estimator: Estimator } {
  if (typeof name === 'number') {
    const policy = new FixedRow(name, aim.deadline?.deadlineMs);
    return { policy, estimator: new LinkEstimator() };
  }
  if (name === 'adaptive') {
    const policy = new Adaptive(rows, local, new LinkForecast(), { aim });
    return { policy, estimator: new LinkEstimator() };
  }
  const policy = new Adaptive(rows, local, new LastWord(), { aim });
  return { policy, estimator: new RateAverage(rttMs, RATE_HALF_LIVES_MS[name]) };
}
