/**
 * Which frame of a burst follows which cut.
 *
 * Every cut for all frames comes first. Then the dynamic program over sequences
 * (sequences/label-search.ts): a narrow search, whose way through the frames shows the prices that
 * matter, and a wide one. Cuts that no better burst can hold are left out before. Where sets with
 * several tensors remain, a last search over bounds for them (set-jobs.ts) proves what it can.
 *
 * What is still open is annealed, and then searched once more below a little less than the best end:
 * there fewer labels survive, so a search that would lose some proves that nothing is much better.
 */

import type { Candidates } from '../../cuts/candidates.js';
import type { CutMix } from '../../cuts/cut-mix.js';
import type { Decision, PricedFrame } from '../../problem/priced-frame.js';
import { BurstSearch, type Near, type Size } from './burst-search.js';
import { type BurstJob, jobOf, undominated } from './job.js';
import type { Judge } from './judge.js';
import { orderedJobs } from './ordered-jobs.js';
import { refinedJob } from './refined-job.js';
import { annealed } from './sequences/annealing.js';
import type { Completion } from './sequences/completion.js';
import { descended } from './sequences/descent.js';
import { endOf, extended, jobsTo, type Label, NO_RELAXED_FRAME } from './sequences/label.js';
import { jobsOfSets, type SplitSet } from './set-jobs.js';

/** Labels kept for each number of frames. */
const NARROW = 16;
const WIDE = 400;
/** Bursts of one cut each that the simulator runs. */
const ONE_CUT_RUNS = 64;
/** Sets with several tensors that are ordered: in a second search, and in the first. */
const FEW_SETS = 24;
const MORE_SETS = 64;
/** Runs of annealing. */
const SEEDS = 3;
/** A bound within this share of the best end is near enough. */
const NEAR = 0.01;
const SAME = 1e-9;

/** Cuts from which frames choose. */
export interface Choices {
  readonly candidates: Candidates;
  readonly cuts: CutMix;
  /** Orders of cuts that others know to be good. */
  readonly decisions: readonly Decision[];
  /** Whether more than the best burst is asked for: work is then spent on the bound as well. */
  readonly needsBound: boolean;
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

/** The best sequence found, its jobs, and a bound on all bursts of sets with at most one tensor. */
interface Mixed {
  readonly way: Label | undefined;
  readonly jobs: readonly BurstJob[];
  readonly boundMs: number;
}

/** All jobs of whole frames, and all sets with several tensors. */
interface AllJobs {
  readonly whole: readonly BurstJob[];
  readonly split: readonly SplitSet[];
  /** Bounds on bursts of all of them. */
  readonly completion: Completion;
}

/** What a burst that ends before some time may hold: whole jobs, and bounds of the others. */
interface Open {
  readonly whole: Near<BurstJob>;
  readonly split: Near<SplitSet>;
  readonly relaxed: readonly BurstJob[];
}

class CutSearch {
  readonly #frame: PricedFrame;
  readonly #choices: Choices;
  readonly #size: Size;
  readonly #search: BurstSearch;

  constructor(frame: PricedFrame, choices: Choices, size: Size) {
    this.#frame = frame;
    this.#choices = choices;
    this.#size = size;
    this.#search = new BurstSearch(frame, size, choices.cuts.prices);
  }

