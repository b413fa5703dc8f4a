/**
 * Linear programs by the textbook's tableau, for oracles: maximise goal · x subject to rows · x ≤ limits,
 * x ≥ 0. Written apart from the planner, for a few dozen variables; Bland's rule throughout.
 */

const SLIGHT = 1e-9;

/** An optimal solution and its value. */
export interface DenseSolution {
  readonly value: number;
  readonly x: readonly number[];
}

/** The optimum, or undefined where no x keeps within the limits. Throws where the goal has no bound. */
export function maximised(
  goal: readonly number[],
  rows: readonly (readonly number[])[],
  limits: readonly number[],
): DenseSolution | undefined {
  const [variables, count] = [goal.length, rows.length];
  // Columns: x, a slack a row, the artificial variable, the right side.
  const artificial = variables + count;
  const cells = rows.map((row, i) => [
    ...goal.map((_, j) => row[j] ?? 0),
    ...rows.map((_, j) => Number(i === j)),
    -1,
    limits[i] ?? 0,
  ]);
  const basis = rows.map((_, i) => variables + i);
  const worst = limits.indexOf(Math.min(...limits));
  if ((limits[worst] ?? 0) < 0) {
    pivot(cells, basis, worst, artificial);
    const distance = Array.from({ length: artificial + 1 }, (_, j) => -Number(j === artificial));
    climb(cells, basis, distance, artificial + 1);
    const place = basis.indexOf(artificial);
    if (place >= 0) {
      if (at(cells[place], artificial + 1) > SLIGHT) return undefined;
      const other = cells[place]?.findIndex((cell, j) => j < artificial && Math.abs(cell) > SLIGHT);
      if (other !== undefined && other >= 0) pivot(cells, basis, place, other);
    }
  }
  climb(cells, basis, goal, artificial);
  const x = goal.map((_, j) => {
    const row = basis.indexOf(j);
    return row < 0 ? 0 : at(cells[row], artificial + 1);
  });
  return { value: x.reduce((sum, value, j) => sum + value * at(goal, j), 0), x };
}

/** Pivots on the first of the allowed columns that raises the goal until none does. */
function climb(cells: number[][], basis: number[], goal: readonly number[], allowed: number): void {
  for (;;) {
    const entering = Array.from({ length: allowed }, (_, j) => j).find(
      (j) =>
        at(goal, j) -
          cells.reduce((sum, row, i) => sum + at(goal, basis[i] ?? -1) * at(row, j), 0) >
        SLIGHT,
    );
    if (entering === undefined) return;
    let leaving = -1;
    for (const [i, row] of cells.entries()) {
      if (at(row, entering) <= SLIGHT) continue;
      const difference = ratio(cells, i, entering) - ratio(cells, leaving, entering);
      const isFirst = difference === 0 && at(basis, i) < at(basis, leaving);
      if (leaving < 0 || difference < 0 || isFirst) leaving = i;
    }
    if (leaving < 0) throw new Error('the goal has no bound');
    pivot(cells, basis, leaving, entering);
  }
}

function ratio(cells: number[][], row: number, column: number): number {
  return (cells[row]?.at(-1) ?? 0) / at(cells[row], column);
}

function pivot(cells: number[][], basis: number[], row: number, column: number): void {
  const pivotRow = cells[row] ?? [];
  const cell = at(pivotRow, column);
  for (const [j, value] of pivotRow.entries()) pivotRow[j] = value / cell;
  for (const other of cells) {
    const factor = at(other, column);
    if (other === pivotRow || factor === 0) continue;
    for (const [j, value] of pivotRow.entries()) other[j] = at(other, j) - factor * value;
  }
  basis[row] = column;
}

function at(values: readonly number[] | undefined, index: number): number {
  return values?.[index] ?? 0;
}
