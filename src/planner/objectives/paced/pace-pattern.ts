/**
 * Whole frames for a mix: short patterns of cuts whose loads keep within the limit, cheapest first.
 *
 * Branch and bound over how many frames of a pattern follow which cut, by rising length. A longer
 * pattern is kept only where it is worth its length. Prices prune: frames that keep within the limit
 * cost at least their reduced costs. At most twelve cuts deep. Deterministic.
 */

import type { Loads } from '../../algorithms/mixed-game.js';
import { spread } from '../stream-pattern.js';
import { type CostedCut, type PaceMix, reducedMs } from './pace-mix.js';

/** Lengths searched: all up to the first, and on to the second while there is no pattern. */
const SHORT_FRAMES = 32;
const MAX_FRAMES = 128;
/** What a longer pattern must gain. */
const WORTHWHILE = 0.001;
/** Branches for one length, and for all. */
const BRANCHES_OF_LENGTH = 20_000;
const BRANCHES = 300_000;
const SAME = 1e-9;

/** Patterns that cost less and less, the cheapest last; `isAllowed` judges the cuts of a pattern together. */
export function pacePatterns(
  { cuts, costMs, prices }: PaceMix,
  limitMs: number,
  isAllowed: (cuts: readonly CostedCut[]) => boolean,
): CostedCut[][] {
  const search = new PaceSearch(cuts, prices, limitMs, isAllowed);
  const enoughMs = (1 + WORTHWHILE) * costMs;
  for (let frames = 1; frames <= MAX_FRAMES; frames++) {
    if (search.meanMs <= enoughMs) break;
    if (frames > SHORT_FRAMES && search.meanMs < Infinity) break;
    search.improve(frames);
  }
  return search.patterns.map((parts) => spread(parts));
}

interface Part {
  readonly cut: CostedCut;
  readonly frames: number;
}

/** Of some frames: cost, reduced cost, and the loads on device, link and cloud. */
type Sums = readonly [number, number, number, number, number];

class PaceSearch {
  readonly #cuts: readonly CostedCut[];
  readonly #sums: readonly Sums[];
  /** By cut: the least of everything among it and all after it. */
  readonly #least: readonly Sums[];
  readonly #limitMs: number;
  readonly #isAllowed: (cuts: readonly CostedCut[]) => boolean;
  readonly #frames: number[];
  #belowMs = Infinity;
  #loadMs = 0;
  #branches = 0;
  #maxBranches = 0;
  readonly patterns: Part[][] = [];
  meanMs = Infinity;

  constructor(
    cuts: readonly CostedCut[],
    prices: Loads,
    limitMs: number,
    isAllowed: (cuts: readonly CostedCut[]) => boolean,
  ) {
    this.#cuts = cuts;
    this.#limitMs = limitMs;
    this.#isAllowed = isAllowed;
    this.#frames = cuts.map(() => 0);
    this.#sums = cuts.map(({ cut: { loads }, costMs }) => {
      return [costMs, reducedMs(loads, costMs, prices, limitMs), ...loads];
    });
    let least: Sums = [Infinity, Infinity, Infinity, Infinity, Infinity];
    this.#least = this.#sums
      .toReversed()
      .map((sums) => {
        least = eachOf(least, (ms, i) => Math.min(ms, sums[i] ?? 0));
        return least;
      })
      .reverse();
  }

  /** Finds the cheapest pattern of exactly `frames` frames, if it is worth its length. */
  improve(frames: number): void {
    this.#belowMs = this.meanMs * frames * (1 - WORTHWHILE);
    this.#loadMs = this.#limitMs * frames * (1 + SAME);
    this.#maxBranches = Math.min(BRANCHES, this.#branches + BRANCHES_OF_LENGTH);
    this.#visit(0, frames, [0, 0, 0, 0, 0]);
  }

  /** Shares the frames that are left among the cuts from `at` on. */
  #visit(at: number, left: number, spent: Sums): void {
    const least = this.#least[at];
    const own = this.#sums[at];
    this.#branches += 1;
    if (!least || !own || this.#branches > this.#maxBranches) return;
    const [costMs, pricedMs, ...loads] = eachOf(spent, (ms, i) => ms + left * (least[i] ?? 0));
    if (Math.max(costMs, pricedMs) >= this.#belowMs) return;
    if (loads.some((ms) => ms > this.#loadMs)) return;
    const isLast = at === this.#cuts.length - 1;
    for (let frames = left; frames >= (isLast ? left : 0); frames--) {
      this.#frames[at] = frames;
      const next = eachOf(spent, (ms, i) => ms + frames * (own[i] ?? 0));
      if (frames === left) this.#keep(at, next);
      else this.#visit(at + 1, left - frames, next);
    }
    this.#frames[at] = 0;
  }

  /** All frames are shared out, the last of them to the cut at `at`. */
  #keep(at: number, [costMs, , ...loads]: Sums): void {
    if (costMs >= this.#belowMs || loads.some((ms) => ms > this.#loadMs)) return;
    const parts = this.#cuts.slice(0, at + 1).flatMap((cut, i): Part[] => {
      const frames = this.#frames[i] ?? 0;
      return frames > 0 ? [{ cut, frames }] : [];
    });
    if (!this.#isAllowed(parts.map(({ cut }) => cut))) return;
    const length = parts.reduce((sum, { frames }) => sum + frames, 0);
    const before = this.patterns.at(-1)?.reduce((sum, { frames }) => sum + frames, 0);
    if (before === length) this.patterns.pop();
    this.patterns.push(parts);
    this.#belowMs = costMs;
    this.meanMs = costMs / length;
  }
}

function eachOf(sums: Sums, change: (ms: number, i: number) => number): Sums {
  const [a, b, c, d, e] = sums;
  return [change(a, 0), change(b, 1), change(c, 2), change(d, 3), change(e, 4)];
}
