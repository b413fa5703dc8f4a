/**
 * The plans of one frame that a plan table within limits chooses from: those that no other plan beats
 * in bytes and, at every rate looked at, in latency.
 *
 * The quickest plans of all rates are the lower convex hull of time over bytes, and so are the best
 * plans at any price on bytes: on a slower link a byte costs more, as with a price. A limit on bytes,
 * or a deadline, asks for plans between the corners of the hull too (the efficient set of two
 * objectives; Haimes, Lasdon and Wismer 1971). So every device set is tried with every choice of
 * encodings and some orders, independent of rate, limit and deadline. Where the sets are too many to
 * list, those of a few rates and those of rising prices of link time and memory are tried. A set whose
 * lower bounds a known plan beats is left out.
 * Bounded by the nodes of plans that are tried. Deterministic; of equal plans the first stays.
 */

import { candidatesOf, type Preparation, prepare } from '../cuts/candidates.js';
import { ALIKE } from '../cuts/cut-mix.js';
import { setBoundMs } from '../cuts/set-bound.js';
import { type Assignment, assignmentsOf } from '../objectives/paced/assignments.js';
import { type CutLimits, memoryOf } from '../objectives/paced/limits.js';
import { withSendings } from '../objectives/paced/one-cut.js';
import { setsFor } from '../objectives/paced/set-choice.js';
import { type Budget, bestOrder } from '../order/best-order.js';
import { compositeOrder } from '../order/composite-order.js';
import { kahnOrder } from '../order/kahn-order.js';
import { orderedCut } from '../order/ordered-cut.js';
import { pathOrder } from '../order/path-order.js';
import { type LinkTraits, type PlacedPlan, placed, planRows } from '../plan-table.js';
import type { DeviceSet } from '../problem/device-sets.js';
import { type Graph, graphOf } from '../problem/graph.js';
import { type Decision, type PricedFrame, pricedFrameOf } from '../problem/priced-frame.js';
import type { Network } from '../problem/problem.js';
import { latencyOf, type PlanTimes, planTimesOf, type WayThere } from '../simulator/plan-times.js';

/** One plan of the pool. */
export interface PooledPlan {
  readonly plan: PlacedPlan;
  readonly times: PlanTimes;
  /** Bytes that a frame sends. */
  readonly bytes: number;
  /** Memory of the units on the device. */
  readonly memoryBytes: number;
}

/** Rates at which plans are compared, in Mbps: a factor of four apart. */
const RATES = [0.05, 0.2, 0.8, 3.2, 12.8, 51.2, 204.8, 1000];
/** Rates whose best order is tried, and whose device sets are where they are too many to list. */
const ORDER_RATES = [0.5, 5, 50] as const;
/** What making a pool may cost: nodes of all plans tried, and labels of all orders. */
const NODES = 400_000;
const LABELS = 30_000;
const LABELS_OF_ONE = 300;
const SAME = 1e-9;

const NO_LIMITS: CutLimits = {
  loadMs: Infinity,
  factors: ALIKE,
  memoryBytes: Infinity,
  frameBytes: Infinity,
  msPerByte: 0,
  linkMsPerByte: 0,
};

/** The pool of a well-formed network; plans that need more memory are left out. */
export function cutPool(
  network: Network,
  traits: LinkTraits,
  maxMemoryBytes = Infinity,
): PooledPlan[] {
  const preparation = prepare(graphOf(network));
  const pool = new Pool(preparation.graph, traits, maxMemoryBytes);
  for (const { times, device, uploads } of planRows(network, traits)) {
    pool.add({ device, uploads }, times);
  }
  const frameAt = (uplinkMbps: number): PricedFrame =>
    pricedFrameOf(preparation.graph, { ...traits, uplinkMbps });
  const frames = ORDER_RATES.map(frameAt);
  // Which choices of encodings are worth a look does not depend on the rate.
  const priced = frameAt(ORDER_RATES[0]);
  const compared = RATES.map(frameAt);
  const budget: Budget = { labels: LABELS };
  for (const set of setsOf(preparation, frames, maxMemoryBytes)) {
    if (memoryOf(preparation.graph, [set.members]) > maxMemoryBytes) continue;
    const leastMs = compared.map((frame) => setBoundMs(frame, set));
    if (pool.beats([leastBytesOf(set), ...leastMs])) continue;
    for (const assignment of assignmentsOf(priced, 1, set, NO_LIMITS).found) {
      for (const decision of ordersOf(frames, assignment, budget)) {
        if (!pool.take(decision)) return pool.plans;
      }
    }
  }
  return pool.plans;
}

/**
 * All device sets of a listed network; of others those that some rate or some price asks for. Those that can send least come
 * first: the quickest plans are known already.
 */
