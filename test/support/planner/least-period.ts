/**
 * The oracle for streams: least period over all mixes of all cuts, by trying every vertex of the
 * linear program. Written apart from the planner, for networks of a few units without encodings.
 */
import type { Problem } from '../../../src/planner/index.js';
import { cutOf, deviceSets } from './exhaustive.js';

/** Loads of every cut on device, link and cloud. */
export function cutLoads({ network, link, workers = 1 }: Problem): number[][] {
  return [...deviceSets(network)].map((device) => {
    const cut = new Set(cutOf(network, device));
    const loads = [0, 0, 0];
    for (const unit of network.units) {
      const { id, deviceMs, cloudMs, outputBytes } = unit;
      loads[0] = (loads[0] ?? 0) + (device.has(id) ? deviceMs : 0);
      loads[2] = (loads[2] ?? 0) + (device.has(id) ? 0 : cloudMs / workers);
      if (!cut.has(unit)) continue;
      loads[1] = (loads[1] ?? 0) + link.perTensorMs + (8 * outputBytes) / (1000 * link.uplinkMbps);
    }
    return loads;
  });
}

/** Least period over mixes of at most three cuts, which is enough for three machines. */
export function leastPeriodMs(problem: Problem): number {
  return leastMixMs(cutLoads(problem));
}

/** Least load of the busiest machine over mixes of at most three of the given cuts. */
export function leastMixMs(loads: readonly number[][]): number {
  let leastMs = Math.min(...loads.map((one) => Math.max(...one)));
  for (const [i, a] of loads.entries()) {
    for (const [j, b] of loads.slice(i + 1).entries()) {
      for (const machines of [
        [0, 1],
        [0, 2],
        [1, 2],
      ])
        leastMs = mixed([a, b], machines, leastMs);
      for (const c of loads.slice(i + j + 2)) leastMs = mixed([a, b, c], [0, 1, 2], leastMs);
    }
  }
  return leastMs;
}

/** Least period of all patterns of exactly `frames` frames, whole frames following any cut. */
export function leastPatternMs(problem: Problem, frames: number): number {
  const loads = cutLoads(problem);
  const share = (cut: number, left: number, spent: readonly number[]): number => {
    const next = loads[cut];
    if (left === 0) return Math.max(...spent) / frames;
    if (next === undefined) return Infinity;
    const one = spent.map((ms, machine) => ms + at(next, machine));
    return Math.min(share(cut, left - 1, one), share(cut + 1, left, spent));
  };
  return share(0, frames, [0, 0, 0]);
}

/** The mix that loads the given machines alike, if there is one and it beats what is known. */
function mixed(cuts: readonly number[][], machines: readonly number[], knownMs: number): number {
  const [first = 0, ...others] = machines;
  const rows = others.map((other) => [...cuts.map((cut) => at(cut, first) - at(cut, other)), 0]);
  const weights = solve([...rows, [...cuts.map(() => 1), 1]]);
  if (!weights || weights.some((weight) => weight < -1e-12)) return knownMs;
  const loads = [0, 1, 2].map((machine) =>
    cuts.reduce((sum, cut, i) => sum + at(cut, machine) * at(weights, i), 0),
  );
  return Math.min(knownMs, Math.max(...loads));
}

/** Gauss and Jordan with column pivots; rows hold coefficients and the right side. */
function solve(rows: number[][]): number[] | undefined {
  for (let column = 0; column < rows.length; column++) {
    const pivot = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(at(row, column)) > Math.abs(at(best, column)) ? row : best));
    if (Math.abs(at(pivot, column)) < 1e-12) return undefined;
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      const factor = row === pivot ? 0 : at(row, column) / at(pivot, column);
      for (const [i, value] of pivot.entries()) row[i] = at(row, i) - factor * value;
    }
  }
  return rows.map((row, i) => (row.at(-1) ?? 0) / at(row, i));
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
