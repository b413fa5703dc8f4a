/**
 * Answers questions about latencies from the finest source that is cheap: few frames are read themselves, and of many the
 * roll-ups that fill the range, coarse ones in the middle and finer ones towards its ends.
 *
 * Whatever was committed before the question is in the answer, and nothing is written: frames that are not in a roll-up yet are
 * added to the answer one by one. Each roll-up holds all frames up to a number, so none counts twice, wherever folding stands.
 */
import { setImmediate as othersRun } from 'node:timers/promises';
import { clamp, Fault } from '../../wire/index.js';
import type { CatalogueStore } from '../frames/catalogue.store.js';
import type { FramePlace, FramesStore } from '../frames/frames.store.js';
import { addCells, fits } from '../rollups/cells.js';
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
import { type Bucket, FrameBucket, RollupBucket } from './buckets.js';
import type { LatencyAnswer, LatencySource } from './latency-answers.js';
import type { LatencyQuestion } from './latency-question.js';
import { levelsFor, ownerOf, type Scope, spansIn, startsOf } from './rollup-spans.js';
import { PAGE_FRAMES, UnfoldedFrames } from './unfolded-frames.js';

/** At most this many frames are read themselves: about 5 ms. */
const CHEAP_FRAMES = 500;
/** Where only frames can answer (buckets of seconds), no more of them. */
const MAX_FRAMES = 500_000;
const MAX_ROLLUPS = 20_000;
const MAX_BUCKETS = 10_000;
const PAGE_ROLLUPS = 500;
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

type Filled<B extends Bucket> = Map<number, B>;

export class Latency {
  constructor(
    private readonly frames: FramesStore,
    private readonly rollups: RollupsStore,
    private readonly folding: Folding,
    private readonly keys: KnownKeys,
    private readonly catalogue: CatalogueStore,
  ) {}

  /** Throws REQUEST_INVALID when the answer would be too large. */
  async answer(question: LatencyQuestion): Promise<LatencyAnswer> {
    const foldedSeq = await this.folding.upTo();
    const scope = await this.scopeOf(question, foldedSeq);
    if (scope === undefined) return answerOf(emptyScope(question), 'frames', new Map());
    if (await this.isCheapByFrames(scope)) {
      return answerOf(scope, 'frames', await this.framesBy(scope));
    }
    return this.fromRollups(scope, foldedSeq);
  }

  /** Undefined when there is nothing in the range. */
  private async scopeOf(question: LatencyQuestion, foldedSeq: number): Promise<Scope | undefined> {
    const { fromMs: from, toMs = question.nowMs, bucket } = question;
    const stored = await this.rollups.firstStarts(ownerOf(question));
    const tailMs = await this.frames.firstStart(question.devices, foldedSeq);
    const starts = startsOf(stored, tailMs, question);
    const fromMs = from ?? (await this.firstDay(question.devices, starts.get(DAY_MS)));
    if (fromMs === undefined || fromMs >= toMs) return undefined;
    const auto = () => ROUND_WIDTHS_MS.find((ms) => (toMs - fromMs) / ms <= AUTO_BUCKETS);
    const widths = { all: undefined, auto: auto() ?? 364 * DAY_MS };
    const bucketMs = typeof bucket === 'number' ? bucket : widths[bucket];
    return { ...question, fromMs, toMs, bucketMs, levels: levelsFor(fromMs, starts) };
  }

  /** The day of the first frame. Its age is what its device says, and no device has frames from long before it was enrolled. */
  private async firstDay(
    devices: readonly string[] | undefined,
    firstMs: number | undefined,
  ): Promise<number | undefined> {
    const enrolledMs = await this.catalogue.firstEnrolledMs(devices);
    if (firstMs === undefined || enrolledMs === undefined) return firstMs;
    return Math.max(firstMs, floorTo(enrolledMs - DAY_MS, DAY_MS));
  }