  run(): CutChoice {
    const { candidates, decisions, needsBound } = this.#choices;
    const { frames, workers } = this.#size;
    const { judge } = this.#search;
    const sets = candidates.ranked.map(({ set }) => set);
    const { whole, split } = jobsOfSets(this.#frame, workers, sets);
    const known = decisions.map((decision) => jobOf(this.#frame, workers, decision));
    this.#tryOneCut([...known, ...whole]);
    const completion = this.#search.completion([...whole, ...split.map(({ relaxed }) => relaxed)]);
    completion.price(NO_RELAXED_FRAME, frames);
    const all = { whole, split, completion };
    const open = this.#open(all, this.#search.belowMs);
    const mixOf = (sets: number): Mixed => {
      const ordered = orderedJobs(this.#frame, workers, open.split.kept, sets);
      return this.#mix(open.whole.kept, [...known, ...ordered]);
    };
    const mixed = mixOf(MORE_SETS);
    const provenMs = this.#prove(open, mixed);
    let lowerBoundMs = candidates.holdsAll ? Math.max(completion.burstMs(frames), provenMs) : 0;
    if (lowerBoundMs >= judge.endMs * (1 - SAME)) return { judge, lowerBoundMs };
    // More sets may hold a better burst, fewer are searched more thoroughly.
    if (open.split.kept.length > FEW_SETS) mixOf(FEW_SETS);
    this.#anneal(mixed.jobs);
    const nearMs = judge.endMs / (1 + NEAR);
    if (candidates.holdsAll && needsBound && lowerBoundMs < nearMs) {
      lowerBoundMs = Math.max(lowerBoundMs, this.#proveBelow(all, mixed, nearMs));
    }
    return { judge, lowerBoundMs };
  }

  #open({ whole, split, completion }: AllJobs, belowMs: number): Open {
    const near = this.#search.near(completion, split, ({ relaxed }) => relaxed, belowMs);
    const refined = near.kept.map((one) => refinedJob(this.#frame, this.#size.workers, one));
    return {
      whole: this.#search.near(completion, whole, (job) => job, belowMs),
      split: near,
      relaxed: undominated(refined),
    };
  }

  /** Runs every job for all frames that may be better than what is known. */
  #tryOneCut(jobs: readonly BurstJob[]): void {
    const { frames } = this.#size;
    const { judge, from } = this.#search;
    const tried = jobs
      .map((job) => {
        const label = repeated(job, frames).reduce(extended, from);
        return { job, endMs: endOf(label, this.#frame.returnMs) };
      })
      .sort((a, b) => a.endMs - b.endMs);
    for (const { job, endMs } of tried.slice(0, this.#search.runs(ONE_CUT_RUNS))) {
      if (endMs >= judge.endMs) break;
      this.#search.try(repeated(job, frames));
    }
  }

  /** Mixes jobs that can be run; the best way found, and a bound on all of the whole ones. */
  #mix(whole: readonly BurstJob[], others: readonly BurstJob[]): Mixed {
    const search = this.#search;
    const jobs = search.together(whole, others);
    const completion = search.completion(jobs);
    completion.price(search.from, this.#size.frames, search.belowMs);
    const narrow = search.search(jobs, completion, { width: NARROW });
    search.priceAlong(completion, narrow.ends[0]);
    this.#descend(jobs);
    const left = search.near(completion, jobs, (job) => job);
    const wide = search.search(left.kept, completion, { width: WIDE });
    const way = wide.ends[0] ?? narrow.ends[0];
    this.#descend(left.kept);
    const single = left.kept.filter(isWhole);
    // Labels are no bound on frames with several tensors when there are several workers.
    const isMixed = search.hasWorkers && single.length < left.kept.length;
    const { boundMs } = isMixed ? search.search(single, completion, { width: WIDE }) : wide;
    return { way, jobs: left.kept, boundMs: Math.min(boundMs, left.droppedMs) };
  }

  /** A bound on every burst, from jobs that bound the sets with several tensors. */
  #prove({ whole, split, relaxed }: Open, mixed: Mixed): number {
    const search = this.#search;
    const droppedMs = Math.min(whole.droppedMs, split.droppedMs);
    const jobs = search.together(whole.kept, relaxed);
    const completion = search.completion(jobs);
    completion.price(NO_RELAXED_FRAME, this.#size.frames);
    search.priceAlong(completion, mixed.way && relaxedWay(mixed.way));
    const left = search.near(completion, jobs, (job) => job);
    if (left.kept.every(({ decision }) => decision)) {
      return Math.min(mixed.boundMs, left.droppedMs, droppedMs);
    }
    const isRelaxed = search.hasWorkers;
    const extent = { width: WIDE, from: NO_RELAXED_FRAME, isRelaxed };
    const { boundMs } = search.search(left.kept, completion, extent);
    const mixedMs = isRelaxed ? mixed.boundMs : Infinity;
    return Math.min(boundMs, left.droppedMs, mixedMs, droppedMs);
  }

  /** The same, where only bursts that end before `belowMs` are looked for. */
  #proveBelow(all: AllJobs, { way }: Mixed, belowMs: number): number {
    const search = this.#search;
    const open = this.#open(all, belowMs);
    const droppedMs = Math.min(belowMs, open.whole.droppedMs, open.split.droppedMs);
    const provenMs = (
      jobs: readonly BurstJob[],
      from: Label,
      along: Label | undefined,
      isRelaxed: boolean,
    ): number => {
      const completion = search.completion(jobs);
      completion.price(from, this.#size.frames, belowMs);
      search.priceAlong(completion, along, belowMs);
      const left = search.near(completion, jobs, (job) => job, belowMs);
      const extent = { width: WIDE, from, isRelaxed, belowMs };
      const { boundMs } = search.search(left.kept, completion, extent);
      return Math.min(boundMs, left.droppedMs);
    };
    const jobs = search.together(open.whole.kept, open.relaxed);
    const along = way && relaxedWay(way);
    if (!search.hasWorkers) {
      return Math.min(droppedMs, provenMs(jobs, NO_RELAXED_FRAME, along, false));
    }
    const wholeMs = provenMs(undominated(open.whole.kept), search.from, way, false);
    if (open.relaxed.length === 0) return Math.min(droppedMs, wholeMs);
    return Math.min(droppedMs, wholeMs, provenMs(jobs, NO_RELAXED_FRAME, along, true));
  }

  /** Improves the best sequence step by step, where the search may have lost better ones. */
  #descend(jobs: readonly BurstJob[]): void {
    const { hasWorkers, from, best } = this.#search;
    if (hasWorkers) this.#search.try(descended(from, best, jobs, this.#frame.returnMs));
  }

  /** The same by annealing, which leaves what no single step improves; with any number of workers. */
  #anneal(jobs: readonly BurstJob[]): void {
    const search = this.#search;
    // Several short runs, each from the best so far, find more than a long one.
    for (let seed = 1; seed <= SEEDS; seed++) {
      search.try(annealed(search.from, search.best, jobs, this.#frame.returnMs, seed));
    }
  }
}

function isWhole({ decision }: BurstJob): boolean {
  return (decision?.sendings.size ?? 0) <= 1;
}

function repeated(job: BurstJob, frames: number): BurstJob[] {
  return Array.from({ length: frames }, () => job);
}

/** The same frames, with what they ask of the machines. */
function relaxedWay(way: Label): Label {
  return jobsTo(way).reduce(extended, NO_RELAXED_FRAME);
}
