import { describe, expect, it, vi } from 'vitest';
import { BYTE_PER_MS, namedGraphs } from '../../../test/support/networks/graphs.js';
import { FAMILIES, randomProblem } from '../../../test/support/networks/random-networks.js';
import { exhaustiveMs } from '../../../test/support/planner/exhaustive.js';
import { type Network, type Problem, type Schedule, type StrategyName, solve } from '../index.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

/** FLOTILLA_INSTANCES asks for whole proofs; a commit runs a slice of them. */
const SEEDS = process.env.FLOTILLA_INSTANCES ? 400 : 60;

function burst(problem: Problem, frames: number, strategy: StrategyName = 'auto'): Schedule {
  const outcome = solve({ ...problem, objective: 'burst', frames }, strategy);
  if (outcome.kind === 'infeasible') throw new Error(outcome.because);
  return outcome.schedule;
}

function copies({ units, edges }: Network, frames: number): Network {
  const numbers = Array.from({ length: frames }, (_, i) => i);
  return {
    units: numbers.flatMap((n) => units.map((unit) => ({ ...unit, id: `${unit.id}${n}` }))),
    edges: numbers.flatMap((n) => edges.map(([from, to]) => [`${from}${n}`, `${to}${n}`] as const)),
  };
}

describe('the objective burst', () => {
  it('equals exhaustive search over interleaved frames with different cuts', () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const frames = seed % 3 === 0 ? 3 : 2;
      const problem = randomProblem({ family, units: frames === 3 ? 2 : 3, seed });
      const oracleMs = exhaustiveMs({ ...problem, network: copies(problem.network, frames) });
      const { makespanMs, optimal } = burst(problem, frames);
      expect(makespanMs, `seed ${seed}`).toBeCloseTo(oracleMs, 9);
      expect(optimal, `seed ${seed}`).toBe(true);
      // A bad schedule shows what bound was proven without the answer.
      const { lowerBoundMs } = burst(problem, frames, 'local');
      expect(lowerBoundMs, `seed ${seed}`).toBeLessThanOrEqual(oracleMs + 1e-9);
    }
  });

  it('gains from frames in flight where a single frame gains nothing', () => {
    const network = namedGraphs.chain ?? { units: [], edges: [] };
    const single = solve({ network, link: BYTE_PER_MS });
    const singleMs = single.kind === 'feasible' ? single.schedule.makespanMs : Infinity;
    const many = burst({ network, link: BYTE_PER_MS }, 20);
    expect(many.makespanMs).toBeLessThan(0.7 * 20 * singleMs);
    expect(many.frames).toHaveLength(20);
    expect(many.gap).toBeLessThan(0.07);
  });

  it('runs every frame by one cut under a strategy with a single cut', () => {
    const network = namedGraphs.chain ?? { units: [], edges: [] };
    const { makespanMs } = burst({ network, link: BYTE_PER_MS }, 5, 'local');
    expect(makespanMs).toBe(5 * 36);
  });
});
