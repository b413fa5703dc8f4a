/**
 * The mix of cuts with the least period: a linear program over all device sets, however many.
 *
 * Columns are made on demand (Dantzig and Wolfe 1960): the prices of device, link and cloud under
 * the mix so far make a minimum cut problem (cheapest-set.ts) whose answer is either the cut that
 * improves the mix or the proof that none does. Usually fewer than ten rounds.
 */

import { bestMix, counted, type Loads, pricedMs } from '../algorithms/mixed-game.js';
import { type DeviceSet, extremeSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import { type PricedFrame, type Sending, sendingsOf } from '../problem/priced-frame.js';
import { cheapestSet, type Prices } from './cheapest-set.js';
import { type Scope, sidesOf } from './scope.js';

/** A cut with its encodings and what a frame of it asks of device, link and cloud, in counted ms. */
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

/** Every machine alike: a ms counts as a ms. */
export const ALIKE: Loads = [1, 1, 1];
const ROUNDS = 60;
const SAME = 1e-10;

/**
 * Solves the linear program for a cloud that serves `workers` frames at a time. A ms of a machine counts `factors` times; weights,
 * period and prices are of counted loads.
 */
export function cutMixOf(frame: PricedFrame, workers: number, factors = ALIKE): CutMix {
  const all = extremeSet(frame.graph, 'all');
  const columns = [pricedCut(frame, workers, all, [1, 0, 0], factors)];
  let best: { prices: Loads; leastMs: number } = { prices: [1, 0, 0], leastMs: 0 };
  for (let round = 0; ; round++) {
    const { weights, prices, value } = bestMix(columns.map((column) => column.loads));
    const machinePrices = counted(prices, factors);
    const { set, costMs } = leastPricedSet(frame, workers, machinePrices);
    if (costMs > best.leastMs) best = { prices, leastMs: costMs };
    if (value - best.leastMs <= SAME * value || round === ROUNDS) {
      const mix = columns.map((cut, i) => ({ cut, weight: weights[i] ?? 0 }));
      const used = mix.filter(({ weight }) => weight > SAME);
      const boundMs = Math.min(best.leastMs, value);
      return { mix: used, periodMs: value, boundMs, columns, prices: best.prices };
    }
    columns.push(pricedCut(frame, workers, set, machinePrices, factors));
  }
}

/** What the linear program says of a single frame: a bound, and the cuts looked at on the way. */
export interface ScopedMix {
  readonly boundMs: number;
  readonly sets: readonly DeviceSet[];
}

const EVEN: Loads = [1 / 3, 1 / 3, 1 / 3];

/**
 * The same linear program over the cuts that are left, every machine's load with its margin. No
 * frame within the scope ends before `boundMs`; `scope.belowMs` where nothing is left.
 */
export function scopedMixOf(frame: PricedFrame, scope: Scope, workers: number): ScopedMix {
  const { marginsMs, belowMs } = scope;
  const sides = sidesOf(frame.graph, scope);
  if (!sides) return { boundMs: belowMs, sets: [] };
  const sets: DeviceSet[] = [];
  const columns: Loads[] = [];
  let prices = EVEN;
  let boundMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const costs = pricesOf(frame, workers, prices, unsendableMs(scope));
    const { set, costMs } = cheapestSet(frame.graph, costs, sides);
    boundMs = Math.max(boundMs, costMs + pricedMs(marginsMs, prices));
    if (!(boundMs < belowMs)) return { boundMs: belowMs, sets };
    const { loads } = pricedCut(frame, workers, set, prices);
    sets.push(set);
    columns.push([loads[0] + marginsMs[0], loads[1] + marginsMs[1], loads[2] + marginsMs[2]]);
    const mix = bestMix(columns);
    if (mix.value - boundMs <= SAME * mix.value) break;
    prices = mix.prices;
  }
  return { boundMs, sets };
}

/** What a tensor that must not be sent costs: more than what a scope wants to beat. */
export function unsendableMs({ belowMs }: Scope): number {
  return 4 * belowMs;
}

/** The set of least priced load. */
export function leastPricedSet(
  frame: PricedFrame,
  workers: number,
  prices: Loads,
): { set: DeviceSet; costMs: number } {
  return cheapestSet(frame.graph, pricesOf(frame, workers, prices, Infinity));
}

/** Prices of nodes and tensors at the prices of the machines; no tensor costs more than `mostMs`. */
export function pricesOf(
  frame: PricedFrame,
  workers: number,
  prices: Loads,
  mostMs: number,
): Prices {
  const [devicePrice, , cloudPrice] = prices;
  return {
    deviceMs: (node) => devicePrice * node.deviceMs,
    sendMs: (node) => {
      const sending = leastPriced(frame, workers, node, prices);
      return sending ? Math.min(mostMs, priceOf(sending, workers, prices)) : mostMs;
    },
    cloudMs: (node) => (cloudPrice * node.cloudMs) / workers,
  };
}

/** A device set, each tensor of its cut in the encoding that is cheapest at these prices of a ms; its loads are counted. */
export function pricedCut(
  frame: PricedFrame,
  workers: number,
  set: DeviceSet,
  prices: Loads,
  factors = ALIKE,
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
  return { set, sendings, loads: counted([deviceMs, linkMs, cloudMs / workers], factors) };
}

/** The sending of a node that costs least at these prices; undefined where it must not be sent. */
export function leastPriced(
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
