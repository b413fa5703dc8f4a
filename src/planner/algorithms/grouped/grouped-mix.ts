/**
 * The cheapest mix of columns in groups, whose summed loads keep within capacities of 1:
 *
 *   minimise Σ weight · cost   subject to   Σ weight · load ≤ 1 on each row,   Σ weight = 1 in each group
 *
 * Primal simplex with generalised upper bounds (Dantzig and Van Slyke 1967). The key column of a
 * group has the weight that its other columns leave, so the working basis has one vector a row,
 * however many groups there are. It is decomposed afresh at every pivot: errors do not add up. One
 * more variable, the excess, exceeds all capacities alike and is minimised before the cost. After
 * many pivots Bland's rule takes over, which cannot cycle. O(columns · rows + rows³) per pivot.
 * Deterministic.
 */
import { greatest } from '../extremes.js';
import { Columns, type Goal, type GroupColumn } from './columns.js';
import { LinearSystem } from './linear-system.js';

/** How good a mix is, and what proves it. */
export interface GroupedValue {
  /** How much the loads exceed the capacities. */
  readonly excess: number;
  readonly cost: number;
  /** By row: what one more unit of its capacity would save; not negative. */
  readonly prices: readonly number[];
  /** By group: cost and priced loads of its columns in use. No column that was there has less. */
  readonly groupCosts: Float64Array;
}

/** A column in use. */
export interface GroupShare {
  readonly group: number;
  readonly column: number;
  readonly weight: number;
}

/** The working basis, decomposed, and the values of its variables. */
interface Basis {
  readonly system: LinearSystem;
  readonly values: Float64Array;
}

/** A variable that falls while another enters: its value and how fast it falls. */
interface Falling {
  readonly variable: number;
  readonly value: number;
  readonly rate: number;
}

const NOTHING = 1e-11;
/** Rate at which a variable must fall at least to leave the basis. */
const SLIGHT = 1e-10;
/** Pivots of one run by the steepest column, and pivots of one run. */
const STEEPEST = 4_000;
const PIVOTS = 8_000;

/** A mix that gets more columns and is improved in place. */
export class GroupedMix {
  readonly #columns: Columns;
  /** Variables of the working basis. */
  readonly #others: number[];
  /** By variable. */
  readonly #isBasic: boolean[];
  /** Above 1 by what the excess was when it was dropped. */
  #capacity = 1;
  #hasExcess = true;

