/**
 * Square systems of linear equations by LU decomposition with partial pivoting (Golub and Van Loan,
 * Matrix Computations, 1996, section 3.4). For a few dozen unknowns. Deterministic.
 */

/** One matrix A, decomposed once for any number of right sides. */
export class LinearSystem {
  readonly #size: number;
  /** L below the diagonal, which is 1 in L, and U from the diagonal on; row by row. */
  readonly #cells: Float64Array;
  /** By row of the decomposition: its row in A. */
  readonly #rows: Int32Array;

  /** Takes the cells of A row by row; throws RangeError where A is singular. O(size³) */
  constructor(matrix: Float64Array, size: number) {
    this.#size = size;
    this.#cells = matrix.slice();
    this.#rows = Int32Array.from({ length: size }, (_, i) => i);
    for (let step = 0; step < size; step++) {
      this.#exchange(step, this.#pivotRow(step));
      const pivot = this.#at(step, step);
      if (pivot === 0) throw new RangeError('the matrix is singular');
      for (let row = step + 1; row < size; row++) this.#eliminate(step, row, pivot);
    }
  }

  /** x with A x = right. O(size²) */
  solve(right: ArrayLike<number>): Float64Array {
    const x = Float64Array.from(this.#rows, (row) => right[row] ?? 0);
    for (let row = 0; row < this.#size; row++) {
      for (let i = 0; i < row; i++) x[row] = (x[row] ?? 0) - this.#at(row, i) * (x[i] ?? 0);
    }
    for (let row = this.#size - 1; row >= 0; row--) {
      for (let i = row + 1; i < this.#size; i++) {
        x[row] = (x[row] ?? 0) - this.#at(row, i) * (x[i] ?? 0);
      }
      x[row] = (x[row] ?? 0) / this.#at(row, row);
    }
    return x;
  }

  /** y with Aᵀ y = right. O(size²) */
  solveTransposed(right: ArrayLike<number>): Float64Array {
    const v = Float64Array.from(right);
    for (let row = 0; row < this.#size; row++) {
      for (let i = 0; i < row; i++) v[row] = (v[row] ?? 0) - this.#at(i, row) * (v[i] ?? 0);
      v[row] = (v[row] ?? 0) / this.#at(row, row);
    }
    for (let row = this.#size - 1; row >= 0; row--) {
      for (let i = row + 1; i < this.#size; i++) {
        v[row] = (v[row] ?? 0) - this.#at(i, row) * (v[i] ?? 0);
      }
    }
    const y = new Float64Array(this.#size);
    for (const [i, row] of this.#rows.entries()) y[row] = v[i] ?? 0;
    return y;
  }

  #at(row: number, column: number): number {
    return this.#cells[row * this.#size + column] ?? 0;
  }

  /** The row whose cell in the column of this step is largest. */
  #pivotRow(step: number): number {
    let best = step;
    for (let row = step + 1; row < this.#size; row++) {
      if (Math.abs(this.#at(row, step)) > Math.abs(this.#at(best, step))) best = row;
    }
    return best;
  }

  #exchange(one: number, other: number): void {
    if (one === other) return;
    const size = this.#size;
    const cells = this.#cells.slice(one * size, (one + 1) * size);
    this.#cells.copyWithin(one * size, other * size, (other + 1) * size);
    this.#cells.set(cells, other * size);
    const row = this.#rows[one] ?? 0;
    this.#rows[one] = this.#rows[other] ?? 0;
    this.#rows[other] = row;
  }

  #eliminate(step: number, row: number, pivot: number): void {
    const size = this.#size;
    const factor = this.#at(row, step) / pivot;
    if (factor === 0) return;
    this.#cells[row * size + step] = factor;
    for (let column = step + 1; column < size; column++) {
      this.#cells[row * size + column] = this.#at(row, column) - factor * this.#at(step, column);
    }
  }
}
