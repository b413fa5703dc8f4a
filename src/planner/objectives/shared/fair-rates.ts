/**
 * Max–min fair rates of devices that share machines: none can be raised without lowering one that is
 * slowed down as much or more (Bertsekas and Gallager, Data Networks, 1992, section 6.5.2).
 *
 * A rate is a share t of the rate that a device can have alone. All rise together as far as the
 * shared machines allow. Devices that would load a full machine more are then fixed, and the others
 * go on. Each step is Newton's method from above on the excess of the linear program
 * (shared-program.ts). For prices y of its rows and y' of the devices' own machines, a share t needs
 *
 *   Σ (t · least priced time / interval − y' · usable) ≤ Σ y
 *
 * so every t above is impossible. The excess is a concave, piecewise linear function of t, and the
 * steps end at the largest t without an excess.
 */
import type { Member } from './member.js';
import { FITS, type ProgramValue, SharedProgram } from './shared-program.js';

/** The intervals, and what no plan can do better. */
export interface FairRates {
  /** By device. */
  readonly intervalsMs: readonly number[];
  /** The largest slowdown; 1 where all devices have the rate that they can have alone. */
  readonly slowdown: number;
  /** No plan has a smaller largest slowdown. */
  readonly bound: number;
}

/** Steps that fix devices, and steps of Newton's method in each. */
const ROUNDS = 24;
const STEPS = 40;
/** A device that needs less than this share of the full machines is not held by them. */
const HELD = 1e-9;
/** How much each of Newton's steps lowers the share at least: it ends where rounding is all. */
const LEAST_STEP = 1e-10;

/** Rates of all devices, in programs of that many rows. */
export function fairRates(members: readonly Member[], rows: number): FairRates {
  const shares = members.map(() => 0);
  const rising = new Set(members.keys());
  let bound = 1;
  for (let round = 0; round < ROUNDS && rising.size > 0; round++) {
    const step = new RisingStep(members, rows, shares, rising).run();
    if (round === 0) bound = 1 / step.mostShare;
    for (const i of rising) shares[i] = step.share;
    for (const i of step.held) rising.delete(i);
  }
  const slowdown = 1 / Math.min(...shares);
  return { intervalsMs: intervalsOf(members, shares), slowdown, bound: Math.min(bound, slowdown) };
}

function intervalsOf(members: readonly Member[], shares: readonly number[]): number[] {
  return members.map(({ aloneMs }, i) => aloneMs / (shares[i] ?? 1));
}

/** How far the devices that still rise can go, and which of them a full machine holds there. */
interface Risen {
  readonly share: number;
  /** No larger share is possible. */
  readonly mostShare: number;
  readonly held: readonly number[];
}

class RisingStep {
  readonly #members: readonly Member[];
  readonly #rows: number;
  readonly #shares: readonly number[];
  readonly #rising: ReadonlySet<number>;

  constructor(
    members: readonly Member[],
    rows: number,
    shares: readonly number[],
    rising: ReadonlySet<number>,
  ) {
    this.#members = members;
    this.#rows = rows;
    this.#shares = shares;
    this.#rising = rising;
  }

  run(): Risen {
    const all = [...this.#rising];
    const [first = 0] = all;
    const before = this.#shares[first] ?? 0;
    let [share, mostShare] = [1, 1];
    let held: readonly number[] = all;
    for (let step = 0; step < STEPS; step++) {
      const value = this.#valueAt(share);
      if (value.excess <= FITS) return { share, mostShare, held };
      mostShare = Math.min(mostShare, this.#mostShare(value));
      held = this.#heldBy(value);
      // At its former share every device fits.
      if (mostShare <= before) return { share: before, mostShare: before, held };
      share = Math.min(mostShare, share * (1 - LEAST_STEP));
    }
    // At the former shares all fit; in the first step there are none, and what is too much is left out.
    const value = this.#valueAt(share);
    return { share: before || share / (1 + value.excess), mostShare, held };
  }

  #valueAt(share: number): ProgramValue {
    const shares = this.#shares.map((known, i) => (this.#rising.has(i) ? share : known));
    const intervalsMs = intervalsOf(this.#members, shares);
    return new SharedProgram(this.#members, intervalsMs, this.#rows).reduceExcess();
  }

  /** The largest share that the prices of a program with an excess do not rule out. */
  #mostShare({ prices, answers }: ProgramValue): number {
    let [left, slope] = [0, 0];
    for (const price of prices) left += price;
    for (const [i, { pricedMs, ownPrice }] of answers.entries()) {
      const { aloneMs, site } = this.#members[i] as Member;
      left += ownPrice * site.usable;
      if (this.#rising.has(i)) slope += pricedMs / aloneMs;
      else left -= (pricedMs * (this.#shares[i] ?? 0)) / aloneMs;
    }
    return slope > 0 ? left / slope : Infinity;
  }

  /** Devices whose frames load the priced machines in every way to serve them. */
  #heldBy({ answers }: ProgramValue): number[] {
    const rising = [...this.#rising];
    const shareOf = (i: number): number =>
      (answers[i]?.pricedMs ?? 0) / (this.#members[i]?.aloneMs ?? 1);
    const all = rising.reduce((sum, i) => sum + shareOf(i), 0);
    const held = rising.filter((i) => shareOf(i) > HELD * all);
    return held.length > 0 ? held : rising;
  }
}
