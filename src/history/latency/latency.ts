/**
 * Answers questions about latencies from the finest source that is cheap: few frames are read themselves, and of many the
 * roll-ups that fill the range, coarse ones in the middle and finer ones towards its ends.
 *
 * Whatever was committed before the question is in the answer, and nothing is written: frames that are not in a roll-up yet are
 * added to the answer one by one. Each roll-up holds all frames up to a number, so none counts twice, wherever folding stands.
 * Which levels have a range is known by their marks; where retention raised one meanwhile, the question is answered again.
 */
import { setImmediate as othersRun } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { clamp, Fault } from '../../wire/index.js';
import type { CatalogueStore } from '../frames/catalogue.store.js';
import type { FramePlace, FramesStore } from '../frames/frames.store.js';
import { addCells, fits } from '../rollups/cells.js';
import type { Coverage } from '../rollups/coverage.js';
import type { Folding } from '../rollups/folding.js';
import type { KnownKeys } from '../rollups/known-keys.js';
import {
  ceilTo,
  DAY_MS,
  floorTo,
  MINUTE_MS,
  type RollupSpan,
  rollupLevels,
} from '../rollups/rollup-levels.js';
import type { RollupOwner, RollupsStore, StoredRollup } from '../rollups/rollups.store.js';
import { RELATIVE_ERROR } from '../rollups/time-histogram.js';
import { MAX_BUCKETS, scaleOf, scopeOfNothing, tooLarge } from './bucket-choice.js';
import type { BucketScale } from './bucket-scale.js';
import { type Bucket, FrameBucket, RollupBucket } from './buckets.js';
import type { LatencyAnswer, LatencySource } from './latency-answers.js';
import type { LatencyQuestion } from './latency-question.js';
import { ownerOf, portionsOfSpans, RollupSpans, type Scope, type Stored } from './rollup-spans.js';
import { PAGE_FRAMES, UnfoldedFrames } from './unfolded-frames.js';

/** At most this many frames are read themselves: about 5 ms. */
const CHEAP_FRAMES = 500;
/** Where only frames can answer (buckets of seconds), no more of them. */
const MAX_FRAMES = 500_000;
const MAX_ROLLUPS = 20_000;
const PAGE_ROLLUPS = 500;

type Filled<B extends Bucket> = Map<number, B>;

export class Latency {
  private readonly spans: RollupSpans;

  constructor(
    private readonly frames: FramesStore,
    private readonly rollups: RollupsStore,
    private readonly folding: Folding,
    private readonly coverage: Coverage,
    private readonly keys: KnownKeys,
    private readonly catalogue: CatalogueStore,
  ) {
    this.spans = new RollupSpans(frames, rollups);
  }

  /** Throws REQUEST_INVALID when the answer would be too large. */
  async answer(question: LatencyQuestion): Promise<LatencyAnswer> {
    for (let marks = await this.coverage.marks(); ; ) {
      const foldedSeq = await this.folding.upTo();
      const answer = await this.answerBy(question, { marks, foldedSeq });
      // Marks are raised before anything is removed, so all rows were there while these stood.
      const after = await this.coverage.marks();
      if (isDeepStrictEqual(after, marks)) return answer;
      marks = after;
    }
  }

  private async answerBy(question: LatencyQuestion, stored: Stored): Promise<LatencyAnswer> {
    const scope = await this.scopeOf(question, stored);
    if (scope === undefined) return answerOf(scopeOfNothing(question), 'frames', new Map());
    if (await this.isCheapByFrames(scope, stored)) {
      return answerOf(scope, 'frames', await this.framesBy(scope));
    }
    return this.fromRollups(scope, stored);
  }

  /** Undefined when there is nothing in the range. */
  private async scopeOf(question: LatencyQuestion, stored: Stored): Promise<Scope | undefined> {
    const { fromMs: from, toMs = question.nowMs } = question;
    const fromMs = from ?? (await this.firstDay(question, toMs, stored));
    if (fromMs === undefined || fromMs >= toMs) return undefined;
    return { ...question, fromMs, toMs, scale: scaleOf(question, fromMs, toMs) };
  }

  /** The day of the first frame. Its age is what its device says, and no device has frames from long before it was enrolled. */
  private async firstDay(
    question: LatencyQuestion,
    toMs: number,
    stored: Stored,
  ): Promise<number | undefined> {
    const all = { levelMs: DAY_MS, fromMs: stored.marks.day, toMs };
    const firstMs = await this.spans.firstStart(question, all, stored);
    const { fleet } = stored.marks;
    const isFleet = question.devices === undefined && fleet > 0;
    // The fleet's roll-ups keep the frames of its first device when that is deleted.
    const enrolledMs = isFleet ? fleet : await this.catalogue.firstEnrolledMs(question.devices);
    if (firstMs === undefined || enrolledMs === undefined) return firstMs;
    return Math.max(firstMs, floorTo(enrolledMs - DAY_MS, DAY_MS));
  }

  /** The fleet's frames have no order by time: only a device is answered from frames, and only where retention has taken none. */
  private async isCheapByFrames(scope: Scope, { marks }: Stored): Promise<boolean> {
    const { devices, fromMs, scale } = scope;
    const isWhole = (scale.widthMs ?? MINUTE_MS) % MINUTE_MS === 0;
    if (devices === undefined || devices.length !== 1) {
      if (isWhole || scope.bucket === 'auto') return false;
      throw new Fault('REQUEST_INVALID', 'bucket: of several devices is a number of whole minutes');
    }
    // A frame is received when it began, or later.
    if (marks.frames > fromMs) return false;
    const limit = isWhole || scope.bucket === 'auto' ? CHEAP_FRAMES : MAX_FRAMES;
    const count = await this.frames.count(scope, limit + 1);
    if (count > limit && limit === MAX_FRAMES) {
      throw tooLarge(`more than ${MAX_FRAMES} frames; take whole minutes or a shorter range`);
    }
    return count <= limit;
  }

