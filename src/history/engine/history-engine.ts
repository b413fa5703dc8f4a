/**
 * Everything of the history that touches the database, put together without Nest: it runs on the history thread.
 *
 * Its methods take and give plain values, since they travel between threads.
 */
import { type Database, KnownNames } from '../../platform/database/index.js';
import { Fault, unknownDevice } from '../../wire/index.js';
import { CatalogueStore, type DeviceChoice } from '../frames/catalogue.store.js';
import type { NamedHalf } from '../frames/cloud-half.js';
import { type FrameCosts, FrameCostsStore, type FrameSpan } from '../frames/frame-costs.store.js';
import type { FrameFilter, FrameRange } from '../frames/frame-filter.js';
import type { FrameRow } from '../frames/frame-row.js';
import { type FramePlace, FramesStore, type StoredFrameName } from '../frames/frames.store.js';
import { Latency } from '../latency/latency.js';
import type { LatencyAnswer } from '../latency/latency-answers.js';
import type { LatencyQuestion } from '../latency/latency-question.js';
import { Coverage } from '../rollups/coverage.js';
import { type DeviceTraffic, trafficSince } from '../rollups/device-traffic.js';
import { Folding } from '../rollups/folding.js';
import { KnownKeys } from '../rollups/known-keys.js';
import { MarksStore } from '../rollups/marks.store.js';
import { type KeptDays, Retention } from '../rollups/retention.js';
import { RollupsStore } from '../rollups/rollups.store.js';
import { TrafficStore } from '../rollups/traffic.store.js';
import { type ExportFormat, exportLines } from '../views/export-text.js';
import type { FrameView, TimedFrame } from '../views/frame-answers.js';
import { viewOf } from '../views/frame-view.js';
import { timelineOf } from '../views/timeline.js';

/** Which model's frames, as a caller names it: id, name or digest, and a version. */
export interface ModelChoice {
  readonly model?: string | undefined;
  readonly version?: number | undefined;
}

/** Where a page of an export begins: at a device, and behind one of its frames. */
export interface ExportPlace {
  readonly device: string;
  /** Absent: at its first frame. */
  readonly after?: FramePlace;
}

export interface PageOfFrames {
  readonly frames: readonly FrameView[];
  /** Where the next page begins; undefined at the end. */
  readonly next?: FramePlace;
}

export class HistoryEngine {
  private readonly frames: FramesStore;
  private readonly frameCosts: FrameCostsStore;
  private readonly rollups: RollupsStore;
  private readonly traffics: TrafficStore;
  private readonly catalogue: CatalogueStore;
  private readonly names: KnownNames;
  private readonly folding: Folding;
  private readonly latencies: Latency;
  private readonly retention: Retention;
  private readonly marks: MarksStore;
  private nextSeq: number | undefined;
  private inserting: Promise<StoredFrameName[]> = Promise.resolve([]);

  constructor(private readonly database: Database) {
    this.frames = new FramesStore(database);
    this.frameCosts = new FrameCostsStore(database);
    this.rollups = new RollupsStore(database);
    this.catalogue = new CatalogueStore(database);
    this.names = new KnownNames(database);
    this.traffics = new TrafficStore(database);
    const keys = new KnownKeys(this.catalogue);
    this.marks = new MarksStore(database);
    const { frames, rollups, traffics, catalogue, marks } = this;
    this.folding = new Folding(frames, rollups, traffics, keys, marks, catalogue);
    const coverage = new Coverage(marks, rollups, this.folding);
    this.latencies = new Latency(frames, rollups, this.folding, coverage, keys, catalogue);
    this.retention = new Retention(frames, rollups, traffics, this.folding, coverage);
  }

  /** Commits rows in one group, after those given before; answers with those that are new. */
  insert(rows: readonly FrameRow[]): Promise<StoredFrameName[]> {
    const after = this.inserting.catch(() => []);
    this.inserting = after.then(() => this.insertNext(rows));
    return this.inserting;
  }

  /** Adds what the cloud saw to frames that are there; answers with those. */
  addHalves(halves: readonly NamedHalf[]): Promise<StoredFrameName[]> {
    return this.frames.addHalves(halves);
  }

  /** The digests of all models there are. */
  modelDigests(): Promise<ReadonlySet<string>> {
    return this.catalogue.modelDigests();
  }

  /** Takes one step of folding frames into roll-ups; true when nothing is left to fold. */
  fold(): Promise<boolean> {
    return this.folding.step();
  }

  /** Frames in the order of their start. Throws DEVICE_UNKNOWN, MODEL_UNKNOWN. */
  async page(
    range: FrameRange & ModelChoice,
    limit: number,
    after: FramePlace | undefined,
  ): Promise<PageOfFrames> {
    await this.mustExist(range.devices);
    const page = await this.framesOf(await this.resolved(range), limit, after, 'newest');
    const { model, version } = range;
    if (page.frames.length === 0) await this.names.check({ model, version });
    return page;
  }

