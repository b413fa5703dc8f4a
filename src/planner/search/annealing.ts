/**
 * Simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983) over cut, order of tensors and encodings.
 *
 * A move puts one node on the other side, with all that needs it or all that it needs; or sends one
 * tensor at another place; or in another encoding. O(V + E) a move. Seeded, hence deterministic.
 */
import { seeded } from '../algorithms/random.js';
import type { FoundOrder } from '../order/best-order.js';
import type { Decision, PricedFrame } from '../problem/priced-frame.js';
import { FlatFrame, type FlatPlan } from './flat-frame.js';

/** Moves of a search: 20 to 40 ms on a thousand units. */
export const MOVES = 1_500;
/** The temperature at the first and at the last move, as a share of the makespan. */
const HOT = 0.02;
const COLD = 0.0002;
/**
 * Cumulative shares of moves: a node at the cut changes its side, any node does, a tensor changes its
 * place; the rest change an encoding.
 */
const AT_CUT = 0.45;
const ANYWHERE = 0.55;
const PLACE = 0.95;

/** The best schedule met on the way from a given one. */
export function anneal(frame: PricedFrame, start: Decision, moves = MOVES, seed = 1): FoundOrder {
  return new Annealing(frame, start, seed).run(moves);
}

class Annealing {
  readonly #flat: FlatFrame;
  readonly #random: () => number;
  readonly #plan: FlatPlan;
  readonly #kept: FlatPlan;
  readonly #best: FlatPlan;
  #nowMs: number;
  #bestMs: number;

  constructor(frame: PricedFrame, start: Decision, seed: number) {
    this.#flat = new FlatFrame(frame);
    this.#random = seeded(seed);
    this.#plan = this.#flat.planOf(start);
    this.#kept = copyOf(this.#plan);
    this.#best = copyOf(this.#plan);
    this.#nowMs = this.#flat.makespanMs(this.#plan);
    this.#bestMs = this.#nowMs;
  }

  run(moves: number): FoundOrder {
    for (let move = 0; move < moves; move++) {
      const share = HOT * (COLD / HOT) ** (move / moves);
      this.#move();
      const madeMs = this.#flat.makespanMs(this.#plan);
      const worseMs = madeMs - this.#nowMs;
      const isKept = worseMs <= 0 || this.#random() < Math.exp(-worseMs / (share * this.#bestMs));
      if (!isKept) {
        overwrite(this.#plan, this.#kept);
        continue;
      }
      this.#nowMs = madeMs;
      overwrite(this.#kept, this.#plan);
      if (madeMs >= this.#bestMs) continue;
      this.#bestMs = madeMs;
      overwrite(this.#best, this.#plan);
    }
    return { decision: this.#flat.decisionOf(this.#best), endMs: this.#bestMs };
  }

  #move(): void {
    const kind = this.#random();
    if (kind < AT_CUT) this.#flip(this.#atCut());
    else if (kind < ANYWHERE) this.#flip(this.#any());
    else if (kind < PLACE) this.#reorder();
    else this.#recode();
  }

  #any(): number {
    return Math.floor(this.#random() * this.#flat.nodes.length);
  }

  #pick(nodes: readonly number[]): number {
    return nodes[Math.floor(this.#random() * nodes.length)] ?? this.#any();
  }

  #tensors(): number[] {
    const found: number[] = [];
    for (const node of this.#plan.rank) if (this.#flat.isCut(this.#plan, node)) found.push(node);
    return found;
  }

  /** A node whose neighbour is on the other side; any node where there is no cut. */
  #atCut(): number {
    const tensor = this.#pick(this.#tensors());
    if (this.#random() < 0.5) return tensor;
    const { side } = this.#plan;
    const { starts, nodes } = this.#flat.after;
    const readers = [...nodes.subarray(starts[tensor], starts[tensor + 1])].filter(
      (reader) => side[reader] !== 1,
    );
    return readers.length === 0 ? tensor : this.#pick(readers);
  }

  /** Inputs stay on the device. */
  #flip(start: number): void {
    const { side } = this.#plan;
    if (this.#flat.nodes[start]?.isInput) return;
    const before = side[start] ?? 0;
    const { starts, nodes } = before === 1 ? this.#flat.after : this.#flat.before;
    const open = [start];
    side[start] = 1 - before;
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (let i = starts[node] ?? 0; i < (starts[node + 1] ?? 0); i++) {
        const other = nodes[i] ?? 0;
        if (side[other] !== before) continue;
        side[other] = 1 - before;
        open.push(other);
      }
    }
  }

  /** Moves one tensor to the place of another in the order; those in between shift by one. */
  #reorder(): void {
    const tensors = this.#tensors();
    if (tensors.length < 2) return;
    const [one, other] = [this.#pick(tensors), this.#pick(tensors)];
    const { rank } = this.#plan;
    const [from, to] = [rank.indexOf(one), rank.indexOf(other)];
    if (from < to) rank.copyWithin(from, from + 1, to + 1);
    else rank.copyWithin(to + 1, to, from);
    rank[to] = one;
  }

  #recode(): void {
    const tensors = this.#tensors().filter((node) => this.#flat.waysOf(node) > 1);
    if (tensors.length === 0) return;
    const node = this.#pick(tensors);
    this.#plan.sending[node] = Math.floor(this.#random() * this.#flat.waysOf(node));
  }
}

function copyOf({ side, rank, sending }: FlatPlan): FlatPlan {
  return { side: side.slice(), rank: rank.slice(), sending: sending.slice() };
}

function overwrite(plan: FlatPlan, by: FlatPlan): void {
  plan.side.set(by.side);
  plan.rank.set(by.rank);
  plan.sending.set(by.sending);
}
