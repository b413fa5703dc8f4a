/**
 * Bounds on every burst, where all device sets are known.
 *
 * Sets with at most one tensor are whole jobs; sets with several enter as relaxed jobs, faster than
 * any interleaving (set-jobs.ts). First they bound all bursts that end before the best one. Below a
 * little less than the best end less survives. There several workers share the cloud, and where that
 * proves nothing, each serves whole pieces (sequences/served.ts).
 */

import type { DeviceSet } from '../../problem/device-sets.js';
import type { BurstSearch, Near } from './burst-search.js';
import { type BurstJob, undominated } from './job.js';
import { refinedJob } from './refined-job.js';
import type { Completion } from './sequences/completion.js';
import {
  extended,
  jobsTo,
  type Label,
  NO_RELAXED_FRAME,
  noRelaxedFrameOf,
} from './sequences/label.js';
import { pieceOf } from './sequences/served.js';
import { jobsOfSets, type SplitSet } from './set-jobs.js';

/** Jobs that a proof takes into account, so that nothing is left out where many cuts are alike. */
const JOBS = 600;
/** Labels that a proof keeps for each number of frames, and its extensions: below the best end, and nearby. */
const LIMITS = { width: 400, extensions: 100_000 };
const NEAR_LIMITS = { width: 1_500, extensions: 300_000 };
/** Labels kept where nothing can be proven, so that the gap is not larger than it has to be. */
const LOOSE_WIDTH = 60;

/** The best sequence found, its jobs, and a bound on all bursts of sets with at most one tensor. */
export interface Mixed {
  readonly way: Label | undefined;
  readonly jobs: readonly BurstJob[];
  readonly boundMs: number;
}

/** What a burst that ends before some time may hold: whole jobs, and bounds of the others. */
interface Open {
  readonly whole: Near<BurstJob>;
  readonly split: Near<SplitSet>;
  readonly relaxed: readonly BurstJob[];
}

/** Jobs with bounds on their bursts, and what bursts of the others end at least. */
interface Prepared {
  readonly completion: Completion;
  readonly left: readonly BurstJob[];
  readonly droppedMs: number;
}

/** Sequences of some jobs from a label on, along a way whose prices are used. */
interface Sequences {
  readonly jobs: readonly BurstJob[];
  readonly from: Label;
  readonly way: Label | undefined;
  readonly isRelaxed: boolean;
}

/** Bounds on the bursts that a search looks for. */
export class BurstProof {
  readonly #search: BurstSearch;
  readonly #split: readonly SplitSet[];
  /** Whole jobs, and the relaxed ones of the others. */
  readonly #all: readonly BurstJob[];
  readonly #completion: Completion;
  /** All jobs of sets with at most one tensor. */
  readonly whole: readonly BurstJob[];

  constructor(search: BurstSearch, sets: readonly DeviceSet[]) {
    const { whole, split } = jobsOfSets(search.frame, search.size.workers, sets);
    this.#search = search;
    this.#split = split;
    this.whole = whole;
    this.#all = [...whole, ...split.map(({ relaxed }) => relaxed)];
    this.#completion = search.completion(this.#all);
    this.#completion.price(NO_RELAXED_FRAME, search.size.frames);
  }

  /** Whether a burst that ends before `belowMs` may hold frames of several tensors: only they interleave. */
  maySplit(belowMs: number): boolean {
    const bounds = this.#boundsBelow(belowMs);
    return this.#split.some(
      ({ relaxed }) => bounds.withJobMs(relaxed, this.#search.size.frames) < belowMs,
    );
  }

  /** No burst ends before, whatever it holds. */
  get burstMs(): number {
    return this.#completion.burstMs(this.#search.size.frames);
  }

  /** What a burst that ends before `belowMs` may hold, at most `most` jobs of either kind. */
  open(belowMs: number, most?: number): Open {
    const search = this.#search;
    const bounds = this.#boundsBelow(belowMs);
    const whole = search.near(bounds, this.whole, (job) => job, belowMs, most);
    const split = search.near(bounds, this.#split, ({ relaxed }) => relaxed, belowMs, most);
    const refined = split.kept.map((one) => refinedJob(search.frame, search.size.workers, one));
    return { whole, split, relaxed: undominated(refined) };
  }

  /** Bounds that know when several workers can begin. */
  #boundsBelow(belowMs: number): Completion {
    const { hasWorkers, size } = this.#search;
    if (!hasWorkers) return this.#completion;
    const bounds = this.#search.completion(this.#all, belowMs);
    bounds.price(NO_RELAXED_FRAME, size.frames);
    return bounds;
  }

