/**
 * The mix of cuts with the least period: a linear program over all device sets, however many.
 *
 * Columns are made on demand (Dantzig and Wolfe 1960): the prices of device, link and cloud under
 * the mix so far make a minimum cut problem (cheapest-set.ts) whose answer is either the cut that
 * improves the mix or the proof that none does. Usually fewer than ten rounds.
 */

import { bestMix, type Loads } from '../algorithms/mixed-game.js';
import { type DeviceSet, extremeSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import { type PricedFrame, type Sending, sendingsOf } from '../problem/priced-frame.js';
import { cheapestSet } from './cheapest-set.js';
import type { Scope } from './scope.js';

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
}

/**
 * The same linear program over the cuts that are left, every machine's load with its margin. No
 * frame within the scope ends before `boundMs`; `scope.belowMs` where nothing is left.
 */
export function scopedMixOf(
  frame: PricedFrame,
  { marginsMs, ...scope }: Scope,
  workers: number,
): ScopedMix {
  const sets: DeviceSet[] = [];
  const columns: Loads[] = [];
  let prices: Loads = [1 / 3, 1 / 3, 1 / 3];
  let boundMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { set, costMs } = leastPricedSet(frame, workers, prices, scope);
    const pricedMarginMs = marginsMs.reduce((sum, ms, i) => sum + ms * (prices[i] ?? 0), 0);
    boundMs = Math.max(boundMs, costMs + pricedMarginMs);
    if (!(boundMs < scope.belowMs)) return { boundMs: scope.belowMs, sets };
    const { loads } = pricedCut(frame, workers, set, prices);
    sets.push(set);
    columns.push([loads[0] + marginsMs[0], loads[1] + marginsMs[1], loads[2] + marginsMs[2]]);
    const mix = bestMix(columns);
    if (mix.value - boundMs <= SAME * mix.value) break;
    prices = mix.prices;
  }
  return { boundMs, sets };
}

/** The set of least priced load; one outside the scope is fined what the scope wants to beat. */
export function leastPricedSet(
  frame: PricedFrame,
  workers: number,
  prices: Loads,
  scope?: Pick<Scope, 'belowMs' | 'mayBeOnDevice' | 'mayBeInCloud'>,
): { set: DeviceSet; costMs: number } {
  const [devicePrice, , cloudPrice] = prices;
  const fineMs = (isAllowed: boolean): number => (isAllowed ? 0 : (scope?.belowMs ?? 0));
  return cheapestSet(frame.graph, {
    deviceMs: (node) => devicePrice * node.deviceMs + fineMs(scope?.mayBeOnDevice(node) ?? true),
    sendMs: (node) => {
      const sending = leastPriced(frame, workers, node, prices);
      return sending ? priceOf(sending, workers, prices) : Infinity;
    },
    cloudMs: (node) =>
      (cloudPrice * node.cloudMs) / workers + fineMs(scope?.mayBeInCloud(node) ?? true),
  });
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
