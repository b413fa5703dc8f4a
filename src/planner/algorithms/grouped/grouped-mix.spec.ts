import { describe, expect, it } from 'vitest';
import { maximised } from '../../../../test/support/planner/shared/dense-program.js';
import { seededRandom } from '../../../wire/index.js';
import type { GroupColumn } from './columns.js';
import { GroupedMix } from './grouped-mix.js';
import { LinearSystem } from './linear-system.js';

const SLIGHT = 1e-7;

/** Groups of columns with small whole numbers, so that ties are frequent. */
function drawn(seed: number): { groups: GroupColumn[][]; rows: number } {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const rows = 1 + below(4);
  const groups = Array.from({ length: 1 + below(6) }, () =>
    Array.from({ length: 1 + below(5) }, () => ({
      cost: below(20),
      loads: Array.from({ length: rows }, () => below(8) / 8),
    })),
  );
  return { groups, rows };
}

/** Least excess, and least cost where there is none, by one dense program each. */
function oracle({ groups, rows }: ReturnType<typeof drawn>) {
  const columns = groups.flatMap((group, g) => group.map((column) => ({ ...column, g })));
  const loads = Array.from({ length: rows }, (_, row) =>
    columns.map((column) => column.loads[row] ?? 0),
  );
  const whole = groups.flatMap((_, g) => {
    const own = columns.map((column) => Number(column.g === g));
    return [own, own.map((one) => -one)];
  });
  const counts = groups.flatMap(() => [1, -1]);
  const unit = loads.map(() => 1);
  const excess = maximised(
    [...columns.map(() => 0), -1],
    [...loads.map((row) => [...row, -1]), ...whole],
    [...unit, ...counts],
  );
  const cost = maximised(
    columns.map((column) => -column.cost),
    [...loads, ...whole],
    [...unit.map((one) => one + 1e-12), ...counts],
  );
  return { excess: -(excess?.value ?? Number.NaN), cost: cost && -cost.value };
}

describe('the cheapest mix of columns in groups', () => {
  it('has the least excess, then the least cost, with prices that prove it', () => {
    let [full, feasible] = [0, 0];
    for (let seed = 0; seed < 300; seed++) {
      const { groups, rows } = drawn(seed);
      const expected = oracle({ groups, rows });
      const mix = new GroupedMix(
        rows,
        groups.flatMap(([first]) => first ?? []),
      );
      for (const [g, columns] of groups.entries()) {
        for (const column of columns.slice(1)) mix.add(g, column);
      }
      const { excess } = mix.reduceExcess();
      expect(excess, `seed ${seed}`).toBeCloseTo(expected.excess, 7);
      if (excess > SLIGHT) continue;
      feasible += 1;
      const { cost, prices } = mix.reduceCost();
      expect(cost, `seed ${seed}`).toBeCloseTo(expected.cost ?? Number.NaN, 6);
      if (Math.max(...prices) > 0) full += 1;
      const proof = groups.map((columns) =>
        Math.min(
          ...columns.map((one) =>
            one.loads.reduce((sum, load, row) => sum + load * (prices[row] ?? 0), one.cost),
          ),
        ),
      );
      const bound = [...proof, ...prices.map((price) => -price)].reduce((a, b) => a + b, 0);
      expect(bound, `seed ${seed}`).toBeCloseTo(cost, 6);
    }
    expect(feasible).toBeGreaterThan(75);
    expect(feasible).toBeLessThan(275);
    expect(full).toBeGreaterThan(25);
  });

  it('goes on from where it was when columns are added', () => {
    const mix = new GroupedMix(1, [
      { cost: 5, loads: [0.5] },
      { cost: 1, loads: [0.75] },
    ]);
    expect(mix.reduceExcess().excess).toBeCloseTo(0.25, 12);
    const cheap = mix.add(0, { cost: 4, loads: [0.125] });
    expect(mix.reduceExcess().excess).toBe(0);
    expect(mix.reduceCost().cost).toBe(5);
    expect(mix.shares()).toEqual([
      { group: 0, column: cheap, weight: 1 },
      { group: 1, column: 1, weight: 1 },
    ]);
  });
});

describe('a linear system', () => {
  it('solves for both sides of the matrix, also where the diagonal is 0', () => {
    const matrix = Float64Array.from([0, 2, 1, 4, 1, -2, 3, 0, 5]);
    const system = new LinearSystem(matrix, 3);
    const times = (x: Float64Array, isTransposed: boolean) =>
      [0, 1, 2].map((i) =>
        [0, 1, 2].reduce(
          (sum, j) => sum + (matrix[isTransposed ? 3 * j + i : 3 * i + j] ?? 0) * (x[j] ?? 0),
          0,
        ),
      );
    const right = [3, -1, 4];
    for (const [i, value] of times(system.solve(right), false).entries()) {
      expect(value).toBeCloseTo(right[i] ?? 0, 12);
    }
    for (const [i, value] of times(system.solveTransposed(right), true).entries()) {
      expect(value).toBeCloseTo(right[i] ?? 0, 12);
    }
  });

  it('rejects a singular matrix', () => {
    expect(() => new LinearSystem(Float64Array.from([1, 2, 2, 4]), 2)).toThrow('singular');
  });
});
