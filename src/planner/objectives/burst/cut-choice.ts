/**
 * Which frame of a burst follows which cut.
 *
 * Every cut for all frames comes first. Then the dynamic program over sequences (label-search.ts): a
 * narrow search, whose way through the frames shows the prices that matter, and a wide one. Cuts that
 * no better burst can hold are left out before. Where sets with several tensors remain, a last
 * search over bounds for them (set-jobs.ts) proves what it can.
 *
 * For frames of one tensor the labels are what the simulator measures. Several workers may change a
 * frame that waits for its next tensor, so the simulator chooses among the best sequences.
 */

import type { Candidates } from '../../cuts/candidates.js';
import type { CutMix } from '../../cuts/cut-mix.js';
import type { Decision, PricedFrame } from '../../problem/priced-frame.js';
import { Completion } from './completion.js';
import { descended } from './descent.js';
import { type BurstJob, jobOf, undominated } from './job.js';
import { Judge, sequenceOf } from './judge.js';
import {
  endOf,
  extended,
  jobsTo,
  type Label,
  NO_FRAME,
  NO_RELAXED_FRAME,
  noFrameOf,
} from './label.js';
import { bestSequences, type Extent, type Sequences } from './label-search.js';
import { orderedJobs } from './ordered-jobs.js';
import { refinedJob } from './refined-job.js';
import { jobsOfSets } from './set-jobs.js';

/** Jobs a search takes into account. */
const JOBS = 150;
/** Labels kept for each number of frames, and extensions of a search. */
const NARROW = 16;
const WIDE = 400;
const EXTENSIONS = 200_000;
/** Bursts that the simulator runs: of one cut each, of mixed cuts in one search, and their steps. */
const ONE_CUT_RUNS = 64;
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

/** Cuts from which frames choose. */
export interface Choices {
  readonly candidates: Candidates;
  readonly cuts: CutMix;
  /** Orders of cuts that others know to be good. */
  readonly decisions: readonly Decision[];
}

/** The best burst found, and a bound that holds for every burst. */
export interface CutChoice {
  readonly judge: Judge;
  readonly lowerBoundMs: number;
}

/** Chooses cuts for the frames of a burst. */
export function chooseCuts(frame: PricedFrame, choices: Choices, size: Size): CutChoice {
  return new CutSearch(frame, choices, size).run();
}

/** The best sequence found, and a bound on all bursts of sets with at most one tensor. */
interface Mixed {
  readonly way: Label | undefined;
  readonly boundMs: number;
}

class CutSearch {
  readonly #frame: PricedFrame;
  readonly #choices: Choices;
  readonly #size: Size;
  readonly #judge: Judge;
  /** Whether labels hold the free times of several workers. */
  readonly #hasWorkers: boolean;
  readonly #from: Label;
  #best: readonly BurstJob[] = [];

  constructor(frame: PricedFrame, choices: Choices, size: Size) {
    this.#frame = frame;
    this.#choices = choices;
    this.#size = size;
    this.#judge = new Judge(frame, size.workers);
    this.#hasWorkers = size.workers > 1 && !frame.graph.mayStartInCloud;
    this.#from = this.#hasWorkers ? noFrameOf(size.workers) : NO_FRAME;
  }