  /** Starts with one column a group. */
  constructor(rows: number, first: readonly GroupColumn[]) {
    this.#columns = new Columns(rows, first);
    this.#others = Array.from({ length: rows }, (_, row) => row);
    const free = this.#columns.free(1);
    const least = Math.min(...free);
    if (least < 0) this.#others[free.indexOf(least)] = this.#columns.excess;
    const basic = new Set([
      ...this.#others,
      ...first.map((_, group) => this.#columns.keyOf(group)),
    ]);
    const count = rows + 1 + first.length;
    this.#isBasic = Array.from({ length: count }, (_, variable) => basic.has(variable));
  }

  /** Adds a column to a group and returns its number; the first columns are numbered by group. */
  add(group: number, column: GroupColumn): number {
    this.#isBasic.push(false);
    return this.#columns.add(group, column);
  }

  /** Lowers the excess as far as the columns allow. */
  reduceExcess(): GroupedValue {
    return this.#run('excess');
  }

  /** Lowers the cost as far as the columns allow; the excess must have been reduced to about 0. */
  reduceCost(): GroupedValue {
    if (this.#hasExcess) this.#dropExcess();
    return this.#run('cost');
  }

  /** The columns in use; weights of a group sum to 1. */
  shares(): GroupShare[] {
    const { values } = this.#basis();
    const left = this.#columns.keys.map(() => 1);
    const shares: GroupShare[] = [];
    for (const [i, variable] of this.#others.entries()) {
      const group = this.#columns.groupOf(variable);
      const weight = values[i] ?? 0;
      if (group === undefined || weight <= NOTHING) continue;
      left[group] = (left[group] ?? 0) - weight;
      shares.push({ group, column: this.#columns.columnOf(variable), weight });
    }
    for (const [group, column] of this.#columns.keys.entries()) {
      const weight = left[group] ?? 0;
      if (weight > NOTHING) shares.push({ group, column, weight });
    }
    return shares;
  }

  #run(goal: Goal): GroupedValue {
    for (let pivots = 0; ; pivots++) {
      const basis = this.#basis();
      const prices = this.#prices(basis, goal);
      const groupCosts = Float64Array.from(this.#columns.keys, (key) =>
        this.#columns.priced(key, prices, goal),
      );
      const isSteepest = pivots < STEEPEST;
      const entering =
        pivots < PIVOTS ? this.#entering(prices, groupCosts, goal, isSteepest) : undefined;
      const leaving =
        entering === undefined ? undefined : this.#leaving(basis, entering, isSteepest);
      if (entering === undefined || leaving === undefined) {
        return { ...this.#valueOf(basis), prices: prices.map((y) => Math.max(0, y)), groupCosts };
      }
      this.#exchange(entering, leaving);
    }
  }

  #basis(): Basis {
    const size = this.#columns.rows;
    const matrix = new Float64Array(size * size);
    for (const [i, variable] of this.#others.entries()) {
      for (const [row, cell] of this.#columns.vector(variable).entries()) {
        matrix[row * size + i] = cell;
      }
    }
    const system = new LinearSystem(matrix, size);
    return { system, values: system.solve(this.#columns.free(this.#capacity)) };
  }

  #prices({ system }: Basis, goal: Goal): number[] {
    const costs = this.#others.map((variable) => this.#columns.costOf(variable, goal));
    return Array.from(system.solveTransposed(costs), (dual) => 0 - dual);
  }

  /** A variable that lowers the goal. */
  #entering(
    prices: readonly number[],
    groupCosts: Float64Array,
    goal: Goal,
    isSteepest: boolean,
  ): number | undefined {
    const { groups, rows } = this.#columns;
    let most = NOTHING * (goal === 'cost' ? greatest(groupCosts) || 1 : 1);
    let found: number | undefined;
    for (let variable = 0; variable < this.#isBasic.length; variable++) {
      if (this.#isBasic[variable] || variable === this.#columns.excess) continue;
      const column = this.#columns.columnOf(variable);
      const gain =
        variable < rows
          ? 0 - (prices[variable] ?? 0)
          : (groupCosts[groups[column] ?? 0] ?? 0) - this.#columns.priced(column, prices, goal);
      if (gain <= most) continue;
      if (!isSteepest) return variable;
      [found, most] = [variable, gain];
    }
    return found;
  }

  /** The variable that is the first to be 0 while another enters. */
  #leaving(basis: Basis, entering: number, isSteepest: boolean): number | undefined {
    let best: { readonly one: Falling; readonly ratio: number } | undefined;
    for (const one of this.#falling(basis, entering)) {
      if (one.rate <= SLIGHT) continue;
      const ratio = Math.max(0, one.value) / one.rate;
      const isTie = best !== undefined && ratio === best.ratio;
      if (!best || ratio < best.ratio || (isTie && this.#goesBefore(one, best.one, isSteepest))) {
        best = { one, ratio };
      }
    }
    return best?.one.variable;
  }

  /** Of equals the excess leaves first, then the surest pivot; by Bland's rule the first variable. */
  #goesBefore(one: Falling, other: Falling, isSteepest: boolean): boolean {
    if (other.variable === this.#columns.excess) return false;
    if (one.variable === this.#columns.excess) return true;
    return isSteepest ? one.rate > other.rate : one.variable < other.variable;
  }

  /** What changes in the basis while a variable enters: its own variables, and keys of their groups. */
  #falling({ system, values }: Basis, entering: number): Falling[] {
    const rates = system.solve(this.#columns.vector(entering));
    const falling: Falling[] = [];
    const keys = new Map<number, Falling>();
    const ofEntering = this.#columns.groupOf(entering);
    if (ofEntering !== undefined) {
      keys.set(ofEntering, { variable: this.#columns.keyOf(ofEntering), value: 1, rate: 1 });
    }
    for (const [i, variable] of this.#others.entries()) {
      const [value, rate] = [values[i] ?? 0, rates[i] ?? 0];
      falling.push({ variable, value, rate });
      const group = this.#columns.groupOf(variable);
      if (group === undefined) continue;
      const key = keys.get(group) ?? { variable: this.#columns.keyOf(group), value: 1, rate: 0 };
      keys.set(group, { ...key, value: key.value - value, rate: key.rate - rate });
    }
    return [...falling, ...keys.values()];
  }

  #exchange(entering: number, leaving: number): void {
    this.#isBasic[entering] = true;
    this.#isBasic[leaving] = false;
    const place = this.#others.indexOf(leaving);
    if (place >= 0) {
      this.#others[place] = entering;
      return;
    }
    // A key leaves: another column of its group in the basis is the next key.
    const group = this.#columns.groupOf(leaving) ?? 0;
    const next = this.#others.findIndex((variable) => this.#columns.groupOf(variable) === group);
    const key = this.#others[next] ?? entering;
    this.#columns.keys[group] = this.#columns.columnOf(key);
    if (next >= 0) this.#others[next] = entering;
  }

  /** Takes the excess out of the basis, with capacities that allow what is left of it. */
  #dropExcess(): void {
    this.#hasExcess = false;
    const place = this.#others.indexOf(this.#columns.excess);
    if (place < 0) return;
    const basis = this.#basis();
    const prices = this.#prices(basis, 'excess');
    this.#capacity += Math.max(0, basis.values[place] ?? 0);
    // The row of highest price is full, and its slack makes the surest pivot.
    const row = prices.indexOf(Math.max(...prices));
    this.#exchange(row, this.#columns.excess);
  }

  #valueOf({ values }: Basis): { excess: number; cost: number } {
    let [excess, cost] = [0, this.#columns.keyCost()];
    for (const [i, variable] of this.#others.entries()) {
      const value = Math.max(0, values[i] ?? 0);
      if (variable === this.#columns.excess) excess = value;
      cost += value * this.#columns.costOf(variable, 'cost');
    }
    return { excess, cost };
  }
}