  /** The devices of an export, by id. Throws DEVICE_UNKNOWN, GROUP_UNKNOWN, MODEL_UNKNOWN. */
  async exported(choice: DeviceChoice & ModelChoice): Promise<readonly string[]> {
    await this.mustExist(choice.devices);
    const devices = await this.catalogue.devicesOf(choice);
    const { group, model, version } = choice;
    await this.names.check({ group: devices.length === 0 ? group : undefined, model, version });
    // By code units, whatever the order of the database is.
    return devices.sort();
  }

  /** A page of an export: the devices in the order of the range, and the frames of each oldest first. */
  async exportPage(
    range: FrameRange & ModelChoice & { readonly devices: readonly string[] },
    format: ExportFormat,
    limit: number,
    start: ExportPlace | undefined,
  ): Promise<{ readonly text: string; readonly next?: ExportPlace }> {
    const asked = await this.resolved(range);
    const from = start === undefined ? 0 : asked.devices.indexOf(start.device);
    let text = '';
    let left = limit;
    for (const device of asked.devices.slice(from)) {
      if (left === 0) return { text, next: { device } };
      const after = device === start?.device ? start.after : undefined;
      const one = { ...asked, devices: [device] };
      const { frames, next } = await this.framesOf(one, left, after, 'oldest');
      text += exportLines(format, frames);
      left -= frames.length;
      if (next !== undefined) return { text, next: { device, after: next } };
    }
    return { text };
  }

  /** One frame with its line of time. Throws DEVICE_UNKNOWN, FRAME_UNKNOWN. */
  async frame(device: string, frame: string): Promise<TimedFrame> {
    await this.mustExist([device]);
    const row = await this.frames.find(device, frame);
    if (row === null) {
      throw new Fault('FRAME_UNKNOWN', `frame '${frame}' of device '${device}' not found`);
    }
    const view = viewOf(row);
    return { ...view, timeline: timelineOf(view) };
  }

  /** Throws DEVICE_UNKNOWN, GROUP_UNKNOWN, MODEL_UNKNOWN, and REQUEST_INVALID when the answer would be too large. */
  async latency(question: LatencyQuestion & ModelChoice & DeviceChoice): Promise<LatencyAnswer> {
    await this.mustExist(question.devices);
    const { group, tags } = question;
    const isChosen = group !== undefined || tags !== undefined;
    const devices = isChosen ? await this.catalogue.devicesOf(question) : question.devices;
    const answer = await this.latencies.answer(await this.resolved({ ...question, devices }));
    const { model, version } = question;
    if (answer.buckets.length === 0) await this.names.check({ group, model, version });
    return answer;
  }

  /** What the frames of some devices cost, each in a time of its own. */
  costs(spans: readonly FrameSpan[], digest: string | undefined): Promise<FrameCosts> {
    return this.frameCosts.costs(spans, digest);
  }

  /** How many frames each device began in a time of its own; those without any are left out. */
  frameCounts(
    spans: readonly FrameSpan[],
    digest: string | undefined,
  ): Promise<Map<string, number>> {
    return this.frameCosts.counts(spans, digest);
  }

  /** From when on all frames that were received are kept: one that began since was received since. */
  async wholeFromMs(): Promise<number> {
    return (await this.marks.read()).frames ?? 0;
  }

  /** What some devices sent since a day, and how many frames began since another. */
  traffic(
    devices: readonly string[],
    bytesFromMs: number,
    framesFromMs: number,
  ): Promise<Map<string, DeviceTraffic>> {
    const question = { devices, bytesFromMs, framesFromMs };
    return this.folding.between((upTo) => trafficSince(this.traffics, upTo, question));
  }

  sweep(kept: KeptDays, nowMs: number): ReturnType<Retention['sweep']> {
    return this.retention.sweep(kept, nowMs);
  }

  /** Ends a sweep under way and closes the connection. */
  async close(): Promise<void> {
    this.retention.stop();
    await this.database.disconnect();
  }

  /** Groups are committed in the order of their numbers: folding takes what has a higher number than it has seen. */
  private async insertNext(rows: readonly FrameRow[]): Promise<StoredFrameName[]> {
    this.nextSeq ??= 1 + Math.max(await this.frames.lastSeq(), await this.folding.upTo());
    // Numbers are never used again, also when it is unknown whether the commit took place.
    const seq = this.nextSeq;
    this.nextSeq += rows.length;
    return this.frames.insert(rows, seq);
  }

  private async framesOf(
    range: FrameRange,
    limit: number,
    after: FramePlace | undefined,
    order: 'newest' | 'oldest',
  ): Promise<PageOfFrames> {
    const found = await this.frames.page(range, limit + 1, after, order);
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const frames = shown.map(viewOf);
    if (found.length <= limit || last === undefined) return { frames };
    return { frames, next: { startedMs: Number(last.startedMs), seq: Number(last.seq) } };
  }

  /** With the digests of the model that was named. */
  private async resolved<T extends FrameFilter & ModelChoice>(asked: T): Promise<T> {
    const { model, version } = asked;
    if (model === undefined && version === undefined) return asked;
    return { ...asked, models: await this.catalogue.digestsOf(model, version) };
  }

  private async mustExist(devices: readonly string[] | undefined): Promise<void> {
    for (const device of devices ?? []) {
      if (await this.catalogue.hasDevice(device)) continue;
      throw unknownDevice(device);
    }
  }
}
