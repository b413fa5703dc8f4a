/**
 * The device sets that paced frames choose from, ranked by their lower bounds.
 *
 * Where the network has few sets these are all. Elsewhere they are the candidates for a frame alone,
 * and the columns of a linear program: the mix of least serial cost (device, link and cloud one
 * after the other) within the limit of the loads. Its duals y make a minimum cut problem with
 * machine prices 1 + y. Rising prices of memory and of link time make cuts that hold or send less.
 */

import { limitedMix } from '../../algorithms/limited-mix.js';
import { counted, type Loads } from '../../algorithms/mixed-game.js';
import type { Candidate, Candidates } from '../../cuts/candidates.js';
import { cheapestSet } from '../../cuts/cheapest-set.js';
import { cutMixOf, type LoadedCut, leastPricedSet, pricedCut } from '../../cuts/cut-mix.js';
import { promisingSets } from '../../cuts/promising-sets.js';
import { scopeOf } from '../../cuts/scope.js';
import { setBoundMs } from '../../cuts/set-bound.js';
import { sideBoundsOf } from '../../cuts/side-bounds.js';
import { type DeviceSet, extremeSet } from '../../problem/device-sets.js';
import type { Node } from '../../problem/graph.js';
import { leastCost, type PricedFrame } from '../../problem/priced-frame.js';
import type { CutLimits } from './limits.js';

/** Sets by rising bound. */
export interface SetChoice {
  readonly ranked: readonly Candidate[];
  /** Whether they are all sets of the network. */
  readonly isComplete: boolean;
}

const ROUNDS = 30;
const SAME = 1e-9;
/** Prices tried of memory and of link time, each twice the one before. */
const PRICES = 16;

/** All sets of a listed network; of others the candidates and the cuts that a load limit asks for. */
export function setsFor(
  frame: PricedFrame,
  { ranked }: Candidates,
  isListed: boolean,
  workers: number,
  { loadMs, factors, memoryBytes }: CutLimits,
  asksBytes: boolean,
): SetChoice {
  if (isListed) return { ranked, isComplete: true };
  const known = [
    ...ranked.map(({ set }) => set),
    ...serialColumns(frame, workers, loadMs, factors),
    ...(memoryBytes < Infinity ? lightSets(frame, 'memory') : []),
    ...(asksBytes ? lightSets(frame, 'link') : []),
    extremeSet(frame.graph, 'all'),
  ];
  return { ranked: rankedSets(frame, known), isComplete: false };
}

/** Every set by which a frame alone can end before `belowMs`; undefined where they are too many. */
export function setsBelow(frame: PricedFrame, belowMs: number): readonly Candidate[] | undefined {
  const found = promisingSets(frame, scopeOf(frame, sideBoundsOf(frame), belowMs));
  return found && rankedSets(frame, [...found, extremeSet(frame.graph, 'all')]);
}

function rankedSets(frame: PricedFrame, sets: readonly DeviceSet[]): Candidate[] {
  return sets
    .map((set) => ({ set, boundMs: setBoundMs(frame, set) }))
    .filter(({ boundMs }) => boundMs < Infinity)
    .sort((a, b) => a.boundMs - b.boundMs);
}

/** Sets of all columns of the program, the last of which prove its optimum. */
function serialColumns(
  frame: PricedFrame,
  workers: number,
  limitMs: number,
  factors: Loads,
): DeviceSet[] {
  const columns: LoadedCut[] = [...cutMixOf(frame, workers, factors).columns];
  const finiteMs = Math.min(limitMs, Number.MAX_SAFE_INTEGER);
  // Serial time of a counted ms.
  const time: Loads = [1 / factors[0], 1 / factors[1], workers / factors[2]];
  for (let round = 0; round < ROUNDS; round++) {
    const priced = columns.map(({ loads }) => ({ costMs: dot(time, loads), loads }));
    const { prices, weights, costMs } = limitedMix(priced, finiteMs);
    const serial: Loads = [time[0] + prices[0], time[1] + prices[1], time[2] + prices[2]];
    const machinePrices = counted(serial, factors);
    const { set } = leastPricedSet(frame, workers, machinePrices);
    const cut = pricedCut(frame, workers, set, machinePrices, factors);
    // What the column would save a frame, at most: its reduced cost.
    const pricedMs = weights.reduce((sum, weight, i) => {
      const loads = columns[i]?.loads ?? [0, 0, 0];
      return sum + weight * dot(serial, loads);
    }, 0);
    if (pricedMs - dot(serial, cut.loads) <= SAME * Math.max(1, costMs)) break;
    columns.push(cut);
  }
  return columns.map(({ set }) => set);
}

/** Sets of least serial cost where memory, or link time, costs more and more. */
function lightSets(frame: PricedFrame, what: 'memory' | 'link'): DeviceSet[] {
  const { graph } = frame;
  const sum = (amount: (node: Node) => number): number =>
    graph.nodes.reduce((total, node) => total + amount(node), 0);
  const msPerByte = sum((node) => node.deviceMs + node.cloudMs) / (sum(memoryOfNode) || 1);
  return Array.from({ length: PRICES }, (_, i) => {
    const price = 2 ** (i - PRICES / 2);
    const [memoryPrice, linkPrice] = what === 'memory' ? [price * msPerByte, 1] : [0, 1 + price];
    return cheapestSet(graph, {
      deviceMs: (node) => node.deviceMs + memoryPrice * memoryOfNode(node),
      sendMs: (node) => {
        const { linkMs, serialMs } = leastCost(frame, node);
        return serialMs === Infinity ? Infinity : serialMs + (linkPrice - 1) * linkMs;
      },
      cloudMs: (node) => node.cloudMs,
    }).set;
  });
}

function memoryOfNode({ memoryBytes }: Node): number {
  return memoryBytes;
}

function dot(prices: Loads, loads: Loads): number {
  return prices[0] * loads[0] + prices[1] * loads[1] + prices[2] * loads[2];
}
