/**
 * Plans for frames that come at an interval, for any interval of one question.
 *
 * One cut serves all frames where one keeps within the loads (one-cut.ts), unless a mix as executed
 * saves a tenth. Otherwise the frames follow a pattern of the cheapest mix (pace-mix.ts,
 * pace-pattern.ts), and where no mix keeps up, the pattern of the shortest period: the best rate
 * that the stream can have. Every plan is executed.
 */

import { counted, type Loads } from '../../algorithms/mixed-game.js';
import type { Candidates } from '../../cuts/candidates.js';
import { type CutMix, cutMixOf, type LoadedCut } from '../../cuts/cut-mix.js';
import type { Decision, PricedFrame } from '../../problem/priced-frame.js';
import type { Limits, Link } from '../../problem/problem.js';
import { patternOf } from '../stream-pattern.js';
import { meanLoads, type PatternRun, runPattern, sharesOf } from '../stream-run.js';
import { type AlonePlan, alonePlanOf, cutWithin } from './alone-cut.js';
import {
  asksForBytes,
  type CutLimits,
  cutLimitsOf,
  hasLimits,
  isHeld,
  isWithin,
  sentBytes,
} from './limits.js';
import {
  bestOneCut,
  type CutQuestion,
  cheaperOf,
  inBestOrder,
  type OneCutAnswer,
  PROBED_FRAMES,
} from './one-cut.js';
import { type CostedCut, paceMixOf, periodMixOf, startingCuts } from './pace-mix.js';
import { pacePatterns } from './pace-pattern.js';
import { type SetChoice, setsBelow, setsFor } from './set-choice.js';

/** What all intervals of a question share. */
export interface PacerQuestion {
  readonly link: Link;
  readonly limits: Limits;
  readonly workers: number;
  /** How often a ms of device, link and cloud counts: 1 / (1 − slack). */
  readonly factors: Loads;
  /** Frames that are measured. */
  readonly frames: number;
  /** Whether the candidates are all device sets of the network. */
  readonly isListed: boolean;
  /** Whether answers say what bytes buy. */
  readonly saysWorth?: boolean;
}

/** A plan as it ran, and its proof. */
export interface PacedPlan {
  readonly run: PatternRun;
  /** Mean load of a frame on device, link and a worker of the cloud, not counted. */
  readonly loads: Loads;
  /** The interval at which it ran. */
  readonly paceMs: number;
  readonly isSustained: boolean;
  /** Mean bytes of a frame, and mean latency with their price. */
  readonly bytes: number;
  readonly costMs: number;
  /** Of the cost; of the interval where the given one is not sustained. */
  readonly boundMs: number;
}

/** Share of the cost that a mix must save where one cut suffices: the device holds more for it. */
const WORTHWHILE = 0.1;
/** Patterns of one mix that are executed for some frames, and those of them that are executed in full. */
const PATTERNS = 24;
const FINALISTS = 2;
/** Labels for the order of one cut of a pattern. */
const LABELS = 2_000;
const SAME = 1e-9;

export class Pacer {
  readonly #frame: PricedFrame;
  readonly #candidates: Candidates;
  readonly #question: PacerQuestion;
  readonly #decisions = new Map<LoadedCut, Decision>();
  /** By the limit of the loads. */
  readonly #sets = new Map<number, SetChoice>();
  #alone: { readonly plan: AlonePlan | undefined } | undefined;
  #stream: CutMix | undefined;
  /** For the ranked sets of the last interval. */
  #start: { readonly ranked: SetChoice['ranked']; readonly cuts: readonly CostedCut[] } | undefined;
  #quickest: readonly Decision[] | undefined;

  constructor(frame: PricedFrame, candidates: Candidates, question: PacerQuestion) {
    this.#frame = frame;
    this.#candidates = candidates;
    this.#question = question;
  }

  /** The shortest interval that any mix sustains without limits on single cuts, and its proof. */
  get stream(): CutMix {
    const { workers, factors } = this.#question;
    this.#stream ??= cutMixOf(this.#frame, workers, factors);
    return this.#stream;
  }

