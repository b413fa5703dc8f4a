/**
 * Whole frames for a stream: a short pattern of cuts that is repeated endlessly.
 *
 * The linear program (cut-mix.ts) says that 2.4 % of the frames follow some cut; a stream needs whole
 * frames. A repeated pattern keeps up with the load of its busiest machine, shared by its frames.
 * Patterns are searched by length, branch and bound over how many frames follow which cut. Cuts
 * outside the optimal mix take part: those whose load at the proven prices is nearly as small.
 * Deterministic; among patterns that are as good the shortest, then the one with the costliest
 * cuts least often.
 */
import { pricedMs } from '../algorithms/mixed-game.js';
import type { CutMix, LoadedCut } from '../cuts/cut-mix.js';

/** Lengths searched: all up to the first, and on to the second while no pattern is near the bound. */
const SHORT_FRAMES = 32;
const MAX_FRAMES = 128;
/** What counts as near the bound, and what a longer pattern must gain to be worth its length. */
const NEAR = 0.01;
const WORTHWHILE = 0.001;
/** Cuts taken into account, and branches of the whole search. */
const CUTS = 24;
const BRANCHES = 200_000;

/** The cut of every frame of one repetition, each cut spread evenly over it. */
export function patternOf(best: CutMix, others: readonly LoadedCut[]): LoadedCut[] {
  const { periodMs } = best;
  const search = new PatternSearch(nearCuts(best, others));
  const nearMs = (1 + NEAR) * periodMs;
  for (let frames = 1; frames <= SHORT_FRAMES; frames++) {
    search.improve(frames, search.periodMs - WORTHWHILE * periodMs);
  }
  for (let frames = SHORT_FRAMES + 1; frames <= MAX_FRAMES; frames++) {
    if (search.periodMs > nearMs) search.improve(frames, nearMs);
  }
  return spread(search.pattern);
}

/** A cut and how many frames of a pattern follow it. */
interface Part {
  readonly cut: LoadedCut;
  readonly frames: number;
}

/** Loads of device, link and cloud, and their priced sum, which none of the three is below. */
type Costs = readonly [number, number, number, number];

interface CostedCut {
  readonly cut: LoadedCut;
  readonly costs: Costs;
}

/**
 * The cuts of the mix, and others by rising priced load, then by rising load of their busiest
 * machine; without those that another beats on every machine.
 */
function nearCuts({ mix, prices }: CutMix, others: readonly LoadedCut[]): CostedCut[] {
  const costed = (cut: LoadedCut): CostedCut => ({
    cut,
    costs: [...cut.loads, pricedMs(cut.loads, prices)],
  });
  const byCost = (a: CostedCut, b: CostedCut): number =>
    a.costs[3] - b.costs[3] || Math.max(...a.costs) - Math.max(...b.costs);
  const near = mix.map(({ cut }) => costed(cut));
  for (const one of others.map(costed).sort(byCost)) {
    if (near.length === CUTS) break;
    const isBeaten = near.some(({ costs }) => costs.every((ms, i) => ms <= (one.costs[i] ?? 0)));
    if (!isBeaten) near.push(one);
  }
  return near.sort(byCost);
}

class PatternSearch {
  readonly #cuts: readonly CostedCut[];
  /** By cut: the least of every cost among it and all after it. */
  readonly #least: readonly Costs[];
  readonly #frames: number[];
  #limitMs = Infinity;
  #branches = 0;
  pattern: readonly Part[] = [];
  periodMs = Infinity;

  constructor(cuts: readonly CostedCut[]) {
    this.#cuts = cuts;
    this.#frames = cuts.map(() => 0);
    let least: Costs = [Infinity, Infinity, Infinity, Infinity];
    this.#least = cuts
      .toReversed()
      .map(({ costs }) => {
        least = eachOf(least, (ms, i) => Math.min(ms, costs[i] ?? 0));
        return least;
      })
      .reverse();
  }

  /** Finds the best pattern of exactly `frames` frames, if its period is below the given one. */
  improve(frames: number, belowMs: number): void {
    this.#limitMs = frames * belowMs;
    this.#visit(0, frames, [0, 0, 0, 0]);
  }

  /** Shares the frames that are left among the cuts from `at` on. */
  #visit(at: number, left: number, spent: Costs): void {
    const least = this.#least[at];
    this.#branches += 1;
    if (!least || this.#branches > BRANCHES) return;
    if (spent.some((ms, i) => ms + left * (least[i] ?? 0) >= this.#limitMs)) return;
    const isLast = at === this.#cuts.length - 1;
    for (let frames = left; frames >= (isLast ? left : 0); frames--) {
      const costs = this.#cuts[at]?.costs;
      this.#frames[at] = frames;
      const next = eachOf(spent, (ms, i) => ms + frames * (costs?.[i] ?? 0));
      if (frames === left) this.#keep(at, next);
      else this.#visit(at + 1, left - frames, next);
    }
    this.#frames[at] = 0;
  }

  /** All frames are shared out, the last of them to the cut at `at`. */
  #keep(at: number, [deviceMs, linkMs, cloudMs]: Costs): void {
    const totalMs = Math.max(deviceMs, linkMs, cloudMs);
    if (totalMs >= this.#limitMs) return;
    const shared = this.#frames.slice(0, at + 1);
    this.#limitMs = totalMs;
    this.periodMs = totalMs / shared.reduce((sum, frames) => sum + frames, 0);
    this.pattern = this.#cuts.flatMap(({ cut }, i) => {
      const frames = shared[i] ?? 0;
      return frames > 0 ? [{ cut, frames }] : [];
    });
  }
}

function eachOf(costs: Costs, change: (ms: number, i: number) => number): Costs {
  const [deviceMs, linkMs, cloudMs, sumMs] = costs;
  return [change(deviceMs, 0), change(linkMs, 1), change(cloudMs, 2), change(sumMs, 3)];
}

/** The cuts of parts as a pattern: the cut furthest behind its share goes next. */
export function spread<T>(parts: readonly { readonly cut: T; readonly frames: number }[]): T[] {
  const frames = parts.reduce((sum, part) => sum + part.frames, 0);
  const taken = new Map<{ readonly frames: number }, number>(parts.map((part) => [part, 0]));
  return Array.from({ length: frames }, (_, i) => {
    const behind = (part: { readonly frames: number }): number =>
      ((i + 1) * part.frames) / frames - (taken.get(part) ?? 0);
    const next = parts.reduce((a, b) => (behind(b) > behind(a) ? b : a));
    taken.set(next, (taken.get(next) ?? 0) + 1);
    return next.cut;
  });
}
