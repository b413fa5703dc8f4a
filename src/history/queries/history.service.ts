/** What may be asked of the history: the frames themselves, and what they cost by stage. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, portionsOf } from '../../platform/index.js';
import type { ExportPlace } from '../engine/history-engine.js';
import { HistoryThread } from '../engine/history-thread.js';
import type { FrameCosts, FrameSpan } from '../frames/frame-costs.store.js';
import type { LatencyAnswer } from '../latency/latency-answers.js';
import type { DeviceTraffic } from '../rollups/device-traffic.js';
import { exportHead } from '../views/export-text.js';
import type { TimedFrame, WholeFramesPage } from '../views/frame-answers.js';
import { cursorOf, placeOf } from '../views/frame-cursor.js';
import type { FleetExportQuery, FleetLatencyQuery, FramesQuery } from './history-requests.js';

/** Of a page of an export, which is in memory as text. */
const EXPORT_FRAMES = 1_000;

@Injectable()
export class HistoryService {
  constructor(
    @Inject(HistoryThread) private readonly thread: HistoryThread,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** A page of a device's frames, newest first. Throws DEVICE_UNKNOWN. */
  async frames(device: string, query: FramesQuery): Promise<WholeFramesPage> {
    const after = query.cursor === undefined ? undefined : placeOf(query.cursor);
    const page = await this.thread.call('page', rangeOf(query, [device]), query.limit, after);
    return { frames: page.frames, next: page.next === undefined ? null : cursorOf(page.next) };
  }

  /** One frame. Throws DEVICE_UNKNOWN, FRAME_UNKNOWN. */
  frame(device: string, frame: string): Promise<TimedFrame> {
    return this.thread.call('frame', device, frame);
  }

  /**
   * The pieces of an export: devices by id, and the frames of each oldest first. A page is read when the one before was taken, so
   * that a slow client holds no more than a page. Throws DEVICE_UNKNOWN, GROUP_UNKNOWN and MODEL_UNKNOWN before the first.
   */
  async export(query: FleetExportQuery): Promise<AsyncIterable<string>> {
    const { format, devices: named, group, tag: tags } = query;
    const { model, version } = query;
    const devices = await this.thread.call('exported', {
      ...{ devices: named, group, tags, model, version },
    });
    const { thread } = this;
    return (async function* () {
      yield exportHead(format);
      for (const part of portionsOf(devices)) {
        const range = { ...rangeOf(query, part), devices: part };
        let start: ExportPlace | undefined;
        do {
          const page = await thread.call('exportPage', range, format, EXPORT_FRAMES, start);
          // An empty piece would end the stream.
          if (page.text !== '') yield page.text;
          start = page.next;
        } while (start !== undefined);
      }
    })();
  }

  /** What frames cost, by stage and bucket. Throws DEVICE_UNKNOWN, and REQUEST_INVALID when the answer would be too large. */
  latency(query: FleetLatencyQuery): Promise<LatencyAnswer> {
    const { bucket, tz, percentiles, stage, compare, devices, group, tag } = query;
    return this.thread.call('latency', {
      ...rangeOf(query, devices),
      ...{ group, tags: tag },
      ...{ bucket, timeZone: tz, percentiles, stages: stage },
      isCompared: compare === 'predicted',
      nowMs: this.clock.now().getTime() + 1,
    });
  }

  /** What the frames of some devices cost, each in a time of its own; with a digest, only those of that model. */
  costs(spans: readonly FrameSpan[], digest?: string): Promise<FrameCosts> {
    return this.thread.call('costs', spans, digest);
  }

  /** How many frames each device began in a time of its own; those without any are left out. With a digest, only of that model. */
  frameCounts(spans: readonly FrameSpan[], digest?: string): Promise<Map<string, number>> {
    return this.thread.call('frameCounts', spans, digest);
  }

  /** From when on all frames that were received are kept, in ms since 1970; 0 while none was ever removed. */
  wholeFromMs(): Promise<number> {
    return this.thread.call('wholeFromMs');
  }

  /** What some devices sent since the begin of a day (UTC), and how many frames began since another; devices without frames are left out. */
  traffic(
    devices: readonly string[],
    bytesFromMs: number,
    framesFromMs: number,
  ): Promise<Map<string, DeviceTraffic>> {
    return this.thread.call('traffic', devices, bytesFromMs, framesFromMs);
  }
}

type Which = Omit<
  FleetLatencyQuery,
  'bucket' | 'tz' | 'percentiles' | 'stage' | 'compare' | 'devices' | 'group' | 'tag'
>;

function rangeOf(query: Which, devices: readonly string[] | undefined) {
  const { from, to, model, version, plan, outcome, link } = query;
  return { devices, fromMs: from, toMs: to, model, version, planVersion: plan, outcome, link };
}
