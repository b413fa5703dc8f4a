/**
 * The linear program of several devices at given intervals: one row for each shared machine, and for
 * every device a group of columns, the mixes of its cuts (algorithms/grouped).
 *
 * Columns are made on demand (Dantzig and Wolfe 1960). The rows' prices y make a price for every
 * machine, and each device answers with its own cheapest mix (member.ts). For any y ≥ 0 the sum of
 * these answers' costs minus Σ y bounds the program: Lagrange. A row is the share of a machine's
 * usable time, its capacity is 1, and the cost is the serial time of all frames for each ms that
 * passes.
 */
import { GroupedMix, type GroupedValue } from '../../algorithms/grouped/grouped-mix.js';
import type { Member, Point, ProvenPoint } from './member.js';
import { type CutPrices, serialTimeMs } from './priced-cut.js';

/** What the program reached, and its proof. */
export interface ProgramValue {
  /** How much the loads exceed the usable time of a machine; 0 where all keep within. */
  readonly excess: number;
  readonly cost: number;
  /** Of what was minimised: no mix has less. */
  readonly bound: number;
  /** By row. */
  readonly prices: readonly number[];
  /** By device, at these prices; empty where the excess is 0 and nothing is left to prove. */
  readonly answers: readonly ProvenPoint[];
}

/** What is minimised. */
type Goal = 'excess' | 'cost';

const ROUNDS = 60;
const SAME = 1e-9;
/** An excess below this share of a machine's time is none. */
export const FITS = 1e-9;
/** What a new column must save at least, as a share of all: less does not enter the mix. */
const LEAST_SAVING = 2e-11;

export class SharedProgram {
  readonly #members: readonly Member[];
  readonly #intervalsMs: readonly number[];
  readonly #rows: number;
  readonly #mix: GroupedMix;
  /** By column of the mix. */
  readonly #points: Point[];

  constructor(members: readonly Member[], intervalsMs: readonly number[], rows: number) {
    this.#members = members;
    this.#intervalsMs = intervalsMs;
    this.#rows = rows;
    const known = members.map((member, i) => member.pointsWithin(this.#limitOf(member, i)));
    const first = known.flatMap(([point]) => point ?? []);
    this.#points = [...first];
    this.#mix = new GroupedMix(
      rows,
      first.map((point, i) => this.#columnOf(i, point)),
    );
    for (const [i, points] of known.entries()) {
      for (const point of points.slice(1)) this.#add(i, point);
    }
  }

  /** Lowers the excess until there is none, or until it is proven to be the least. */
  reduceExcess(): ProgramValue {
    return this.#reduce('excess');
  }

  /** Lowers the cost to the least, without excess. */
  reduceCost(): ProgramValue {
    return this.#reduce('cost');
  }

  /** By device: its mixes in use, with weights that sum to 1. */
  shares(): { readonly point: Point; readonly weight: number }[][] {
    const shares: { point: Point; weight: number }[][] = this.#members.map(() => []);
    for (const { group, column, weight } of this.#mix.shares()) {
      const point = this.#points[column];
      if (point) shares[group]?.push({ point, weight });
    }
    return shares;
  }

  #reduce(goal: Goal): ProgramValue {
    for (let round = 0; ; round++) {
      const value = goal === 'excess' ? this.#mix.reduceExcess() : this.#mix.reduceCost();
      if (goal === 'excess' && value.excess <= FITS) return { ...value, bound: 0, answers: [] };
      if (round < ROUNDS && this.#addKnown(value, goal)) continue;
      const answers = this.#members.map((member, i) =>
        member.cheapest(this.#pricesOf(member, value, goal), this.#limitOf(member, i)),
      );
      const bound = this.#boundOf(answers, value);
      const missing = value[goal] - bound;
      const isProven = missing <= SAME * scaleOf(value, goal);
      const isNew = !isProven && this.#addBetter(answers, value, goal);
      if (!isNew || round >= ROUNDS) return { ...value, bound, answers };
    }
  }

  /** Adds the devices' cheapest mixes of known cuts; false where none is better. */
  #addKnown(value: GroupedValue, goal: Goal): boolean {
    const answers = this.#members.map((member, i) =>
      member.cheapestKnown(this.#pricesOf(member, value, goal), this.#limitOf(member, i)),
    );
    return this.#addBetter(answers, value, goal);
  }

  #addBetter(
    answers: readonly { readonly point: Point; readonly costMs: number }[],
    value: GroupedValue,
    goal: Goal,
  ): boolean {
    const share = Math.max(SAME / answers.length, LEAST_SAVING);
    const least = share * scaleOf(value, goal);
    let isNew = false;
    for (const [i, { point, costMs }] of answers.entries()) {
      const saved = (value.groupCosts[i] ?? 0) - costMs / this.#intervalOf(i);
      if (saved <= least) continue;
      this.#add(i, point);
      isNew = true;
    }
    return isNew;
  }

  #boundOf(answers: readonly ProvenPoint[], { prices }: GroupedValue): number {
    let bound = 0;
    for (const price of prices) bound -= price;
    for (const [i, { pricedMs, ownPrice }] of answers.entries()) {
      const member = this.#members[i];
      if (!member) continue;
      bound += (pricedMs - ownPrice * this.#limitOf(member, i)) / this.#intervalOf(i);
    }
    return bound;
  }

  #add(i: number, point: Point): void {
    this.#mix.add(i, this.#columnOf(i, point));
    this.#points.push(point);
  }

  #columnOf(i: number, point: Point): { cost: number; loads: readonly number[] } {
    const intervalMs = this.#intervalOf(i);
    const loads = this.#members[i]?.loadsAt(point, intervalMs, this.#rows) ?? [];
    return { cost: serialTimeMs(point) / intervalMs, loads };
  }

  #pricesOf(member: Member, { prices }: GroupedValue, goal: Goal): CutPrices {
    return member.pricesAt(prices, goal === 'cost' ? 1 : 0);
  }

  #limitOf(member: Member, i: number): number {
    return member.limitAt(this.#intervalOf(i));
  }

  #intervalOf(i: number): number {
    return this.#intervalsMs[i] ?? Infinity;
  }
}

function scaleOf({ cost }: GroupedValue, goal: Goal): number {
  return goal === 'cost' ? cost : 1;
}
