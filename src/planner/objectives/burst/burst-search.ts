/**
 * Searches of one burst over sequences of jobs: what they share, and the best burst found by any.
 *
 * For frames of one tensor the labels are what the simulator measures. Several workers may change a
 * frame that waits for its next tensor, so the simulator chooses among the best sequences.
 */

import type { Loads } from '../../algorithms/mixed-game.js';
import type { PricedFrame } from '../../problem/priced-frame.js';
import { startBelowMs } from './first-tensors.js';
import { type BurstJob, undominated } from './job.js';
import { Judge, sequenceOf } from './judge.js';
import { Completion } from './sequences/completion.js';
import { jobsTo, type Label, NO_FRAME, noFrameOf } from './sequences/label.js';
import { bestSequences, type Extent, type Sequences } from './sequences/label-search.js';

/** Jobs that a search takes into account, unless it is a proof. */
const JOBS = 150;
/** Extensions of a search. */
const EXTENSIONS = 200_000;
/** Bursts that the simulator runs for one search, and their steps. */
const MIXED_RUNS = 12;
const RUN_STEPS = 400_000;
/** States along a sequence whose prices a search uses. */
const PRICED_STATES = 8;
/** Two ends within this share of each other are the same. */
const SAME = 1e-10;

/** Frames of the burst, and how many the cloud serves at a time. */
export interface Size {
  readonly frames: number;
  readonly workers: number;
}

/** Jobs that a better burst may hold, and what bursts of the others end at least. */
export interface Near<T> {
  readonly kept: T[];
  readonly droppedMs: number;
}

/** How a search differs from a search below the best end, from the first frame on. */
type Search = Partial<Extent> & Pick<Extent, 'width'>;

/** One burst while it is searched. */
export class BurstSearch {
  readonly frame: PricedFrame;
  readonly size: Size;
  readonly judge: Judge;
  /** Whether labels hold the free times of several workers. */
  readonly hasWorkers: boolean;
  readonly from: Label;
  /** The best sequence; the judge may know a better burst that is none. */
  best: readonly BurstJob[] = [];
  readonly #prices: Loads;

  /** `prices` are those of the linear program over all cuts. */
  constructor(frame: PricedFrame, size: Size, prices: Loads) {
    this.frame = frame;
    this.size = size;
    this.judge = new Judge(frame, size.workers);
    this.hasWorkers = size.workers > 1 && !frame.graph.mayStartInCloud;
    this.from = this.hasWorkers ? noFrameOf(size.workers) : NO_FRAME;
    this.#prices = prices;
  }

  /** Bursts that end no earlier are no better than the best. */
  get belowMs(): number {
    return this.judge.endMs * (1 - SAME);
  }

  /** With several workers only whole jobs are exact, so no other job may stand for one of them. */
  together(whole: readonly BurstJob[], others: readonly BurstJob[]): BurstJob[] {
    return this.hasWorkers
      ? [...undominated(whole), ...undominated(others)]
      : undominated([...whole, ...others]);
  }

  /** Bursts that the simulator may run, at most `most`. */
  runs(most: number): number {
    const steps = this.size.frames * this.frame.graph.nodes.length;
    return Math.max(1, Math.min(most, Math.floor(RUN_STEPS / steps)));
  }

  /** Bounds on bursts of some jobs, where given on those that end before some time. */
  completion(jobs: readonly BurstJob[], belowMs = Infinity): Completion {
    const knowsStart = this.hasWorkers && belowMs < Infinity;
    const startMs = knowsStart ? startBelowMs(this.frame, this.size, belowMs) : 0;
    const completion = new Completion(jobs, this.frame.returnMs, this.size.workers, startMs);
    const [deviceMs, linkMs, cloudMs] = this.#prices;
    completion.add([deviceMs, 0, linkMs, cloudMs]);
    completion.add([0, deviceMs, linkMs, cloudMs]);
    return completion;
  }

  /** What a burst that ends before `belowMs` may hold, at most `most` of it. */
  near<T>(
    completion: Completion,
    all: readonly T[],
    jobIn: (one: T) => BurstJob,
    belowMs = this.belowMs,
    most = JOBS,
  ): Near<T> {
    const { frames } = this.size;
    const bounded = all
      .map((one) => ({ one, boundMs: completion.withJobMs(jobIn(one), frames) }))
      .filter(({ boundMs }) => boundMs < belowMs)
      .sort((a, b) => a.boundMs - b.boundMs);
    const room = Math.max(4, Math.min(most, Math.floor(EXTENSIONS / (4 * frames))));
    const kept = bounded.slice(0, room).map(({ one }) => one);
    return { kept, droppedMs: bounded[room]?.boundMs ?? Infinity };
  }

  /** Adds the prices of states along a sequence. */
  priceAlong(completion: Completion, way: Label | undefined, belowMs = this.belowMs): void {
    const stride = Math.max(1, Math.floor(this.size.frames / PRICED_STATES));
    let left = 0;
    for (let label = way; label; label = label.before) {
      if (left > 0 && left % stride === 0) completion.price(label, left, belowMs);
      left += 1;
    }
  }

  /** Searches sequences of jobs and runs the best ones. */
  search(jobs: readonly BurstJob[], completion: Completion, given: Search): Sequences {
    const { from = this.from, isRelaxed = false, belowMs = this.belowMs } = given;
    const { frames } = this.size;
    const fits = Math.max(4, Math.floor(EXTENSIONS / (frames * Math.max(1, jobs.length))));
    const found = bestSequences(jobs, completion, {
      frames,
      from,
      isRelaxed,
      belowMs,
      ...(given.extensions ? { extensions: given.extensions } : {}),
      width: given.extensions ? given.width : Math.min(given.width, fits),
    });
    const runs = this.size.workers === 1 ? 1 : this.runs(MIXED_RUNS);
    for (const label of found.ends.slice(0, runs)) this.try(jobsTo(label));
    return found;
  }

  /** Runs a sequence, unless a job of it cannot be run. */
  try(sequence: readonly BurstJob[]): void {
    if (!sequence.every((job) => job.decision)) return;
    if (this.judge.try(sequenceOf(sequence))) this.best = sequence;
  }
}