  run(): CutChoice {
    const { candidates, decisions } = this.#choices;
    const { frames, workers } = this.#size;
    const sets = candidates.ranked.map(({ set }) => set);
    const { whole, split } = jobsOfSets(this.#frame, workers, sets);
    const known = decisions.map((decision) => jobOf(this.#frame, workers, decision));
    this.#tryOneCut([...known, ...whole]);
    const all = this.#completion([...whole, ...split.map(({ relaxed }) => relaxed)]);
    const near = this.#near(all, whole, (job) => job);
    const nearSplit = this.#near(all, split, ({ relaxed }) => relaxed);
    const relaxed = undominated(nearSplit.kept.map((one) => refinedJob(this.#frame, workers, one)));
    const mixed = this.#mix(near.kept, [
      ...known,
      ...orderedJobs(this.#frame, workers, nearSplit.kept),
    ]);
    const provenMs = this.#prove(near.kept, relaxed, mixed);
    const lowerBoundMs = Math.max(
      all.burstMs(frames),
      Math.min(provenMs, near.droppedMs, nearSplit.droppedMs),
    );
    return { judge: this.#judge, lowerBoundMs: candidates.holdsAll ? lowerBoundMs : 0 };
  }

  get #belowMs(): number {
    return this.#judge.endMs * (1 - SAME);
  }

  #runs(most: number): number {
    const steps = this.#size.frames * this.#frame.graph.nodes.length;
    return Math.max(1, Math.min(most, Math.floor(RUN_STEPS / steps)));
  }

  #completion(jobs: readonly BurstJob[]): Completion {
    const completion = new Completion(jobs, this.#frame.returnMs);
    const [deviceMs, linkMs, cloudMs] = this.#choices.cuts.prices;
    completion.add([deviceMs, 0, linkMs, cloudMs]);
    completion.add([0, deviceMs, linkMs, cloudMs]);
    return completion;
  }

  /** Runs every job for all frames that may be better than what is known. */
  #tryOneCut(jobs: readonly BurstJob[]): void {
    const { frames } = this.#size;
    const tried = jobs
      .map((job) => {
        const label = repeated(job, frames).reduce(extended, this.#from);
        return { job, endMs: endOf(label, this.#frame.returnMs) };
      })
      .sort((a, b) => a.endMs - b.endMs);
    for (const { job, endMs } of tried.slice(0, this.#runs(ONE_CUT_RUNS))) {
      if (endMs >= this.#judge.endMs) break;
      this.#try(repeated(job, frames));
    }
  }

  /** What a burst that is better than what is known may hold, at most `JOBS` of it. */
  #near<T>(
    completion: Completion,
    all: readonly T[],
    jobIn: (one: T) => BurstJob,
  ): { kept: T[]; droppedMs: number } {
    const bounded = all
      .map((one) => ({ one, boundMs: completion.withJobMs(jobIn(one), this.#size.frames) }))
      .filter(({ boundMs }) => boundMs < this.#belowMs)
      .sort((a, b) => a.boundMs - b.boundMs);
    const room = Math.max(4, Math.min(JOBS, Math.floor(EXTENSIONS / (4 * this.#size.frames))));
    const kept = bounded.slice(0, room).map(({ one }) => one);
    return { kept, droppedMs: bounded[room]?.boundMs ?? Infinity };
  }

  /** Mixes jobs that can be run; the best way found, and a bound on all of the whole ones. */
  #mix(whole: readonly BurstJob[], others: readonly BurstJob[]): Mixed {
    // With several workers only whole jobs are exact, so no other job may stand for one of them.
    const jobs = this.#hasWorkers
      ? [...undominated(whole), ...undominated(others)]
      : undominated([...whole, ...others]);
    const completion = this.#completion(jobs);
    completion.price(this.#from, this.#size.frames);
    const narrow = this.#search(jobs, completion, { width: NARROW });
    this.#priceAlong(completion, narrow.ends[0]);
    this.#descend(jobs);
    const left = this.#near(completion, jobs, (job) => job);
    const wide = this.#search(left.kept, completion, { width: WIDE });
    const way = wide.ends[0] ?? narrow.ends[0];
    this.#descend(left.kept);
    const single = left.kept.filter(({ decision }) => (decision?.sendings.size ?? 0) <= 1);
    // Labels are no bound on frames with several tensors when there are several workers.
    const isMixed = this.#hasWorkers && single.length < left.kept.length;
    const { boundMs } = isMixed ? this.#search(single, completion, { width: WIDE }) : wide;
    return { way, boundMs: Math.min(boundMs, left.droppedMs) };
  }

  /** A bound on every burst, from jobs that bound the sets with several tensors. */
  #prove(whole: readonly BurstJob[], relaxed: readonly BurstJob[], mixed: Mixed): number {
    const jobs = this.#hasWorkers
      ? [...undominated(whole), ...relaxed]
      : undominated([...whole, ...relaxed]);
    const completion = this.#completion(jobs);
    completion.price(NO_RELAXED_FRAME, this.#size.frames);
    this.#priceAlong(completion, mixed.way && relaxedWay(mixed.way));
    const left = this.#near(completion, jobs, (job) => job);
    if (left.kept.every(({ decision }) => decision)) {
      return Math.min(mixed.boundMs, left.droppedMs);
    }
    const isRelaxed = this.#hasWorkers;
    const shared = { width: WIDE, from: NO_RELAXED_FRAME, isRelaxed };
    const { boundMs } = this.#search(left.kept, completion, shared);
    return Math.min(boundMs, left.droppedMs, isRelaxed ? mixed.boundMs : Infinity);
  }

  #try(sequence: readonly BurstJob[]): void {
    if (this.#judge.try(sequenceOf(sequence))) this.#best = sequence;
  }

  /** Improves the best sequence step by step, where the search may have lost better ones. */
  #descend(jobs: readonly BurstJob[]): void {
    if (!this.#hasWorkers) return;
    this.#try(descended(this.#from, this.#best, jobs, this.#frame.returnMs));
  }

  #priceAlong(completion: Completion, way: Label | undefined): void {
    const { frames } = this.#size;
    const stride = Math.max(1, Math.floor(frames / PRICED_STATES));
    let left = 0;
    for (let label = way; label; label = label.before) {
      if (left > 0 && left % stride === 0) completion.price(label, left);
      left += 1;
    }
  }

  #search(
    jobs: readonly BurstJob[],
    completion: Completion,
    { width: most, from = this.#from, isRelaxed = false }: Partial<Extent> & Pick<Extent, 'width'>,
  ): Sequences {
    const { frames } = this.#size;
    const width = Math.floor(EXTENSIONS / (frames * Math.max(1, jobs.length)));
    const found = bestSequences(jobs, completion, {
      frames,
      from,
      isRelaxed,
      belowMs: this.#belowMs,
      width: Math.max(4, Math.min(most, width)),
    });
    const runs = this.#size.workers === 1 ? 1 : this.#runs(MIXED_RUNS);
    for (const label of found.ends.slice(0, runs)) {
      const sequence = jobsTo(label);
      if (sequence.every((job) => job.decision)) this.#try(sequence);
    }
    return found;
  }
}

function repeated(job: BurstJob, frames: number): BurstJob[] {
  return Array.from({ length: frames }, () => job);
}

/** The same frames, with what they ask of the machines. */
function relaxedWay(way: Label): Label {
  return jobsTo(way).reduce(extended, NO_RELAXED_FRAME);
}