function setsOf(
  preparation: Preparation,
  frames: readonly PricedFrame[],
  memoryBytes: number,
): readonly DeviceSet[] {
  const limits = { ...NO_LIMITS, memoryBytes };
  const found =
    preparation.sets ??
    unique(
      frames.flatMap((frame) =>
        setsFor(frame, candidatesOf(frame, preparation), false, 1, limits, true).ranked.map(
          ({ set }) => set,
        ),
      ),
    );
  const leastBytes = new Map(found.map((set) => [set, leastBytesOf(set)]));
  return found.toSorted((a, b) => (leastBytes.get(a) ?? 0) - (leastBytes.get(b) ?? 0));
}

function unique(sets: readonly DeviceSet[]): DeviceSet[] {
  return [...new Map(sets.map((set) => [set.members.join(''), set])).values()];
}

function leastBytesOf({ cut }: DeviceSet): number {
  return cut.reduce(
    (sum, { node }) => sum + Math.min(...node.encodings.map(({ bytes }) => bytes)),
    0,
  );
}

/** Decisions for one choice of encodings: by some rules, and the best for some rates where tensors can overtake each other. */
function* ordersOf(
  frames: readonly PricedFrame[],
  { set, sendings }: Assignment,
  budget: Budget,
): Generator<Decision> {
  const isSingle = set.cut.length < 2;
  for (const [i, frame] of (isSingle ? frames.slice(0, 1) : frames).entries()) {
    const fixed = withSendings(frame, sendings);
    const rules = isSingle ? [kahnOrder] : [kahnOrder, compositeOrder, pathOrder];
    for (const rule of i === 0 ? rules : []) {
      const decision = orderedCut(fixed, set, rule);
      if (decision) yield decision;
    }
    if (isSingle || budget.labels < 0) continue;
    const own: Budget = { labels: LABELS_OF_ONE };
    const found = bestOrder(fixed, set, Infinity, own);
    budget.labels -= LABELS_OF_ONE - own.labels;
    if (found) yield found.decision;
  }
}

/** The efficient plans found so far. */
class Pool {
  readonly #graph: Graph;
  readonly #ways: readonly WayThere[];
  readonly #maxMemoryBytes: number;
  #tries: number;
  #found: { readonly pooled: PooledPlan; readonly costs: readonly number[] }[] = [];

  constructor(graph: Graph, traits: LinkTraits, maxMemoryBytes: number) {
    this.#graph = graph;
    this.#ways = RATES.map((mbps) => wayThere(traits, mbps));
    this.#maxMemoryBytes = maxMemoryBytes;
    this.#tries = Math.ceil(NODES / graph.nodes.length);
  }

  get plans(): PooledPlan[] {
    return this.#found.map(({ pooled }) => pooled);
  }

  /** Takes a decision; false when no more may be tried. */
  take(decision: Decision): boolean {
    this.#tries -= 1;
    if (this.#tries < 0) return false;
    this.add(placed(decision), planTimesOf(this.#graph, decision));
    return true;
  }

  /** Whether some plan is no worse than any with at least these bytes and latencies. */
  beats(leastCosts: readonly number[]): boolean {
    return this.#found.some((known) => isNoWorse(known.costs, leastCosts));
  }

  add(plan: PlacedPlan, times: PlanTimes): void {
    const places = new Set(plan.device);
    const memoryBytes = this.#graph.nodes.reduce(
      (sum, node) => sum + (places.has(node.place) ? node.memoryBytes : 0),
      0,
    );
    if (memoryBytes > this.#maxMemoryBytes) return;
    const bytes = times.uploads.reduce((sum, upload) => sum + upload.bytes, 0);
    const costs = [bytes, ...this.#ways.map((way) => latencyOf(times, way))];
    if (this.beats(costs)) return;
    this.#found = this.#found.filter((known) => !isNoWorse(costs, known.costs));
    this.#found.push({ pooled: { plan, times, bytes, memoryBytes }, costs });
  }
}

/** The way to the cloud and back over a link of some rate; each tensor takes some bytes of it in addition to its own. */
export function wayThere(traits: LinkTraits, mbps: number, perTensorBytes = 0): WayThere {
  const { latencyMs, resultBytes, downlinkMbps } = traits;
  const msPerByte = 8 / (1000 * mbps);
  const perTensorMs = traits.perTensorMs + perTensorBytes * msPerByte;
  const returnMs = latencyMs + (8 * resultBytes) / (1000 * downlinkMbps);
  return { latencyMs, perTensorMs, returnMs, msPerByte };
}

function isNoWorse(costs: readonly number[], others: readonly number[]): boolean {
  return costs.every((cost, i) => cost <= (others[i] ?? 0) * (1 + SAME));
}
