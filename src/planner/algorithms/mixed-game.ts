/**
 * Mixing columns so that the largest of a few weighted sums is least: the value of a matrix game.
 *
 * Given cuts with loads on some machines, finds weights of the cuts (at most one a machine is not
 * zero) and prices of the machines that prove them best. Primal simplex with one row a machine
 * (Dantzig 1951) and Bland's rule, which cannot cycle; O(columns) per pivot. Deterministic.
 */

import { greatest } from './extremes.js';

/** Loads of one column, one number per machine; none negative. */
export type Loads = readonly [number, number, number];

/** The sum of loads at the prices of their machines. */
export function pricedMs(loads: Loads, prices: Loads): number {
  return loads[0] * prices[0] + loads[1] * prices[1] + loads[2] * prices[2];
}

/** The best mix: a weight per column, a price per machine, both summing to 1, and the value. */
export interface Mix<Rows extends readonly number[] = Loads> {
  readonly weights: readonly number[];
  readonly prices: Rows;
  readonly value: number;
}

/** Amounts of three machines, each times the factor of its machine. */
export function counted(amounts: Loads, factors: Loads): Loads {
  return [amounts[0] * factors[0], amounts[1] * factors[1], amounts[2] * factors[2]];
}

const NOTHING = 1e-12;

/** Least max over machines of Σ weight · load. Columns must not be empty and have one length. */
export function bestMix<Rows extends readonly number[]>(columns: readonly Rows[]): Mix<Rows> {
  const machines = Array.from({ length: columns[0]?.length ?? 0 }, (_, machine) => machine);
  const scale = greatest(columns.map((loads) => greatest(loads)));
  const free = columns.findIndex((loads) => Math.max(...loads) <= NOTHING * scale);
  if (free >= 0) {
    const prices = machines.map((machine) => Number(machine === 0));
    return {
      weights: columns.map((_, i) => Number(i === free)),
      prices: prices as readonly number[] as Rows,
      value: 0,
    };
  }
  // maximise Σ x subject to Σ load · x ≤ 1 per machine; then value = 1 / Σ x.
  const rows = machines.map((machine) => [
    ...columns.map((loads) => (loads[machine] ?? 0) / scale),
    ...machines.map((slack) => Number(slack === machine)),
    1,
  ]);
  const gain = [...columns.map(() => 1), ...machines.map(() => 0), 0];
  const basis = machines.map((slack) => columns.length + slack);
  for (;;) {
    const entering = gain.findIndex((one, i) => i < gain.length - 1 && one > NOTHING);
    if (entering < 0) break;
    const leaving = leavingRow(rows, basis, entering);
    if (leaving === undefined) break;
    pivot(rows, gain, leaving, entering);
    basis[leaving] = entering;
  }
  return readMix(columns.length, rows, gain, basis, scale);
}

function leavingRow(
  rows: readonly number[][],
  basis: readonly number[],
  entering: number,
): number | undefined {
  let best: { row: number; ratio: number } | undefined;
  for (const [row, cells] of rows.entries()) {
    const cell = cells[entering] ?? 0;
    if (cell <= NOTHING) continue;
    const ratio = (cells.at(-1) ?? 0) / cell;
    const isTie = best !== undefined && ratio === best.ratio;
    const isSmaller = isTie && (basis[row] ?? 0) < (basis[best?.row ?? 0] ?? 0);
    if (!best || ratio < best.ratio || isSmaller) best = { row, ratio };
  }
  return best?.row;
}

function pivot(rows: number[][], gain: number[], leaving: number, entering: number): void {
  const pivotRow = rows[leaving] ?? [];
  const cell = pivotRow[entering] ?? 1;
  for (const [i, value] of pivotRow.entries()) pivotRow[i] = value / cell;
  for (const row of [...rows, gain]) {
    const factor = row[entering] ?? 0;
    if (row === pivotRow || factor === 0) continue;
    for (const [i, value] of pivotRow.entries()) row[i] = (row[i] ?? 0) - factor * value;
  }
}

function readMix<Rows extends readonly number[]>(
  count: number,
  rows: readonly number[][],
  gain: readonly number[],
  basis: readonly number[],
  scale: number,
): Mix<Rows> {
  const total = -(gain.at(-1) ?? -1);
  const weights = Array.from({ length: count }, () => 0);
  for (const [row, column] of basis.entries()) {
    if (column < count) weights[column] = Math.max(0, rows[row]?.at(-1) ?? 0) / total;
  }
  const prices = rows.map((_, machine) => Math.max(0, -(gain[count + machine] ?? 0)) / total);
  return { weights, prices: prices as readonly number[] as Rows, value: scale / total };
}
