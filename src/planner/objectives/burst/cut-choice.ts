/**
 * Which frame of a burst follows which cut.
 *
 * Every cut for all frames comes first. Then the dynamic program over sequences
 * (sequences/label-search.ts): a narrow search, whose way through the frames shows the prices that
 * matter, and a wide one. Cuts that no better burst can hold are left out before. Where sets with
 * several tensors remain, a last search over bounds for them (set-jobs.ts) proves what it can.
 *
 * What is still open is annealed, and then searched once more below a little less than the best end:
 * there fewer labels survive, so a search that would lose some proves that nothing is much better. Where
 * frames of several tensors remain, they may also interleave (interleaved.ts).
 */

import type { Candidates } from '../../cuts/candidates.js';
import type { CutMix } from '../../cuts/cut-mix.js';
import type { Decision, PricedFrame } from '../../problem/priced-frame.js';
import { BurstProof, type Mixed } from './burst-proof.js';
import { BurstSearch, type Size } from './burst-search.js';
import { Interleaving } from './interleaved.js';
import { type BurstJob, jobOf } from './job.js';
import type { Judge } from './judge.js';
import { orderedJobs } from './ordered-jobs.js';
import { annealed } from './sequences/annealing.js';
import { descended } from './sequences/descent.js';
import { endOf, extended } from './sequences/label.js';

/** Labels kept for each number of frames. */
const NARROW = 16;
const WIDE = 400;
/** Bursts of one cut each that the simulator runs. */
const ONE_CUT_RUNS = 64;
/** Sets with several tensors that are ordered: in the first search, and in a second one. */
const FEW_SETS = 24;
const MORE_SETS = 64;
/** Runs of annealing. */
const SEEDS = 3;
/** A bound within this share of the best end is near enough, unless the burst has few frames. */
const NEAR = 0.01;
const FEW_FRAMES = 8;
const SAME = 1e-9;

/** Cuts from which frames choose. */
export interface Choices {
  readonly candidates: Candidates;
  readonly cuts: CutMix;
  /** Orders of cuts that others know to be good. */
  readonly decisions: readonly Decision[];
  /** Whether it matters how good the best burst is. */
  readonly needsBound: boolean;
  /** Whether a gap that is left is worth more work. */
  readonly isFull: boolean;
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
    const { candidates, decisions, needsBound, isFull } = this.#choices;
    const { judge } = this.#search;
    const sets = candidates.ranked.map(({ set }) => set);
    const proof = new BurstProof(this.#search, sets);
    const known = decisions.map((decision) => jobOf(this.#frame, this.#size.workers, decision));
    this.#tryOneCut([...known, ...proof.whole]);
    const open = proof.open(this.#search.belowMs);
    const mixOf = (sets: number): Mixed => {
      const ordered = orderedJobs(this.#frame, this.#size.workers, open.split.kept, sets);
      return this.#mix(open.whole.kept, [...known, ...ordered]);
    };
    const mixed = mixOf(FEW_SETS);
    const provenMs = needsBound ? proof.boundMs(open, mixed) : 0;
    const lowerBoundMs = candidates.holdsAll ? Math.max(proof.burstMs, provenMs) : 0;
    if (lowerBoundMs >= judge.endMs * (1 - SAME)) return { judge, lowerBoundMs };
    this.#anneal(mixed.jobs);
    const isNear = lowerBoundMs >= judge.endMs / (1 + NEAR);
    if (!isFull || (isNear && this.#size.frames > FEW_FRAMES)) return { judge, lowerBoundMs };
    // Fewer sets were searched more thoroughly, but more of them may hold a better burst.
    if (open.split.kept.length > FEW_SETS) mixOf(MORE_SETS);
    if (!candidates.holdsAll) return { judge, lowerBoundMs };
    return { judge, lowerBoundMs: this.#proven(proof, mixed, lowerBoundMs) };
  }

  /** Looks for interleaved frames, and proves that nothing much better exists, until one is near the other. */
  #proven(proof: BurstProof, { way }: Mixed, knownMs: number): number {
    const { judge } = this.#search;
    const sets = this.#choices.candidates.ranked.map(({ set }) => set);
    let lowerBoundMs = knownMs;
    const nearMs = (): number => judge.endMs / (1 + NEAR);
    const prove = (): void => {
      if (lowerBoundMs >= nearMs()) return;
      lowerBoundMs = Math.max(lowerBoundMs, proof.boundBelowMs(way, nearMs()));
    };
    prove();
    const isLong = this.#size.frames > FEW_FRAMES;
    if (isLong && lowerBoundMs >= nearMs()) return lowerBoundMs;
    if (!proof.maySplit(this.#search.belowMs)) return lowerBoundMs;
    const interleaving = new Interleaving(this.#frame, sets, this.#size);
    const first = interleaving.first(this.#search.belowMs);
    if (first && judge.try(first)) prove();
    if (lowerBoundMs >= nearMs()) return lowerBoundMs;
    const { boundMs, option } = interleaving.all(nearMs());
    if (option) judge.try(option);
    lowerBoundMs = Math.max(lowerBoundMs, boundMs);
    return lowerBoundMs < nearMs() ? Math.max(lowerBoundMs, proof.looseMs(way)) : lowerBoundMs;
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
