/** What may be asked of the history: the frames themselves, newest first, and what they cost by stage. */
import { setImmediate as othersRun } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../wire/index.js';
import { cursorOf, placeOf } from './frame-cursor.js';
import { type FrameView, frameView } from './frame-view.js';
import { type FramePlace, type FrameRange, FramesStore } from './frames.store.js';
import type { FramesQuery, LatencyQuery } from './history-requests.js';
import { BucketTimes, type LatencyBucket } from './latency.js';

/** Frames read before other work of the process gets its turn; about 10 ms. */
const PAGE_FRAMES = 1_000;
const MAX_BUCKETS = 10_000;
const MAX_BUCKET_FRAMES = 500_000;
const MAX_FRAMES = 5_000_000;

export interface FramesPage {
  readonly frames: readonly FrameView[];
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
}

export interface Latency {
  readonly device: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly bucketMs: number | null;
  readonly percentiles: readonly number[];
  /** Oldest first; a bucket without frames is left out. */
  readonly buckets: readonly LatencyBucket[];
}

@Injectable()
export class HistoryService {
  constructor(@Inject(FramesStore) private readonly store: FramesStore) {}

  /** A page of a device's frames, newest first. Throws DEVICE_UNKNOWN. */
  async frames(device: string, query: FramesQuery): Promise<FramesPage> {
    await this.mustExist(device);
    const { limit, cursor, outcome, from, to } = query;
    const after = cursor === undefined ? undefined : placeOf(cursor);
    const found = await this.store.page({ device, outcome, from, to }, limit + 1, after);
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      frames: shown.map(frameView),
      next: found.length > limit && last !== undefined ? cursorOf(last) : null,
    };
  }

  /** What frames cost, by stage and bucket. Throws DEVICE_UNKNOWN, and REQUEST_INVALID when the answer would be too large. */
  async latency(device: string, query: LatencyQuery): Promise<Latency> {
    await this.mustExist(device);
    const { from, to, bucket, percentiles } = query;
    const buckets: LatencyBucket[] = [];
    for await (const filled of this.filledBuckets({ device, from, to }, bucket)) {
      if (buckets.length === MAX_BUCKETS) {
        throw tooLarge(`more than ${MAX_BUCKETS} buckets; take longer ones or a shorter range`);
      }
      const ends = { from: isoOf(filled.fromMs), to: isoOf(filled.toMs) };
      buckets.push(await filled.times.finish(ends, percentiles, othersRun));
    }
    return {
      device,
      from: from?.toISOString() ?? null,
      to: to?.toISOString() ?? null,
      bucketMs: bucket ?? null,
      percentiles,
      buckets,
    };
  }

  /** Frames come in the order they started, so one bucket is filled at a time. */
  private async *filledBuckets(range: FrameRange, bucketMs: number | undefined) {
    let current: { fromMs: number; toMs: number; times: BucketTimes } | undefined;
    for await (const frame of this.times(range)) {
      const startMs = frame.startedAtMs;
      if (current !== undefined && bucketMs !== undefined && startMs >= current.toMs) {
        yield current;
        current = undefined;
      }
      const fromMs = bucketMs === undefined ? startMs : Math.floor(startMs / bucketMs) * bucketMs;
      current ??= { fromMs, toMs: fromMs + (bucketMs ?? 0), times: new BucketTimes() };
      if (bucketMs === undefined) current.toMs = startMs + 1;
      current.times.add(frame);
      if (current.times.count > MAX_BUCKET_FRAMES) {
        throw tooLarge(`more than ${MAX_BUCKET_FRAMES} frames in one bucket; take shorter ones`);
      }
    }
    if (current === undefined) return;
    if (bucketMs === undefined) {
      yield {
        ...current,
        fromMs: range.from?.getTime() ?? current.fromMs,
        toMs: range.to?.getTime() ?? current.toMs,
      };
    } else yield current;
  }

  private async *times(range: FrameRange) {
    let after: FramePlace | undefined;
    for (let frames = 0; frames < MAX_FRAMES; frames += PAGE_FRAMES) {
      const page = await this.store.times(range, PAGE_FRAMES, after);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_FRAMES) return;
      after = { startedAt: new Date(last.startedAtMs), seq: last.seq };
      await othersRun();
    }
    throw tooLarge(`more than ${MAX_FRAMES} frames; take a shorter range`);
  }

  private async mustExist(device: string): Promise<void> {
    if (await this.store.hasDevice(device)) return;
    throw new Fault('DEVICE_UNKNOWN', `There is no device '${device}'.`);
  }
}

function tooLarge(text: string): Fault {
  return new Fault('REQUEST_INVALID', `The range holds ${text}.`);
}

const isoOf = (ms: number) => new Date(ms).toISOString();