  /** A bound on every burst, from jobs that bound the sets with several tensors. */
  boundMs(open: Open, mixed: Mixed): number {
    const search = this.#search;
    const { completion, left, droppedMs } = this.#prepared(open, mixed.way);
    if (left.every(({ decision }) => decision)) {
      return Math.min(mixed.boundMs, droppedMs);
    }
    const isRelaxed = search.hasWorkers;
    const extent = { ...LIMITS, from: NO_RELAXED_FRAME, isRelaxed };
    const { boundMs } = search.search(left, completion, extent);
    return Math.min(boundMs, droppedMs, isRelaxed ? mixed.boundMs : Infinity);
  }

  /** A bound that loses labels on the way, where nothing else is left. */
  looseMs(way: Label | undefined): number {
    const search = this.#search;
    const { completion, left, droppedMs } = this.#prepared(this.open(search.belowMs), way);
    const extent = { width: LOOSE_WIDTH, from: NO_RELAXED_FRAME };
    return Math.min(search.search(left, completion, extent).boundMs, droppedMs);
  }

  /** All jobs of a burst that is better than the best, with bounds, and what the others reach. */
  #prepared({ whole, split, relaxed }: Open, way: Label | undefined): Prepared {
    const search = this.#search;
    const jobs = search.together(whole.kept, relaxed);
    const completion = search.completion(jobs, search.belowMs);
    completion.price(NO_RELAXED_FRAME, search.size.frames);
    search.priceAlong(completion, relaxedWay(way, NO_RELAXED_FRAME));
    const { kept, droppedMs } = search.near(completion, jobs, (job) => job);
    const leastMs = Math.min(droppedMs, whole.droppedMs, split.droppedMs);
    return { completion, left: kept, droppedMs: leastMs };
  }

  /** The same below `belowMs`, along the best sequence found. */
  boundBelowMs(way: Label | undefined, belowMs: number): number {
    const search = this.#search;
    const { whole, split, relaxed } = this.open(belowMs, JOBS);
    const droppedMs = Math.min(belowMs, whole.droppedMs, split.droppedMs);
    const jobs = search.together(whole.kept, relaxed);
    const from = NO_RELAXED_FRAME;
    const all = { jobs, from, way: relaxedWay(way, from), isRelaxed: search.hasWorkers };
    if (!search.hasWorkers) return Math.min(droppedMs, this.#searchedMs(all, belowMs));
    const single = { jobs: undominated(whole.kept), from: search.from, way, isRelaxed: false };
    const wholeMs = Math.min(droppedMs, this.#searchedMs(single, belowMs));
    if (wholeMs < belowMs || relaxed.length === 0) return wholeMs;
    const sharedMs = this.#searchedMs(all, belowMs);
    if (sharedMs >= belowMs) return wholeMs;
    const served = noRelaxedFrameOf(search.size.workers);
    const pieces = jobs.map(pieceOf);
    const servedMs = this.#searchedMs(
      { ...all, jobs: pieces, from: served, way: relaxedWay(way, served) },
      belowMs,
    );
    return Math.min(wholeMs, Math.max(sharedMs, servedMs));
  }

  #searchedMs({ jobs, from, way, isRelaxed }: Sequences, belowMs: number): number {
    const search = this.#search;
    const completion = search.completion(jobs, belowMs);
    completion.price(from, search.size.frames, belowMs);
    search.priceAlong(completion, way, belowMs);
    const left = search.near(completion, jobs, (job) => job, belowMs, JOBS);
    const extent = { ...NEAR_LIMITS, from, isRelaxed, belowMs };
    const { boundMs } = search.search(left.kept, completion, extent);
    return Math.min(boundMs, left.droppedMs);
  }
}

/** The same frames, with what they ask of the machines. */
function relaxedWay(way: Label | undefined, from: Label): Label | undefined {
  return way && jobsTo(way).reduce(extended, from);
}
