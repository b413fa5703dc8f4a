/** Which buckets a latency question gets: those it asks for, or of a round width. */
import { Fault } from '../../wire/index.js';
import { DAY_MS, MINUTE_MS } from '../rollups/rollup-levels.js';
import { type BucketScale, EqualBuckets, LocalBuckets, OneBucket } from './bucket-scale.js';
import type { LatencyQuestion } from './latency-question.js';
import type { Scope } from './rollup-spans.js';

export const MAX_BUCKETS = 10_000;
/** A bucket chosen automatically makes at most about this many. */
const AUTO_BUCKETS = 120;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const ROUND_WIDTHS_MS = [
  ...[1, 5, 15].map((seconds) => seconds * SECOND_MS),
  ...[1, 5, 15].map((minutes) => minutes * MINUTE_MS),
  ...[1, 3, 12].map((hours) => hours * HOUR_MS),
  ...[1, 7, 28, 364].map((days) => days * DAY_MS),
];

/** The buckets of a range; of another width than was asked for, where it is given. */
export function scaleOf(
  { bucket, timeZone }: LatencyQuestion,
  fromMs: number,
  toMs: number,
  chosenMs?: number,
): BucketScale {
  if (bucket === 'all') return new OneBucket(fromMs, toMs);
  const widths = timeZone === undefined ? ROUND_WIDTHS_MS : ROUND_WIDTHS_MS.filter(isOfDays);
  const auto = () => widths.find((ms) => (toMs - fromMs) / ms <= AUTO_BUCKETS) ?? 364 * DAY_MS;
  const widthMs = chosenMs ?? (bucket === 'auto' ? auto() : bucket);
  if (timeZone === undefined) return new EqualBuckets(widthMs);
  if (!isOfDays(widthMs)) {
    throw new Fault('REQUEST_INVALID', 'tz: is for buckets of whole days, like 1d');
  }
  if ((toMs - fromMs) / widthMs > MAX_BUCKETS) {
    throw tooLarge(`more than ${MAX_BUCKETS} days of a time zone; take a shorter range`);
  }
  return LocalBuckets.of(timeZone, widthMs, fromMs, toMs);
}

const isOfDays = (widthMs: number) => widthMs % DAY_MS === 0;

/** A question that nothing answers. */
export function scopeOfNothing(question: LatencyQuestion): Scope {
  const { fromMs, toMs = question.nowMs, bucket } = question;
  const from = fromMs ?? toMs;
  const scale = typeof bucket === 'number' ? new EqualBuckets(bucket) : new OneBucket(from, toMs);
  return { ...question, fromMs: from, toMs, scale };
}

export function tooLarge(text: string): Fault {
  return new Fault('REQUEST_INVALID', `The range holds ${text}.`);
}
