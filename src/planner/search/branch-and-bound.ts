/**
 * Branch and bound over the sides of units, for networks with too many device sets to list.
 *
 * Best first: the node whose bound is least is split by a unit, on the device with all it needs or
 * in the cloud with all that needs it. The bound of a node is the largest of three: bottleneck
 * paths (cuts/side-bounds.ts), the linear program over the cuts that are left
 * (cuts/branch-mix.ts), and one machine at a time (cuts/machine-bounds.ts). The cuts the linear
 * program looks at are tried on the way. A budget of nodes bounds the search; the bound of what is
 * open then holds for every schedule. Deterministic.
 */

import { Heap } from '../algorithms/heap.js';
import { type BranchMix, branchMixOf, EVEN_ROWS, type Rows } from '../cuts/branch-mix.js';
import { machineBoundMs } from '../cuts/machine-bounds.js';
import { scopeOf, sidesOf } from '../cuts/scope.js';
import { setBoundMs } from '../cuts/set-bound.js';
import { CLOUD, DEVICE, type Sides, sideBoundsOf } from '../cuts/side-bounds.js';
import { bestOrder, type FoundOrder } from '../order/best-order.js';
import { compositeOrder } from '../order/composite-order.js';
import { orderedCut } from '../order/ordered-cut.js';
import { type DeviceSet, deviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import type { Decision, PricedFrame } from '../problem/priced-frame.js';
import { makespanMs } from '../simulator/simulate.js';

/** A schedule, its makespan, and what no schedule ends before. */
export interface Bounded extends FoundOrder {
  readonly boundMs: number;
}

/** A part of all device sets. */
interface Branch {
  readonly sides: Sides;
  readonly boundMs: number;
  readonly prices: Rows;
  /** The unit to split by; undefined where a single device set is left. */
  readonly unit: Node | undefined;
}

/** Units in all branches looked at, and the most and fewest branches. */
const UNITS = 100_000;
const [FEWEST, MOST] = [40, 600];
/** Rounds of the linear program at the root and below. */
const ROOT_ROUNDS = 60;
const ROUNDS = 4;
/** Labels the order of a single device set may take. */
const ORDER_LABELS = 3_000;
const SAME = 1e-12;
/** A share of a mix that is neither nothing nor all. */
const SPLIT = 0.02;

/** Improves a schedule and its bound. */
export function branchAndBound(frame: PricedFrame, known: Bounded): Bounded {
  return new BranchAndBound(frame, known).run();
}

class BranchAndBound {
  readonly #frame: PricedFrame;
  readonly #open = new Heap<Branch>((a, b) => a.boundMs - b.boundMs);
  readonly #rootMs: number;
  readonly #tried = new Set<string>();
  #decision: Decision;
  #endMs: number;
  /** The least bound of a single device set whose order was not proven. */
  #unprovenMs = Infinity;

  constructor(frame: PricedFrame, { decision, endMs, boundMs }: Bounded) {
    this.#frame = frame;
    this.#decision = decision;
    this.#endMs = endMs;
    this.#rootMs = boundMs;
  }

  run(): Bounded {
    const { nodes } = this.#frame.graph;
    const limit = Math.min(MOST, Math.max(FEWEST, Math.floor(UNITS / nodes.length)));
    const inputs = Uint8Array.from(nodes, ({ isInput }) => (isInput ? DEVICE : 0));
    this.#look(inputs, EVEN_ROWS, ROOT_ROUNDS);
    for (let looked = 1; looked < limit; looked += 2) {
      const branch = this.#open.peek();
      if (!branch || !this.#mayWin(branch.boundMs)) break;
      this.#open.pop();
      const { unit } = branch;
      if (!unit) {
        this.#order(branch);
        continue;
      }
      for (const side of [DEVICE, CLOUD]) {
        this.#look(decided(branch.sides, unit, side), branch.prices, ROUNDS, branch.boundMs);
      }
    }
    const openMs = Math.min(this.#unprovenMs, this.#open.peek()?.boundMs ?? Infinity);
    const boundMs = Math.min(this.#endMs, Math.max(openMs, this.#rootMs));
    return { decision: this.#decision, endMs: this.#endMs, boundMs };
  }

  #mayWin(boundMs: number): boolean {
    return boundMs < this.#endMs * (1 - SAME);
  }

  /** Bounds a branch, tries the cuts met, and keeps it where it can still win. */
  #look(sides: Sides, prices: Rows, rounds: number, aboveMs = 0): void {
    const frame = this.#frame;
    const bounds = sideBoundsOf(frame, sides);
    const scope = scopeOf(frame, bounds, this.#endMs);
    const simpleMs = Math.max(aboveMs, bounds.boundMs);
    const left = sidesOf(frame.graph, scope);
    if (!left || !this.#mayWin(simpleMs)) return;
    const machineMs = Math.max(simpleMs, machineBoundMs(frame, scope, left));
    if (!this.#mayWin(machineMs)) return;
    const mix = branchMixOf(frame, scope, left, { prices, rounds });
    for (const set of mix.sets) this.#attempt(set);
    const boundMs = Math.max(machineMs, mix.boundMs);
    if (!this.#mayWin(boundMs)) return;
    const unit = splitting(frame, left, mix);
    this.#open.push({ sides: left, boundMs, prices: mix.prices, unit });
  }

  /** Tries a device set in the order of Sidney and Monma, each set once. */
  #attempt(set: DeviceSet): void {
    if (!this.#mayWin(setBoundMs(this.#frame, set))) return;
    const name = set.members.join('');
    if (this.#tried.has(name)) return;
    this.#tried.add(name);
    const decision = orderedCut(this.#frame, set, compositeOrder);
    if (decision) this.#take(decision, makespanMs(this.#frame, decision));
  }

  #take(decision: Decision, endMs: number): void {
    if (endMs >= this.#endMs) return;
    this.#decision = decision;
    this.#endMs = endMs;
  }

  /** The only device set of a branch. */
  #order({ sides, boundMs }: Branch): void {
    const members = sides.map((side) => Number(side === DEVICE));
    const set = deviceSet(this.#frame.graph, members);
    const setMs = Math.max(boundMs, setBoundMs(this.#frame, set));
    if (!this.#mayWin(setMs)) return;
    const budget = { labels: ORDER_LABELS };
    const found = bestOrder(this.#frame, set, this.#endMs, budget);
    if (found) this.#take(found.decision, found.endMs);
    if (budget.labels < 0) this.#unprovenMs = Math.min(this.#unprovenMs, setMs);
  }
}

/** The sides after one more unit: what it needs is on the device too, or what needs it in the cloud. */
function decided(sides: Sides, unit: Node, side: number): Sides {
  const made = sides.slice();
  const open = [unit];
  made[unit.index] = side;
  for (let node = open.pop(); node; node = open.pop()) {
    for (const near of side === DEVICE ? node.predecessors : node.successors) {
      if (made[near.index] === side) continue;
      made[near.index] = side;
      open.push(near);
    }
  }
  return made;
}

/**
 * The open unit that the mix splits most evenly, among equal ones the costliest; where it splits
 * none, an open unit at the cut of its heaviest set, then any open one.
 */
function splitting(
  { graph }: PricedFrame,
  sides: Sides,
  { sets, weights }: BranchMix,
): Node | undefined {
  const isOpen = ({ index }: Node): boolean => sides[index] === 0;
  let [best, mostEven]: [Node | undefined, number] = [undefined, SPLIT];
  for (const node of graph.nodes) {
    if (!isOpen(node)) continue;
    let share = 0;
    for (const [i, { members }] of sets.entries()) {
      if (members[node.index] === 1) share += weights[i] ?? 0;
    }
    const even = Math.min(share, 1 - share);
    const isCostlier = best !== undefined && even === mostEven && node.deviceMs > best.deviceMs;
    if (even > mostEven || isCostlier) [best, mostEven] = [node, even];
  }
  if (best) return best;
  const heaviest = weights.reduce((a, weight, i) => (weight > (weights[a] ?? 0) ? i : a), 0);
  const cut = sets[heaviest]?.cut.map(({ node }) => node) ?? [];
  const atCut = cut.flatMap((node) => [node, ...node.successors]);
  return atCut.find(isOpen) ?? graph.nodes.find(isOpen);
}
