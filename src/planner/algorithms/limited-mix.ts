/**
 * The cheapest mix of columns whose mean loads keep within a limit: a linear program of four rows.
 *
 *   minimise Σ weight · cost   subject to   Σ weight · load ≤ limit on each machine,   Σ weight = 1
 *
 * Primal simplex (Dantzig 1951). One more column, the excess, may exceed all limits alike; it is
 * minimised before the cost, so a positive excess proves that no mix keeps within the limit. After
 * many pivots Bland's rule takes over, which cannot cycle. O(columns) per pivot. Deterministic.
 */
import type { Loads } from './mixed-game.js';

/** What a column costs and what it loads on each machine; no load negative. */
export interface Column {
  readonly costMs: number;
  readonly loads: Loads;
}

/** Weights that sum to 1, and the prices that prove them cheapest. */
export interface LimitedMix {
  readonly weights: readonly number[];
  readonly costMs: number;
  /** How much the mean load of the busiest machine exceeds the limit at least. */
  readonly excessMs: number;
  /** By machine: the cost that one more ms of the limit would save; not negative. */
  readonly prices: Loads;
}

const NOTHING = 1e-11;
const MACHINES = [0, 1, 2] as const;
/** The row that makes the weights sum to 1. */
const WHOLE = 3;
/** Pivots by the steepest column, and pivots in all. */
const STEEPEST = 200;
const PIVOTS = 5_000;

/** The cheapest mix; columns must not be empty and the limit must be positive. */
export function limitedMix(columns: readonly Column[], limitMs: number): LimitedMix {
  const tableau = new Tableau(columns, limitMs);
  for (let pivots = 0; pivots < PIVOTS; pivots++) {
    if (!tableau.improve(pivots < STEEPEST)) break;
  }
  return tableau.read(columns);
}

/** Columns: one a weight, the excess, a slack for each machine, and the right side. */
class Tableau {
  readonly #rows: Float64Array[];
  /** Reduced costs: the excess, and the cost. */
  readonly #goals: readonly [Float64Array, Float64Array];
  readonly #basis: number[];
  readonly #excess: number;
  readonly #width: number;
  readonly #limitMs: number;
  readonly #costScale: number;

  constructor(columns: readonly Column[], limitMs: number) {
    const count = columns.length;
    this.#limitMs = limitMs;
    this.#excess = count;
    this.#width = count + 5;
    this.#costScale = columns.reduce((most, { costMs }) => Math.max(most, costMs), 0) || 1;
    this.#rows = [...MACHINES, WHOLE].map(() => new Float64Array(this.#width));
    this.#goals = [new Float64Array(this.#width), new Float64Array(this.#width)];
    for (const [i, { costMs, loads }] of columns.entries()) {
      for (const machine of MACHINES) this.#set(machine, i, loads[machine] / limitMs);
      this.#set(WHOLE, i, 1);
      this.#goals[1][i] = costMs / this.#costScale;
    }
    this.#goals[0][this.#excess] = 1;
    for (const machine of MACHINES) {
      this.#set(machine, this.#excess, -1);
      this.#set(machine, this.#excess + 1 + machine, 1);
    }
    for (const row of this.#rows) row[this.#width - 1] = 1;
    this.#basis = [...MACHINES.map((machine) => count + 1 + machine), -1];
    this.#start(columns);
  }

  /** The column of least busiest machine alone, with the excess that it needs. */
  #start(columns: readonly Column[]): void {
    let [first, leastMs] = [0, Infinity];
    for (const [i, { loads }] of columns.entries()) {
      const busiestMs = Math.max(...loads);
      if (busiestMs < leastMs) [first, leastMs] = [i, busiestMs];
    }
    this.#pivot(WHOLE, first);
    if (leastMs <= this.#limitMs) return;
    const loads = columns[first]?.loads ?? [0, 0, 0];
    this.#pivot(loads.indexOf(leastMs), this.#excess);
  }

  /** One pivot; false when no column improves the mix. */
  improve(isSteepest: boolean): boolean {
    const entering = this.#entering(isSteepest);
    const leaving = entering === undefined ? undefined : this.#leaving(entering);
    if (entering === undefined || leaving === undefined) return false;
    this.#pivot(leaving, entering);
    return true;
  }

  /** A column that lowers the excess, or the cost without raising the excess. */
  #entering(isSteepest: boolean): number | undefined {
    const [excess, cost] = this.#goals;
    let found: { column: number; gain: number; isFirstGoal: boolean } | undefined;
    for (let column = 0; column < this.#width - 1; column++) {
      const [ofExcess, ofCost] = [excess[column] ?? 0, cost[column] ?? 0];
      const isFirstGoal = ofExcess < -NOTHING;
      if (!isFirstGoal && (ofExcess > NOTHING || ofCost >= -NOTHING)) continue;
      const gain = isFirstGoal ? -ofExcess : -ofCost;
      if (!isSteepest) return column;
      const isBetter =
        !found ||
        (isFirstGoal && !found.isFirstGoal) ||
        (isFirstGoal === found.isFirstGoal && gain > found.gain);
      if (isBetter) found = { column, gain, isFirstGoal };
    }
    return found?.column;
  }

  #leaving(entering: number): number | undefined {
    let best: { row: number; ratio: number } | undefined;
    for (const [row, cells] of this.#rows.entries()) {
      const cell = cells[entering] ?? 0;
      if (cell <= NOTHING) continue;
      const ratio = (cells[this.#width - 1] ?? 0) / cell;
      const isTie = best !== undefined && ratio === best.ratio;
      const isSmaller = isTie && (this.#basis[row] ?? 0) < (this.#basis[best?.row ?? 0] ?? 0);
      if (!best || ratio < best.ratio || isSmaller) best = { row, ratio };
    }
    return best?.row;
  }

  #pivot(leaving: number, entering: number): void {
    const pivotRow = this.#rows[leaving] ?? new Float64Array();
    const cell = pivotRow[entering] ?? 1;
    for (let i = 0; i < this.#width; i++) pivotRow[i] = (pivotRow[i] ?? 0) / cell;
    for (const row of [...this.#rows, ...this.#goals]) {
      const factor = row[entering] ?? 0;
      if (row === pivotRow || factor === 0) continue;
      for (let i = 0; i < this.#width; i++) row[i] = (row[i] ?? 0) - factor * (pivotRow[i] ?? 0);
    }
    this.#basis[leaving] = entering;
  }

  #set(row: number, column: number, value: number): void {
    const cells = this.#rows[row];
    if (cells) cells[column] = value;
  }

  read(columns: readonly Column[]): LimitedMix {
    const values = new Float64Array(this.#width);
    for (const [row, column] of this.#basis.entries()) {
      values[column] = Math.max(0, this.#rows[row]?.[this.#width - 1] ?? 0);
    }
    const priceOf = (machine: number): number =>
      (Math.max(0, this.#goals[1][this.#excess + 1 + machine] ?? 0) * this.#costScale) /
      this.#limitMs;
    const weights = columns.map((_, i) => values[i] ?? 0);
    return {
      weights,
      costMs: columns.reduce((sum, { costMs }, i) => sum + costMs * (weights[i] ?? 0), 0),
      excessMs: (values[this.#excess] ?? 0) * this.#limitMs,
      prices: [priceOf(0), priceOf(1), priceOf(2)],
    };
  }
}
