/**
 * The mix of cuts with the least period: a linear program over all device sets, however many.
 *
 * Columns are made on demand (Dantzig and Wolfe 1960): the prices of device, link and cloud under
 * the mix so far make a minimum cut problem (cheapest-set.ts) whose answer is either the cut that
 * improves the mix or the proof that none does. Usually fewer than ten rounds.
 */

import { bestMix, type Loads, pricedMs } from '../algorithms/mixed-game.js';
import { type DeviceSet, extremeSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import { type PricedFrame, type Sending, sendingsOf } from '../problem/priced-frame.js';
import { cheapestSet } from './cheapest-set.js';
import { type Scope, sidesOf } from './scope.js';
import type { Sides } from './side-bounds.js';

/** A cut with its encodings and what a frame of it asks of device, link and cloud. */
export interface LoadedCut {
  readonly set: DeviceSet;
  readonly sendings: ReadonlyMap<Node, Sending>;
  readonly loads: Loads;
}

/** Cuts with weights, their period, a bound that no mix goes below, and every cut looked at. */
export interface CutMix {
  readonly mix: readonly { readonly cut: LoadedCut; readonly weight: number }[];
  readonly periodMs: number;
  readonly boundMs: number;
  readonly columns: readonly LoadedCut[];
  /** The prices that prove the bound. */
  readonly prices: Loads;
}

const ROUNDS = 60;
const SAME = 1e-10;

/** Solves the linear program for a cloud that serves `workers` frames at a time. */
export function cutMixOf(frame: PricedFrame, workers: number): CutMix {
  const columns = [pricedCut(frame, workers, extremeSet(frame.graph, 'all'), [1, 0, 0])];
  let best: { prices: Loads; leastMs: number } = { prices: [1, 0, 0], leastMs: 0 };
  for (let round = 0; ; round++) {
    const { weights, prices, value } = bestMix(columns.map((column) => column.loads));
    const { set, costMs } = leastPricedSet(frame, workers, prices);
    if (costMs > best.leastMs) best = { prices, leastMs: costMs };
    if (value - best.leastMs <= SAME * value || round === ROUNDS) {
      const mix = columns.map((cut, i) => ({ cut, weight: weights[i] ?? 0 }));
      const used = mix.filter(({ weight }) => weight > SAME);
      const boundMs = Math.min(best.leastMs, value);
      return { mix: used, periodMs: value, boundMs, columns, prices: best.prices };
    }
    columns.push(pricedCut(frame, workers, set, prices));
  }
}

/** What the linear program says of a single frame: a bound, and the cuts looked at on the way. */
export interface ScopedMix {
  readonly boundMs: number;
  readonly sets: readonly DeviceSet[];
  /** The weights of these sets in the best mix so far, and the prices that prove most. */
  readonly weights: readonly number[];
  readonly prices: Loads;
}

/** Where a linear program starts, and how long it may take. */
export interface MixStart {
  readonly prices: Loads;
  readonly rounds: number;
}

const EVEN: MixStart = { prices: [1 / 3, 1 / 3, 1 / 3], rounds: ROUNDS };

/**
 * The same linear program over the cuts that are left, every machine's load with its margin. No
 * frame within the scope ends before `boundMs`; `scope.belowMs` where nothing is left.
 */
export function scopedMixOf(
  frame: PricedFrame,
  scope: Scope,
  workers: number,
  start = EVEN,
): ScopedMix {
  const { marginsMs, belowMs } = scope;
  const sides = sidesOf(frame.graph, scope);
  if (!sides) return { boundMs: belowMs, sets: [], weights: [], prices: start.prices };
  const sets: DeviceSet[] = [];
  const columns: Loads[] = [];
  let { prices } = start;
  let [boundMs, proof, weights]: [number, Loads, readonly number[]] = [0, prices, []];
  for (let round = 0; round < start.rounds; round++) {
    const { set, costMs } = leastPricedSet(frame, workers, prices, { sides, belowMs });
    const leastMs = costMs + pricedMs(marginsMs, prices);
    if (leastMs > boundMs) [boundMs, proof] = [leastMs, prices];
    if (!(boundMs < belowMs)) return { boundMs: belowMs, sets, weights, prices: proof };
    const { loads } = pricedCut(frame, workers, set, prices);
    sets.push(set);
    columns.push([loads[0] + marginsMs[0], loads[1] + marginsMs[1], loads[2] + marginsMs[2]]);
    const mix = bestMix(columns);
    weights = mix.weights;
    if (mix.value - boundMs <= SAME * mix.value) break;
    prices = mix.prices;
  }
  return { boundMs, sets, weights, prices: proof };
}

/** How much more than what a scope wants to beat a tensor that must not be sent costs there. */
const UNSENDABLE = 4;

/** The set of least priced load, of those with the given sides where there are some. */
export function leastPricedSet(
  frame: PricedFrame,
  workers: number,
  prices: Loads,
  within?: { readonly sides: Sides; readonly belowMs: number },
): { set: DeviceSet; costMs: number } {
  const [devicePrice, , cloudPrice] = prices;
  const mostMs = within ? UNSENDABLE * within.belowMs : Infinity;
  const costs = {
    deviceMs: (node: Node) => devicePrice * node.deviceMs,
    sendMs: (node: Node) => {
      const sending = leastPriced(frame, workers, node, prices);
      return sending ? Math.min(mostMs, priceOf(sending, workers, prices)) : mostMs;
    },
    cloudMs: (node: Node) => (cloudPrice * node.cloudMs) / workers,
  };
  return cheapestSet(frame.graph, costs, within?.sides);
}

/** A device set, each tensor of its cut in the encoding that is cheapest at these prices. */
export function pricedCut(
  frame: PricedFrame,
  workers: number,
  set: DeviceSet,
  prices: Loads,
): LoadedCut {
  const sendings = new Map<Node, Sending>();
  let [deviceMs, linkMs, cloudMs] = [set.deviceMs, 0, set.cloudMs];
  for (const { node } of set.cut) {
    const sending = leastPriced(frame, workers, node, prices);
    if (!sending) continue;
    sendings.set(node, sending);
    deviceMs += sending.encodeMs;
    linkMs += sending.linkMs;
    cloudMs += sending.decodeMs;
  }
  return { set, sendings, loads: [deviceMs, linkMs, cloudMs / workers] };
}

function leastPriced(
  frame: PricedFrame,
  workers: number,
  node: Node,
  prices: Loads,
): Sending | undefined {
  let best: Sending | undefined;
  for (const sending of sendingsOf(frame, node)) {
    const price = priceOf(sending, workers, prices);
    if (!best || price < priceOf(best, workers, prices)) best = sending;
  }
  return best;
}

function priceOf({ encodeMs, linkMs, decodeMs }: Sending, workers: number, prices: Loads): number {
  return prices[0] * encodeMs + prices[1] * linkMs + (prices[2] * decodeMs) / workers;
}