  private async framesBy(scope: Scope): Promise<Filled<FrameBucket>> {
    const filled: Filled<FrameBucket> = new Map();
    let after: FramePlace | undefined;
    for (;;) {
      const page = await this.frames.times(scope, PAGE_FRAMES, after);
      for (const frame of page) {
        bucketAt(filled, scope.scale, frame.startedMs, () => new FrameBucket()).add(frame);
      }
      after = page.at(-1);
      if (after === undefined || page.length < PAGE_FRAMES) return filled;
      await othersRun();
    }
  }

  private async fromRollups(asked: Scope, stored: Stored): Promise<LatencyAnswer> {
    // Of what began before the mark of the days no level has all.
    const kept = { ...asked, fromMs: Math.max(asked.fromMs, stored.marks.day) };
    if (kept.fromMs >= kept.toMs) return answerOf(scopeOfNothing(kept), 'day', new Map());
    const owner = ownerOf(kept);
    const levels = await this.spans.levelsFor(kept, stored);
    const [finestMs = DAY_MS] = levels;
    const [fromMs, toMs] = [floorTo(kept.fromMs, finestMs), ceilTo(kept.toMs, finestMs)];
    const scale = scaleOf(kept, kept.fromMs, kept.toMs, asked.scale.widthMs).on(finestMs);
    const scope = { ...kept, fromMs, toMs, scale };
    const spans = scale.spans(fromMs, toMs, levels);
    if (await this.areTooMany(owner, spans)) {
      throw tooLarge(`more than ${MAX_ROLLUPS} roll-ups; take longer buckets or a shorter range`);
    }
    const filled: Filled<RollupBucket> = new Map();
    const unfolded = new UnfoldedFrames(this.frames, this.keys, stored.foldedSeq);
    for (const portion of portionsOfSpans(spans, ownersOf(owner), PAGE_ROLLUPS)) {
      await this.addSpans(owner, portion, scope, filled, unfolded);
    }
    for await (const page of unfolded.pages(spans, scope)) {
      for (const { frame, startMs } of page) {
        bucketAt(filled, scale, startMs, () => new RollupBucket(scope.stages)).add(frame);
      }
    }
    const used = Math.min(...spans.map(({ levelMs }) => levelMs));
    const { name } = rollupLevels.find(({ ms }) => ms === used) ?? rollupLevels[0];
    return answerOf(scope, name, filled);
  }

  /** They are counted only where there might be: a span has at most one a device and start. */
  private async areTooMany(owner: RollupOwner, spans: readonly RollupSpan[]): Promise<boolean> {
    const starts = spans.reduce((sum, span) => sum + (span.toMs - span.fromMs) / span.levelMs, 0);
    if (owner !== 'every device' && starts * ownersOf(owner) <= MAX_ROLLUPS) return false;
    return (await this.rollups.count(owner, spans, MAX_ROLLUPS + 1)) > MAX_ROLLUPS;
  }

  private async addSpans(
    owner: RollupOwner,
    spans: readonly RollupSpan[],
    scope: Scope,
    filled: Filled<RollupBucket>,
    unfolded: UnfoldedFrames,
  ): Promise<void> {
    let after: StoredRollup | undefined;
    do {
      const page = await this.rollups.read(owner, spans, PAGE_ROLLUPS, after);
      for (const rollup of page) {
        unfolded.noteRead(rollup);
        const { startMs, cells } = rollup;
        addCells(cells, (key) => {
          if (!fits(scope, key)) return undefined;
          const make = () => new RollupBucket(scope.stages);
          return bucketAt(filled, scope.scale, startMs, make).sinkOf(key.outcome);
        });
      }
      after = page.length < PAGE_ROLLUPS ? undefined : page.at(-1);
      await othersRun();
    } while (after !== undefined);
  }
}

/** At least how many roll-ups there are of one start. */
const ownersOf = (owner: RollupOwner) => (typeof owner === 'object' ? owner.devices.length : 1);

function bucketAt<B extends Bucket>(
  filled: Filled<B>,
  scale: BucketScale,
  atMs: number,
  make: () => B,
): B {
  const startMs = scale.startOf(atMs);
  const found = filled.get(startMs) ?? make();
  filled.set(startMs, found);
  if (filled.size > MAX_BUCKETS) {
    throw tooLarge(`more than ${MAX_BUCKETS} buckets; take longer ones or a shorter range`);
  }
  return found;
}

function answerOf(scope: Scope, source: LatencySource, filled: Filled<Bucket>): LatencyAnswer {
  const { fromMs, toMs, scale, percentiles, timeZone } = scope;
  const buckets = [...filled]
    .sort(([a], [b]) => a - b)
    .map(([startMs, bucket]) => {
      return bucket.finish({ from: isoOf(startMs), to: isoOf(scale.endOf(startMs)) }, scope);
    });
  return {
    from: isoOf(fromMs),
    to: isoOf(toMs),
    bucketMs: scale.widthMs ?? null,
    tz: timeZone ?? null,
    percentiles,
    source,
    relativeError: source === 'frames' ? 0 : RELATIVE_ERROR,
    buckets,
  };
}

const isoOf = (ms: number) => new Date(clamp(ms, { min: -8.64e15, max: 8.64e15 })).toISOString();
