import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../wire/index.js';
import { type Column, limitedMix } from './limited-mix.js';
import type { Loads } from './mixed-game.js';

const MACHINES = [0, 1, 2] as const;
const SLIGHT = 1e-9;

function drawn(seed: number): { columns: Column[]; limitMs: number } {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const columns = Array.from({ length: 1 + below(6) }, () => {
    const loads: Loads = [below(20), below(20), below(20)];
    return { costMs: below(50), loads };
  });
  return { columns, limitMs: 1 + below(15) };
}

/** Mixes of up to three columns on a fine grid of weights: their costs, and the least busiest load. */
function gridded({ columns, limitMs }: ReturnType<typeof drawn>): {
  costMs: number;
  busiestMs: number;
} {
  const STEPS = 12;
  let [costMs, busiestMs] = [Infinity, Infinity];
  for (const a of columns)
    for (const b of columns)
      for (const c of columns)
        for (let i = 0; i <= STEPS; i++)
          for (let j = 0; i + j <= STEPS; j++) {
            const [x, y, z] = [i / STEPS, j / STEPS, (STEPS - i - j) / STEPS];
            const busy = Math.max(
              ...MACHINES.map((m) => x * a.loads[m] + y * b.loads[m] + z * c.loads[m]),
            );
            busiestMs = Math.min(busiestMs, busy);
            const cost = x * a.costMs + y * b.costMs + z * c.costMs;
            if (busy <= limitMs + SLIGHT) costMs = Math.min(costMs, cost);
          }
  return { costMs, busiestMs };
}

describe('the cheapest mix within a limit', () => {
  it('keeps within the limit, proves its cost by its prices, and is beaten by no mix on a grid', () => {
    let feasible = 0;
    for (let seed = 0; seed < 80; seed++) {
      const { columns, limitMs } = drawn(seed);
      const { weights, costMs, excessMs, prices } = limitedMix(columns, limitMs);
      const grid = gridded({ columns, limitMs });
      const loads = MACHINES.map((machine) =>
        columns.reduce((sum, column, i) => sum + column.loads[machine] * (weights[i] ?? 0), 0),
      );
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
      expect(Math.max(...loads), `seed ${seed}`).toBeLessThan(limitMs + excessMs + SLIGHT);
      if (excessMs > SLIGHT) {
        expect(limitMs + excessMs, `seed ${seed}`).toBeLessThan(grid.busiestMs + SLIGHT);
        continue;
      }
      feasible += 1;
      expect(costMs, `seed ${seed}`).toBeLessThan(grid.costMs + SLIGHT);
      const reduced = columns.map((column) =>
        MACHINES.reduce((sum, m) => sum + prices[m] * (column.loads[m] - limitMs), column.costMs),
      );
      expect(Math.min(...reduced), `seed ${seed}`).toBeCloseTo(costMs, 7);
      expect(Math.min(...prices)).toBeGreaterThanOrEqual(0);
    }
    expect(feasible).toBeGreaterThan(20);
    expect(feasible).toBeLessThan(75);
  });
});
