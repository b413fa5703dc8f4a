/**
 * Mixing columns so that the largest of a few weighted sums is least: the value of a matrix game.
 *
 * Given cuts with loads on three machines, finds weights of the cuts (at most three are not zero)
 * and prices of the machines that prove them best. Primal simplex on three rows (Dantzig 1951) with
 * Bland's rule, which cannot cycle; O(columns) per pivot. Deterministic.
 */

import { greatest } from './extremes.js';

/** Loads of one column, one number per machine; none negative. */
export type Loads = readonly [number, number, number];

/** The sum of loads at the prices of their machines. */
export function pricedMs(loads: Loads, prices: Loads): number {
  return loads[0] * prices[0] + loads[1] * prices[1] + loads[2] * prices[2];
}

/** The best mix: a weight per column, a price per machine, both summing to 1, and the value. */
export interface Mix {
  readonly weights: readonly number[];
  readonly prices: Loads;
  readonly value: number;
}

const NOTHING = 1e-12;

/** Least max over machines of Σ weight · load. Columns must not be empty. */
export function bestMix(columns: readonly Loads[]): Mix {
  const scale = greatest(columns.flat());
  const free = columns.findIndex((loads) => Math.max(...loads) <= NOTHING * scale);
  if (free >= 0) {
    return { weights: columns.map((_, i) => Number(i === free)), prices: [1, 0, 0], value: 0 };
  }
  // maximise Σ x subject to Σ load · x ≤ 1 per machine; then value = 1 / Σ x.
  const rows = [0, 1, 2].map((machine) => [
    ...columns.map((loads) => (loads[machine] ?? 0) / scale),
    ...[0, 1, 2].map((slack) => Number(slack === machine)),
    1,
  ]);
  const gain = [...columns.map(() => 1), 0, 0, 0, 0];
  const basis = [0, 1, 2].map((slack) => columns.length + slack);
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

function readMix(
  count: number,
  rows: readonly number[][],
  gain: readonly number[],
  basis: readonly number[],
  scale: number,
): Mix {
  const total = -(gain.at(-1) ?? -1);
  const weights = Array.from({ length: count }, () => 0);
  for (const [row, column] of basis.entries()) {
    if (column < count) weights[column] = Math.max(0, rows[row]?.at(-1) ?? 0) / total;
  }
  const price = (machine: number): number => Math.max(0, -(gain[count + machine] ?? 0)) / total;
  return { weights, prices: [price(0), price(1), price(2)], value: scale / total };
}
