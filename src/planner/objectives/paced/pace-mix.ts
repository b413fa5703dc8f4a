/**
 * The cheapest mix of cuts whose mean loads keep within a limit, and what no mix costs less than.
 *
 * A linear program over the device sets (algorithms/limited-mix.ts). A frame of a mix costs at least
 * the lower bound of its cut alone and the price of its bytes. Encodings are chosen at the prices
 * that the program gives the machines, in rounds, as columns (Dantzig and Wolfe 1960). For any
 * prices y ≥ 0, min over cuts of cost + Σ y · (load − limit) bounds every mix: Lagrange.
 */

import { limitedMix } from '../../algorithms/limited-mix.js';
import { bestMix, counted, type Loads } from '../../algorithms/mixed-game.js';
import type { Candidate } from '../../cuts/candidates.js';
import { type CutMix, type LoadedCut, pricedCut } from '../../cuts/cut-mix.js';
import { setBoundMs } from '../../cuts/set-bound.js';
import type { PricedFrame } from '../../problem/priced-frame.js';
import { type CutLimits, isHeld, sentBytes } from './limits.js';
import { withSendings } from './one-cut.js';

/** A cut with its encodings, and what a frame of it costs at least. */
export interface CostedCut {
  readonly cut: LoadedCut;
  readonly costMs: number;
}

/** Cuts that a pattern may use, cheapest at the prices first, and the value of the program. */
export interface PaceMix {
  readonly cuts: readonly CostedCut[];
  readonly costMs: number;
  /** No mix of the ranked sets within the limit costs less. */
  readonly boundMs: number;
  readonly prices: Loads;
}

const ROUNDS = 40;
const SAME = 1e-10;
/** Sets from which the program starts, and cuts that are handed on. */
const STARTING_SETS = 1_000;
const CUTS = 12;

/** Cuts within memory and bytes: those given, and those of the ranked sets at some prices. */
export function startingCuts(
  frame: PricedFrame,
  workers: number,
  { columns, prices }: CutMix,
  ranked: readonly Candidate[],
  limits: CutLimits,
): CostedCut[] {
  // Encodings for the period, for the latency, and for the least bytes.
  const leastBytes: readonly Loads[] = limits.frameBytes < Infinity ? [[0, 1, 0]] : [];
  const { factors } = limits;
  const choices: readonly Loads[] = [counted(prices, factors), [1, 1, workers], ...leastBytes];
  const cuts = ranked
    .slice(0, STARTING_SETS)
    .flatMap(({ set }) => choices.map((one) => pricedCut(frame, workers, set, one, factors)));
  return [...columns, ...cuts].flatMap((cut) => costed(frame, cut, limits) ?? []);
}

/** The mix of least period over some cuts, as a stream has it. */
export function periodMixOf(cuts: readonly CostedCut[]): CutMix {
  const columns = cuts.map(({ cut }) => cut);
  const { weights, prices, value } = bestMix(columns.map(({ loads }) => loads));
  const mix = columns.map((cut, i) => ({ cut, weight: weights[i] ?? 0 }));
  const used = mix.filter(({ weight }) => weight > SAME);
  return { mix: used, periodMs: value, boundMs: value, columns, prices };
}

/** The cheapest mix within the limit of the loads; undefined where the cuts given have none. */
export function paceMixOf(
  frame: PricedFrame,
  workers: number,
  ranked: readonly Candidate[],
  start: readonly CostedCut[],
  limits: CutLimits,
): PaceMix | undefined {
  const cuts = [...start];
  let boundMs = 0;
  for (let round = 0; ; round++) {
    const columns = cuts.map(({ cut, costMs }) => ({ costMs, loads: cut.loads }));
    const { excessMs, costMs, prices } = limitedMix(columns, limits.loadMs);
    if (excessMs > SAME * limits.loadMs) return undefined;
    const priced = leastPricedCut(frame, workers, ranked, prices, limits);
    boundMs = Math.max(boundMs, priced.boundMs);
    const isNew = priced.cut !== undefined && costMs - priced.costMs > SAME * Math.max(1, costMs);
    if (!isNew || round === ROUNDS) {
      return { cuts: nearest(cuts, prices, limits.loadMs), costMs, boundMs, prices };
    }
    if (priced.cut) cuts.push(priced.cut);
  }
}

/** The cut of least reduced cost, and the least reduced cost of the sets' bounds. */
function leastPricedCut(
  frame: PricedFrame,
  workers: number,
  ranked: readonly Candidate[],
  prices: Loads,
  limits: CutLimits,
): { cut: CostedCut | undefined; costMs: number; boundMs: number } {
  const { msPerByte, linkMsPerByte, loadMs, factors } = limits;
  const [devicePrice, linkPrice, cloudPrice] = counted(prices, factors);
  const relaxed: Loads = [devicePrice, linkPrice + msPerByte / linkMsPerByte, cloudPrice];
  // The bound knows no latency of encodings; the column is better with their serial time.
  const serial: Loads = [1 + relaxed[0], 1 + relaxed[1], workers + relaxed[2]];
  let [boundMs, leastMs] = [Infinity, Infinity];
  let least: CostedCut | undefined;
  for (const { set, boundMs: setMs } of ranked) {
    if (!isHeld(frame.graph, [set.members], limits.memoryBytes)) continue;
    const cut = pricedCut(frame, workers, set, relaxed, factors);
    const aloneMs = setMs + msPerByte * sentBytes(cut.sendings);
    const relaxedMs = reducedMs(cut.loads, aloneMs, prices, loadMs);
    boundMs = Math.min(boundMs, relaxedMs);
    if (relaxedMs >= leastMs) continue;
    const own = costed(frame, pricedCut(frame, workers, set, serial, factors), limits);
    const ownMs = own ? reducedMs(own.cut.loads, own.costMs, prices, loadMs) : Infinity;
    if (ownMs < leastMs) [least, leastMs] = [own, ownMs];
  }
  return { cut: least, costMs: leastMs, boundMs };
}

/** The cost of a cut and what its loads cost above the limit, at some prices. */
export function reducedMs(loads: Loads, costMs: number, prices: Loads, limitMs: number): number {
  return loads.reduce((sum, ms, i) => sum + (prices[i] ?? 0) * (ms - limitMs), costMs);
}

function costed(frame: PricedFrame, cut: LoadedCut, limits: CutLimits): CostedCut | undefined {
  const bytes = sentBytes(cut.sendings);
  const isWhole = cut.sendings.size === cut.set.cut.length;
  const fits = isHeld(frame.graph, [cut.set.members], limits.memoryBytes);
  if (!isWhole || !fits || bytes > limits.frameBytes) return undefined;
  const aloneMs = setBoundMs(withSendings(frame, cut.sendings), cut.set);
  return { cut, costMs: aloneMs + limits.msPerByte * bytes };
}

/** The cuts of least reduced cost, without those that another beats on cost and every machine. */
function nearest(cuts: readonly CostedCut[], prices: Loads, limitMs: number): CostedCut[] {
  const near: CostedCut[] = [];
  const pricedMs = ({ cut, costMs }: CostedCut): number =>
    reducedMs(cut.loads, costMs, prices, limitMs);
  for (const one of cuts.toSorted((a, b) => pricedMs(a) - pricedMs(b) || a.costMs - b.costMs)) {
    if (near.length === CUTS) break;
    if (!near.some((other) => isAsGood(other, one))) near.push(one);
  }
  return near;
}

function isAsGood(one: CostedCut, other: CostedCut): boolean {
  return (
    one.costMs <= other.costMs && one.cut.loads.every((ms, i) => ms <= (other.cut.loads[i] ?? 0))
  );
}
