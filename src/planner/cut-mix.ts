/**
 * The mix of cuts with the least period: a linear program over all device sets, however many.
 *
 * Columns are made on demand (Dantzig and Wolfe 1960): the prices of device, link and cloud under
 * the mix so far make a minimum cut problem (partition.ts) whose answer is either the cut that
 * improves the mix or the proof that none does. Usually fewer than ten rounds.
 */
import { type DeviceSet, extremeSet } from './device-sets.js';
import { type Frame, type Sending, sendingsOf } from './frame.js';
import type { Node } from './graph.js';
import { bestMix, type Loads } from './mixed-game.js';
import { cheapestSet } from './partition.js';

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
  readonly proofs: readonly Proof[];
  /** The prices that prove the bound. */
  readonly prices: Loads;
}

/** Machine prices tried, with the least priced load of any cut under them. */
export interface Proof {
  readonly prices: Loads;
  readonly leastMs: number;
}

const ROUNDS = 60;
const SAME = 1e-10;

/** Solves the linear program for a cloud that serves `workers` frames at a time. */
export function cutMixOf(frame: Frame, workers: number): CutMix {
  const columns = [pricedCut(frame, workers, extremeSet(frame.graph, 'all'), [1, 0, 0])];
  const proofs: Proof[] = [];
  let best: Proof = { prices: [1, 0, 0], leastMs: 0 };
  for (let round = 0; ; round++) {
    const { weights, prices, value } = bestMix(columns.map((column) => column.loads));
    const { set, costMs } = leastPricedSet(frame, workers, prices);
    const proof = { prices, leastMs: costMs };
    proofs.push(proof);
    if (costMs > best.leastMs) best = proof;
    if (value - best.leastMs <= SAME * value || round === ROUNDS) {
      const mix = columns.map((cut, i) => ({ cut, weight: weights[i] ?? 0 }));
      const used = mix.filter(({ weight }) => weight > SAME);
      const boundMs = Math.min(best.leastMs, value);
      return { mix: used, periodMs: value, boundMs, columns, proofs, prices: best.prices };
    }
    columns.push(pricedCut(frame, workers, set, prices));
  }
}

function leastPricedSet(
  frame: Frame,
  workers: number,
  prices: Loads,
): { set: DeviceSet; costMs: number } {
  const [devicePrice, , cloudPrice] = prices;
  return cheapestSet(frame.graph, {
    deviceMs: (node) => devicePrice * node.deviceMs,
    sendMs: (node) => {
      const sending = leastPriced(frame, workers, node, prices);
      return sending ? priceOf(sending, workers, prices) : Infinity;
    },
    cloudMs: (node) => (cloudPrice * node.cloudMs) / workers,
  });
}

/** A device set, each tensor of its cut in the encoding that is cheapest at these prices. */
export function pricedCut(frame: Frame, workers: number, set: DeviceSet, prices: Loads): LoadedCut {
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
  frame: Frame,
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
