/**
 * The linear program of a branch: a bound on a frame where the sides of some nodes are decided.
 *
 * As in cut-mix.ts the loads of device, link and cloud are mixed over all cuts that are left, with
 * columns made by minimum cuts. A fourth row makes this program sharper: the cloud's work that waits
 * for a late tensor (release.ts). Without it the cloud may begin with the earliest tensor of any
 * cut, though nearly all of its work waits for another one.
 */

import { bestMix } from '../algorithms/mixed-game.js';
import type { DeviceSet } from '../problem/device-sets.js';
import type { PricedFrame } from '../problem/priced-frame.js';
import { cheapestSet } from './cheapest-set.js';
import { pricedCut, pricesOf, unsendableMs } from './cut-mix.js';
import { type Release, releaseOf, waitingOf } from './release.js';
import type { Scope } from './scope.js';
import type { Sides } from './side-bounds.js';

/** Times or prices of device, link, cloud, and the cloud's work after a release. */
export type Rows = readonly [number, number, number, number];

/** All machines alike, the release apart. */
export const EVEN_ROWS: Rows = [1 / 3, 1 / 3, 1 / 3, 0];

/** A bound on a branch, and the cuts looked at on the way. */
export interface BranchMix {
  readonly boundMs: number;
  readonly sets: readonly DeviceSet[];
  /** The weights of these sets in the best mix so far, and the prices that prove most. */
  readonly weights: readonly number[];
  readonly prices: Rows;
}

const SAME = 1e-10;

/**
 * No frame within the scope and its sides ends before `boundMs`, which is `scope.belowMs` where
 * nothing is left. Starts at the given prices and takes at most some rounds.
 */
export function branchMixOf(
  frame: PricedFrame,
  scope: Scope,
  sides: Sides,
  start: { readonly prices: Rows; readonly rounds: number },
): BranchMix {
  const program = new BranchProgram(frame, scope, sides);
  const sets: DeviceSet[] = [];
  const columns: Rows[] = [];
  let { prices } = start;
  let [boundMs, proof, weights]: [number, Rows, readonly number[]] = [0, prices, []];
  for (let round = 0; round < start.rounds; round++) {
    const { set, leastMs } = program.cheapest(prices);
    if (leastMs > boundMs) [boundMs, proof] = [leastMs, prices];
    if (!(boundMs < scope.belowMs)) {
      return { boundMs: scope.belowMs, sets, weights, prices: proof };
    }
    sets.push(set);
    columns.push(program.column(set, prices));
    const mix = bestMix(columns);
    weights = mix.weights;
    if (mix.value - boundMs <= SAME * mix.value) break;
    prices = mix.prices;
  }
  return { boundMs, sets, weights, prices: proof };
}

/** Bounds and columns at given prices. */
class BranchProgram {
  readonly #frame: PricedFrame;
  readonly #scope: Scope;
  readonly #sides: Sides;
  readonly #release: Release | undefined;
  /** From the frame's begin to the release, and the way back. */
  readonly #releasedMs: number;

  constructor(frame: PricedFrame, scope: Scope, sides: Sides) {
    this.#frame = frame;
    this.#scope = scope;
    this.#sides = sides;
    this.#release = releaseOf(frame, scope, sides);
    this.#releasedMs = (this.#release?.dateMs ?? 0) + frame.returnMs;
  }

  /** The set of least priced rows; no frame of the branch has less. */
  cheapest([device, link, cloud, released]: Rows): { set: DeviceSet; leastMs: number } {
    const costs = pricesOf(this.#frame, 1, [device, link, cloud], unsendableMs(this.#scope));
    const dateMs = released * this.#releasedMs;
    const isCertain = this.#release?.isCertain ?? false;
    const release =
      this.#release && released > 0
        ? { ...this.#release, waitingMs: isCertain ? 0 : dateMs, price: released }
        : undefined;
    const { set, costMs } = cheapestSet(this.#frame.graph, costs, this.#sides, release);
    const [deviceMs, linkMs, cloudMs] = this.#scope.marginsMs;
    const marginMs = device * deviceMs + link * linkMs + cloud * cloudMs;
    return { set, leastMs: costMs + marginMs + (isCertain ? dateMs : 0) };
  }

  /** What a set loads, each machine with its margin. */
  column(set: DeviceSet, [device, link, cloud]: Rows): Rows {
    const { loads } = pricedCut(this.#frame, 1, set, [device, link, cloud]);
    const { marginsMs } = this.#scope;
    return [
      loads[0] + marginsMs[0],
      loads[1] + marginsMs[1],
      loads[2] + marginsMs[2],
      this.#waitingMs(set),
    ];
  }

  #waitingMs({ members }: DeviceSet): number {
    if (!this.#release) return 0;
    const { isWaiting, workMs } = waitingOf(this.#frame.graph, members, this.#release);
    return (isWaiting || this.#release.isCertain ? this.#releasedMs : 0) + workMs;
  }
}
