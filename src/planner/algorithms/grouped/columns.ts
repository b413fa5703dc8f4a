/**
 * The variables of a program over groups of columns (grouped-mix.ts), by number: below `rows` the
 * slack of a row, then the excess, then the columns.
 *
 * Every group has a key column, in place of which its other columns stand.
 */

/** What a column costs and what it loads on each row. */
export interface GroupColumn {
  readonly cost: number;
  readonly loads: readonly number[];
}

/** What is minimised: the excess, or the cost once there is no excess. */
export type Goal = 'excess' | 'cost';

/** All columns, in flat arrays. */
export class Columns {
  readonly rows: number;
  /** By column: its group. */
  readonly groups: number[] = [];
  /** By group: its key column. */
  readonly keys: number[] = [];
  readonly #costs: number[] = [];
  readonly #loads: number[] = [];

  /** Starts with one column a group, its key. */
  constructor(rows: number, first: readonly GroupColumn[]) {
    this.rows = rows;
    for (const [group, column] of first.entries()) this.keys.push(this.add(group, column));
  }

  /** The variable that exceeds all capacities alike. */
  get excess(): number {
    return this.rows;
  }

  /** Adds a column to a group and returns its number. */
  add(group: number, { cost, loads }: GroupColumn): number {
    this.#costs.push(cost);
    for (let row = 0; row < this.rows; row++) this.#loads.push(loads[row] ?? 0);
    return this.groups.push(group) - 1;
  }

  variableOf(column: number): number {
    return this.rows + 1 + column;
  }

  /** Negative for a slack and for the excess. */
  columnOf(variable: number): number {
    return variable - this.rows - 1;
  }

  /** Undefined for a slack and for the excess. */
  groupOf(variable: number): number | undefined {
    return this.groups[this.columnOf(variable)];
  }

  /** The variable of a group's key. */
  keyOf(group: number): number {
    return this.variableOf(this.keys[group] ?? 0);
  }

  /** What a variable adds to the rows: a column in place of its group's key. */
  vector(variable: number): Float64Array {
    const vector = new Float64Array(this.rows);
    const column = this.columnOf(variable);
    if (variable === this.excess) return vector.fill(-1);
    if (column < 0) vector[variable] = 1;
    else {
      const key = this.keys[this.groups[column] ?? 0] ?? 0;
      for (let row = 0; row < this.rows; row++) {
        vector[row] = this.#load(column, row) - this.#load(key, row);
      }
    }
    return vector;
  }

  /** What a variable adds to the goal: a column in place of its group's key. */
  costOf(variable: number, goal: Goal): number {
    const column = this.columnOf(variable);
    if (column < 0) return Number(variable === this.excess && goal === 'excess');
    if (goal === 'excess') return 0;
    const key = this.keys[this.groups[column] ?? 0] ?? 0;
    return (this.#costs[column] ?? 0) - (this.#costs[key] ?? 0);
  }

  /** Cost, where it is the goal, and priced loads of a column. */
  priced(column: number, prices: readonly number[], goal: Goal): number {
    let sum = goal === 'cost' ? (this.#costs[column] ?? 0) : 0;
    for (let row = 0; row < this.rows; row++) sum += (prices[row] ?? 0) * this.#load(column, row);
    return sum;
  }

  /** Cost of all key columns. */
  keyCost(): number {
    return this.keys.reduce((sum, key) => sum + (this.#costs[key] ?? 0), 0);
  }

  /** What all key columns leave of equal capacities. */
  free(capacity: number): number[] {
    const free = Array.from({ length: this.rows }, () => capacity);
    for (const key of this.keys) {
      for (let row = 0; row < this.rows; row++) free[row] = (free[row] ?? 0) - this.#load(key, row);
    }
    return free;
  }

  #load(column: number, row: number): number {
    return this.#loads[column * this.rows + row] ?? 0;
  }
}
