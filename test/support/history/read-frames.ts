/**
 * Latencies by reading all frames one by one, apart from the code of the service: which frames a level of roll-ups still covers
 * follows from the sweeps alone.
 */
import type { FrameRow } from '../../../src/history/frames/frame-row.js';
import type { LatencyAnswer } from '../../../src/history/latency/latency-answers.js';

const DAY = 86_400_000;
const LEVELS = { minute: 60_000, hour: 3_600_000, day: DAY } as const;
type Level = keyof typeof LEVELS;

export type Days = Readonly<Record<'frames' | Level, number>>;

export interface ReadFrame {
  readonly device: string;
  readonly startedMs: number;
  readonly isFailed: boolean;
  readonly totalMs: number;
}

/** What a row of generated frames says. */
export function readFrame(row: FrameRow): ReadFrame {
  const [device, startedMs, outcome, totalMs] = [row[0], row[2], row[7], row[16]];
  return {
    ...{ device: device as string, startedMs: startedMs as number },
    ...{ isFailed: outcome === 'failed', totalMs: totalMs as number },
  };
}

export interface Asked {
  readonly devices?: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucket: number | 'all';
  readonly timeZone?: string;
}

const floor = (ms: number, width: number) => ms - (ms % width);

/** How far sweeps have come: in each level, what began before is gone. */
export class Sweeps {
  readonly marks: Record<'frames' | Level, number> = { frames: 0, minute: 0, hour: 0, day: 0 };

  constructor(private readonly days: Days) {}

  copy(): Sweeps {
    const copy = new Sweeps(this.days);
    Object.assign(copy.marks, this.marks);
    return copy;
  }

  at(nowMs: number): void {
    const { marks, days } = this;
    marks.frames = Math.max(marks.frames, nowMs - days.frames * DAY);
    for (const level of ['minute', 'hour', 'day'] as const) {
      marks[level] = Math.max(marks[level], floor(nowMs - days[level] * DAY, DAY));
    }
  }
}

/**
 * What is wrong with an answer, given all frames of those asked for (of the fleet also those of deleted devices); undefined: nothing.
 * Fewer than 500 frames of a device are read themselves.
 */
export function wrongIn(
  answer: LatencyAnswer,
  asked: Asked,
  frames: readonly ReadFrame[],
  { marks }: Sweeps,
): string | undefined {
  const inRange = frames.filter(({ startedMs: at }) => at >= asked.fromMs && at < asked.toMs);
  const areFrames =
    asked.devices?.length === 1 && marks.frames <= asked.fromMs && inRange.length <= 500;
  if (areFrames) {
    if (answer.source !== 'frames') return `source ${answer.source} instead of frames`;
    return wrongBuckets(answer, asked, inRange);
  }
  const fromMs = Math.max(asked.fromMs, marks.day);
  const kept = frames.filter(({ startedMs }) => startedMs >= marks.day);
  // The finest level that has lost nothing of the range, as far as the next coarser one can say.
  let finest: Level = 'day';
  for (const level of ['hour', 'minute'] as const) {
    const width = LEVELS[finest];
    const isLost = kept.some(({ startedMs }) => {
      const start = floor(startedMs, width);
      return start >= floor(fromMs, width) && start < asked.toMs && start < marks[level];
    });
    if (isLost) break;
    finest = level;
  }
  const width = LEVELS[finest];
  const end = floor(asked.toMs + width - 1, width);
  if (fromMs < asked.toMs) {
    const range = [floor(fromMs, width), end];
    const given = [answer.from, answer.to].map((text) => Date.parse(text));
    if (range.join() !== given.join()) return `range ${given} instead of ${range}`;
  }
  if (asked.bucket !== 'all' && asked.timeZone === undefined && fromMs < asked.toMs) {
    const bucketMs = width * Math.ceil(asked.bucket / width);
    if (answer.bucketMs !== bucketMs) return `bucket ${answer.bucketMs} instead of ${bucketMs}`;
  }
  const meant = kept.filter(({ startedMs: at }) => {
    return at >= floor(fromMs, width) && at < end;
  });
  return wrongBuckets(answer, asked, meant, width);
}

/** Every frame in the bucket of its time; local days of frames that minutes or hours hold are those of the zone. */
function wrongBuckets(
  { buckets, relativeError }: LatencyAnswer,
  { timeZone }: Asked,
  frames: readonly ReadFrame[],
  levelMs = 1,
): string | undefined {
  let sum = 0;
  for (const { from, to, count, stages } of buckets) {
    const own = frames.filter(({ startedMs }) => {
      return startedMs >= Date.parse(from) && startedMs < Date.parse(to);
    });
    sum += count;
    if (own.length !== count) return `${from}: ${count} frames instead of ${own.length}`;
    const times = own
      .filter(({ isFailed }) => !isFailed)
      .map(({ totalMs }) => totalMs)
      .sort((a, b) => a - b);
    for (const p of [50, 95]) {
      const exact = times[Math.ceil((p * times.length) / 100) - 1] ?? 0;
      const found = stages.total?.measured?.percentilesMs[`p${p}`] ?? 0;
      const error = relativeError * (1 + 1e-9) * exact + 1e-9;
      if (Math.abs(found - exact) > error) return `${from}: p${p} ${found} instead of ${exact}`;
    }
    const wrongDay = timeZone === undefined ? undefined : wrongDays(own, timeZone, levelMs);
    if (wrongDay !== undefined) return `${from}: ${wrongDay}`;
  }
  return sum === frames.length ? undefined : `${sum} frames instead of ${frames.length}`;
}

/** The frames of a local day have one date there, where the offset of the zone is a multiple of the level. */
function wrongDays(frames: readonly ReadFrame[], timeZone: string, levelMs: number) {
  const isWhole = timeZone === 'Europe/Berlin' ? levelMs < DAY : levelMs < LEVELS.hour;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  const dates = new Set(frames.map(({ startedMs }) => format.format(startedMs)));
  return isWhole && dates.size > 1 ? `holds ${[...dates].join(' and ')}` : undefined;
}