  /** The limits of every cut at an interval, or of a frame alone. */
  limitsAt(intervalMs: number): CutLimits {
    const { limits, link, factors } = this.#question;
    return cutLimitsOf(limits, link, intervalMs, factors);
  }

  /** The plan of least latency at an interval; undefined where no cut was found within memory and bytes. */
  at(intervalMs: number): PacedPlan | undefined {
    const limits = this.limitsAt(intervalMs);
    const { workers } = this.#question;
    const { best, boundMs } = this.bestCut({ limits, workers, intervalMs });
    if (best) {
      const one = this.executed([best.decision], intervalMs, boundMs);
      return this.#worthwhileMix(one.costMs, intervalMs, limits) ?? one;
    }
    const start = this.#startAt(limits);
    if (start.length === 0) return undefined;
    // Of limits, only those that all intervals share count here.
    this.#quickest ??= this.#quickestPattern(start, limits);
    const mixed = this.#mixedPlan(start, [this.#quickest], intervalMs, limits);
    if (mixed) return mixed;
    return this.executed(this.#quickest, intervalMs, Math.max(intervalMs, this.stream.boundMs));
  }

  /** A mix that costs much less than the best single cut; undefined where none was found. */
  #worthwhileMix(oneMs: number, intervalMs: number, limits: CutLimits): PacedPlan | undefined {
    const belowMs = (1 - WORTHWHILE) * oneMs;
    if (this.#candidates.boundMs >= belowMs) return undefined;
    const mixed = this.#mixedPlan(this.#startAt(limits), [], intervalMs, limits, belowMs);
    return mixed && mixed.costMs <= belowMs ? mixed : undefined;
  }

  /** The cuts from which mixes are made. Intervals differ only in the limit of the loads, which does not count here. */
  #startAt(limits: CutLimits): readonly CostedCut[] {
    const { ranked } = this.#rankedAt(limits);
    if (this.#start?.ranked === ranked) return this.#start.cuts;
    const { workers } = this.#question;
    const cuts = startingCuts(this.#frame, workers, this.stream, ranked, limits);
    this.#start = { ranked, cuts };
    return cuts;
  }

  /** The best single cut within limits; its bound holds for every single cut within them. */
  bestCut(question: CutQuestion): OneCutAnswer {
    const { ranked, isComplete } = this.#rankedAt(question.limits);
    const few = bestOneCut(this.#frame, ranked, question);
    if (isComplete) return few;
    const { alone } = this;
    const boundMs = this.#aloneBoundMs;
    const whole = alone && cutWithin(this.#frame, alone.decision, question);
    const known = cheaperOf(few.best, whole);
    if (!known) return { best: undefined, boundMs };
    const { costMs } = known;
    const others = costMs > boundMs ? setsBelow(this.#frame, costMs) : undefined;
    if (!others) return { best: known, boundMs: Math.min(boundMs, costMs) };
    const all = bestOneCut(this.#frame, others, question);
    const best = cheaperOf(known, all.best);
    return { best, boundMs: Math.min(Math.max(boundMs, all.boundMs), best?.costMs ?? Infinity) };
  }

  /** The plan for a frame alone. */
  get alone(): AlonePlan | undefined {
    this.#alone ??= { plan: alonePlanOf(this.#frame, this.#candidates) };
    return this.#alone.plan;
  }

  /** No frame ends before, as far as is proven where the sets are not listed. */
  get #aloneBoundMs(): number {
    return this.alone?.boundMs ?? this.#candidates.boundMs;
  }

  /** Executes a pattern at the given interval, or at the least that its loads allow. */
  executed(
    pattern: readonly Decision[],
    intervalMs: number,
    boundMs: number,
    frames = this.#question.frames,
  ): PacedPlan {
    const { workers, factors } = this.#question;
    const limits = this.limitsAt(intervalMs);
    const loads = meanLoads(this.#frame, sharesOf(pattern), workers);
    const countedLoads = counted(loads, factors);
    const isSustained = isWithin(countedLoads, limits.loadMs);
    const paceMs = isSustained ? intervalMs : Math.max(...countedLoads);
    const run = runPattern(this.#frame, pattern, { paceMs, frames, workers });
    const bytes = pattern.reduce((sum, { sendings }) => sum + sentBytes(sendings), 0);
    const meanBytes = bytes / pattern.length;
    const costMs = run.executed.meanLatencyMs + limits.msPerByte * meanBytes;
    return { run, loads, paceMs, isSustained, bytes: meanBytes, costMs, boundMs };
  }

  #rankedAt(limits: CutLimits): SetChoice {
    const { workers, isListed, limits: asked } = this.#question;
    const known = this.#sets.get(limits.loadMs);
    if (known) return known;
    const asksBytes = asksForBytes(asked);
    const made = setsFor(this.#frame, this.#candidates, isListed, workers, limits, asksBytes);
    this.#sets.set(limits.loadMs, made);
    return made;
  }

  /** The best of the cheapest patterns within the limit, as executed; undefined where there is none. */
  #mixedPlan(
    start: readonly CostedCut[],
    others: readonly (readonly Decision[])[],
    intervalMs: number,
    limits: CutLimits,
    belowMs = Infinity,
  ): PacedPlan | undefined {
    const { workers } = this.#question;
    const { ranked, isComplete } = this.#rankedAt(limits);
    const mix = paceMixOf(this.#frame, workers, ranked, start, limits);
    if (!mix || mix.costMs >= belowMs) return undefined;
    const isAllowed = (cuts: readonly CostedCut[]): boolean =>
      this.#isHeld(
        cuts.map(({ cut }) => cut),
        limits,
      );
    const found = pacePatterns(mix, limits.loadMs, isAllowed).slice(-PATTERNS);
    const patterns = found.map((pattern) => pattern.map(({ cut }) => this.#decisionOf(cut)));
    const provenMs = isComplete ? mix.boundMs : this.#aloneBoundMs;
    return [...patterns, ...others]
      .map((pattern) => ({ pattern, plan: this.executed(pattern, intervalMs, 0, PROBED_FRAMES) }))
      .filter(({ plan }) => plan.isSustained)
      .sort((a, b) => a.plan.costMs - b.plan.costMs)
      .slice(0, FINALISTS)
      .map(({ pattern }) => this.executed(pattern, intervalMs, provenMs))
      .reduce<PacedPlan | undefined>(
        (best, plan) => (best && best.costMs <= plan.costMs * (1 + SAME) ? best : plan),
        undefined,
      );
  }

  /** The pattern of the shortest period; a single cut where the device cannot hold those of a pattern. */
  #quickestPattern(start: readonly CostedCut[], limits: CutLimits): Decision[] {
    const mix = hasLimits(this.#question.limits) ? periodMixOf(start) : this.stream;
    const pattern = patternOf(
      mix,
      start.map(({ cut }) => cut),
    );
    if (this.#isHeld(pattern, limits)) return pattern.map((cut) => this.#decisionOf(cut));
    const busiestMs = ({ cut }: CostedCut): number => Math.max(...cut.loads);
    const least = start.reduce((a, b) => (busiestMs(b) < busiestMs(a) ? b : a));
    return [this.#decisionOf(least.cut)];
  }

  /** Whether the device can hold all cuts at once. */
  #isHeld(cuts: readonly LoadedCut[], { memoryBytes }: CutLimits): boolean {
    const sets = [...new Set(cuts)].map(({ set }) => set.members);
    return isHeld(this.#frame.graph, sets, memoryBytes);
  }

  #decisionOf(cut: LoadedCut): Decision {
    const made = this.#decisions.get(cut) ?? inBestOrder(this.#frame, cut, LABELS);
    this.#decisions.set(cut, made);
    return made;
  }
}