  /** The fleet's frames have no order by time: only a device is answered from frames, and only where retention has taken none. */
  private async isCheapByFrames(scope: Scope): Promise<boolean> {
    const { devices, fromMs, bucketMs = MINUTE_MS } = scope;
    const isWhole = bucketMs % MINUTE_MS === 0;
    if (devices === undefined || devices.length !== 1) {
      if (isWhole || scope.bucket === 'auto') return false;
      throw new Fault('REQUEST_INVALID', 'bucket: of several devices is a number of whole minutes');
    }
    const oldest = await this.frames.oldest();
    if (oldest === undefined || (oldest.seq > 1 && oldest.receivedMs > fromMs)) return false;
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
        bucketAt(filled, scope, frame.startedMs, () => new FrameBucket()).add(frame);
      }
      after = page.at(-1);
      if (after === undefined || page.length < PAGE_FRAMES) return filled;
      await othersRun();
    }
  }

  private async fromRollups(asked: Scope, foldedSeq: number): Promise<LatencyAnswer> {
    const owner = ownerOf(asked);
    const [finestMs = DAY_MS] = asked.levels;
    const bucketMs = asked.bucketMs === undefined ? undefined : ceilTo(asked.bucketMs, finestMs);
    const [fromMs, toMs] = [floorTo(asked.fromMs, finestMs), ceilTo(asked.toMs, finestMs)];
    const scope = { ...asked, bucketMs, fromMs, toMs };
    const spans = spansIn(scope);
    if (await this.areTooMany(owner, spans)) {
      throw tooLarge(`more than ${MAX_ROLLUPS} roll-ups; take longer buckets or a shorter range`);
    }
    const filled: Filled<RollupBucket> = new Map();
    const unfolded = new UnfoldedFrames(this.frames, this.keys, foldedSeq);
    for (const span of spans) await this.addSpan(owner, span, scope, filled, unfolded);
    for await (const page of unfolded.pages(spans, scope)) {
      for (const { frame, startMs } of page) {
        bucketAt(filled, scope, startMs, () => new RollupBucket(scope.stages)).add(frame);
      }
    }
    const used = Math.min(...spans.map(({ levelMs }) => levelMs));
    const { name } = rollupLevels.find(({ ms }) => ms === used) ?? rollupLevels[0];
    return answerOf(scope, name, filled);
  }

  /** They are counted only where there might be: a span has at most one a device and start. */
  private async areTooMany(owner: RollupOwner, spans: readonly RollupSpan[]): Promise<boolean> {
    const starts = spans.reduce((sum, span) => sum + (span.toMs - span.fromMs) / span.levelMs, 0);
    const owners = typeof owner === 'object' ? owner.devices.length : 1;
    if (owner !== 'every device' && starts * owners <= MAX_ROLLUPS) return false;
    return (await this.rollups.count(owner, spans, MAX_ROLLUPS + 1)) > MAX_ROLLUPS;
  }

  private async addSpan(
    owner: RollupOwner,
    span: RollupSpan,
    scope: Scope,
    filled: Filled<RollupBucket>,
    unfolded: UnfoldedFrames,
  ): Promise<void> {
    let after: StoredRollup | undefined;
    do {
      const page = await this.rollups.read(owner, span, PAGE_ROLLUPS, after);
      for (const rollup of page) {
        unfolded.noteRead(rollup);
        const { startMs, cells } = rollup;
        addCells(cells, (key) => {
          if (!fits(scope, key)) return undefined;
          const bucket = bucketAt(filled, scope, startMs, () => new RollupBucket(scope.stages));
          return bucket.sinkOf(key.outcome);
        });
      }
      after = page.length < PAGE_ROLLUPS ? undefined : page.at(-1);
      await othersRun();
    } while (after !== undefined);
  }
}

function bucketAt<B extends Bucket>(
  filled: Filled<B>,
  { fromMs, bucketMs }: Scope,
  atMs: number,
  make: () => B,
): B {
  const startMs = bucketMs === undefined ? fromMs : floorTo(atMs, bucketMs);
  const found = filled.get(startMs) ?? make();
  filled.set(startMs, found);
  if (filled.size > MAX_BUCKETS) {
    throw tooLarge(`more than ${MAX_BUCKETS} buckets; take longer ones or a shorter range`);
  }
  return found;
}

function answerOf(scope: Scope, source: LatencySource, filled: Filled<Bucket>): LatencyAnswer {
  const { fromMs, toMs, bucketMs, percentiles } = scope;
  const buckets = [...filled]
    .sort(([a], [b]) => a - b)
    .map(([startMs, bucket]) => {
      const endMs = bucketMs === undefined ? toMs : startMs + bucketMs;
      return bucket.finish({ from: isoOf(startMs), to: isoOf(endMs) }, scope);
    });
  return {
    from: isoOf(fromMs),
    to: isoOf(toMs),
    bucketMs: bucketMs ?? null,
    percentiles,
    source,
    relativeError: source === 'frames' ? 0 : RELATIVE_ERROR,
    buckets,
  };
}

function emptyScope(question: LatencyQuestion): Scope {
  const { fromMs, toMs = question.nowMs, bucket } = question;
  const bucketMs = typeof bucket === 'number' ? bucket : undefined;
  return { ...question, fromMs: fromMs ?? toMs, toMs, bucketMs, levels: [] };
}

function tooLarge(text: string): Fault {
  return new Fault('REQUEST_INVALID', `The range holds ${text}.`);
}

const isoOf = (ms: number) => new Date(clamp(ms, { min: -8.64e15, max: 8.64e15 })).toISOString();
