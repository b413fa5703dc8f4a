/**
 * What independent parts cost together at least, and which of their cuts can still win.
 *
 * A linear program over one cut per part, priced part by part (Dantzig and Wolfe 1960): no schedule
 * that sends something ends before the priced sum of all loads and of what link and cloud wait for.
 * A cut whose use makes that sum as large as a known makespan is left out (reduced cost fixing).
 */

import { bestMix, type Loads, pricedMs } from '../algorithms/mixed-game.js';
import type { PricedFrame } from '../problem/priced-frame.js';
import type { Part, PartCut } from './part-cuts.js';

/** Prices of device, link and cloud that sum to 1, with what follows from them. */
export interface PricedParts {
  readonly prices: Loads;
  /** By part: the least priced load of one copy. */
  readonly leastMs: readonly number[];
  /** No schedule that sends something ends before. */
  readonly boundMs: number;
}

const ROUNDS = 24;
/** Prices a label is bounded at, those of single machines apart. */
const KEPT = 6;
const SAME = 1e-10;
const CORNERS: readonly Loads[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** The prices of single machines, and those met in the linear program that prove most. */
export function pricesOf(frame: PricedFrame, parts: readonly Part[]): PricedParts[] {
  const marginsMs = marginsOf(frame, parts);
  const met = CORNERS.map((prices) =>
    pricedParts(parts, leastLoads(parts, prices), prices, marginsMs),
  );
  const columns: Loads[] = [];
  let boundMs = Math.max(...met.map((one) => one.boundMs));
  let prices: Loads = [1 / 3, 1 / 3, 1 / 3];
  for (let round = 0; round < ROUNDS; round++) {
    const loads = leastLoads(parts, prices);
    const priced = pricedParts(parts, loads, prices, marginsMs);
    met.push(priced);
    boundMs = Math.max(boundMs, priced.boundMs);
    columns.push(columnOf(parts, loads, marginsMs));
    const mix = bestMix(columns);
    if (mix.value - boundMs <= SAME * mix.value) break;
    prices = mix.prices;
  }
  const [corners, others] = [met.slice(0, CORNERS.length), met.slice(CORNERS.length)];
  return [...corners, ...others.sort((a, b) => b.boundMs - a.boundMs).slice(0, KEPT)];
}

/** The parts without the cuts that no schedule before `belowMs` uses. */
export function partsBelow(
  parts: readonly Part[],
  met: readonly PricedParts[],
  belowMs: number,
): Part[] {
  return parts.map((part, i) => {
    const mayWin = ({ loads }: PartCut): boolean =>
      met.every(
        ({ prices, leastMs, boundMs }) =>
          boundMs - (leastMs[i] ?? 0) + pricedMs(loads, prices) < belowMs,
      );
    return { ...part, cuts: part.cuts.filter(mayWin) };
  });
}

/** The cut of least priced load; undefined where the part had better stay on the device. */
export function leastCut({ localMs, cuts }: Part, prices: Loads): PartCut | undefined {
  let [best, leastMs]: [PartCut | undefined, number] = [undefined, localMs * prices[0]];
  for (const cut of cuts) {
    const ms = pricedMs(cut.loads, prices);
    if (ms < leastMs) [best, leastMs] = [cut, ms];
  }
  return best;
}

/** By part: what one copy asks of the machines at the least priced load. */
function leastLoads(parts: readonly Part[], prices: Loads): Loads[] {
  return parts.map((part) => leastCut(part, prices)?.loads ?? [part.localMs, 0, 0]);
}

function pricedParts(
  parts: readonly Part[],
  loads: readonly Loads[],
  prices: Loads,
  marginsMs: Loads,
): PricedParts {
  const leastMs = loads.map((one) => pricedMs(one, prices));
  const sumMs = parts.reduce((sum, { copies }, i) => sum + copies.length * (leastMs[i] ?? 0), 0);
  return { prices, leastMs, boundMs: sumMs + pricedMs(marginsMs, prices) };
}

function columnOf(parts: readonly Part[], loads: readonly Loads[], marginsMs: Loads): Loads {
  let [deviceMs, linkMs, cloudMs] = marginsMs;
  for (const [i, [ownMs, sentMs, workMs]] of loads.entries()) {
    const count = parts[i]?.copies.length ?? 0;
    deviceMs += count * ownMs;
    linkMs += count * sentMs;
    cloudMs += count * workMs;
  }
  return [deviceMs, linkMs, cloudMs];
}

/** Before the first and after the last tensor the link waits; the cloud waits for the first. */
function marginsOf(frame: PricedFrame, parts: readonly Part[]): Loads {
  let [headMs, arrivalMs, tailMs] = [Infinity, Infinity, Infinity];
  for (const { cuts } of parts) {
    for (const cut of cuts) {
      headMs = Math.min(headMs, cut.headMs);
      arrivalMs = Math.min(arrivalMs, cut.headMs + cut.linkMs);
      tailMs = Math.min(tailMs, cut.tailMs);
    }
  }
  if (headMs === Infinity) return [0, 0, 0];
  const { latencyMs, returnMs } = frame;
  return [0, headMs + latencyMs + tailMs + returnMs, arrivalMs + latencyMs + returnMs];
}
