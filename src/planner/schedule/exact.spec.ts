import { describe, expect, it, vi } from 'vitest';
import { BYTE_PER_MS, namedGraphs } from '../../../test/support/networks/graphs.js';
import { FAMILIES, randomProblem } from '../../../test/support/networks/random-networks.js';
import { exhaustiveMs } from '../../../test/support/planner/exhaustive.js';
import { planPrepared, solve } from '../index.js';
import { graphOf } from '../problem/graph.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 600_000 });

/** FLOTILLA_INSTANCES=10000 runs the whole proof; a commit runs a slice of it. */
const INSTANCES = Number(process.env.FLOTILLA_INSTANCES ?? 600);
const FIRST = Number(process.env.FLOTILLA_FIRST ?? 0);

describe('exact', () => {
  it.each(Object.entries(namedGraphs))('equals exhaustive search on %s', (_, network) => {
    for (const uplinkMbps of [0.0005, 0.004, 0.008, 0.02, 0.1]) {
      const problem = { network, link: { ...BYTE_PER_MS, uplinkMbps } };
      const outcome = solve(problem, 'exact');
      expect(outcome).toMatchObject({ kind: 'feasible', schedule: { optimal: true } });
      if (outcome.kind === 'feasible') {
        expect(outcome.schedule.makespanMs).toBeCloseTo(exhaustiveMs(problem), 9);
      }
    }
  });

  it('equals exhaustive search when the device sets are not listed first', () => {
    const mismatches: string[] = [];
    for (let seed = FIRST; seed < FIRST + INSTANCES; seed++) {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const hasEncodings = seed % 5 === 0;
      const problem = randomProblem({ family, units: 2 + (seed % 6), seed, hasEncodings });
      const unlisted = { graph: graphOf(problem.network), sets: undefined };
      const outcome = planPrepared(unlisted, problem, 'exact');
      const ms = outcome.kind === 'feasible' ? outcome.schedule.makespanMs : Infinity;
      const isProven = outcome.kind === 'feasible' && outcome.schedule.optimal;
      const oracleMs = exhaustiveMs(problem);
      if (Math.abs(ms - oracleMs) > 1e-9 || !isProven) {
        mismatches.push(`${family} seed ${seed}: ${ms}, oracle ${oracleMs}`);
      }
    }
    expect(mismatches).toEqual([]);
  });

  it(`equals exhaustive search on ${INSTANCES} random instances of every family`, () => {
    const mismatches: string[] = [];
    for (let seed = FIRST; seed < FIRST + INSTANCES; seed++) {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const units = 2 + (Math.floor(seed / 4) % 7);
      const hasEncodings = units <= 6 && seed % 5 === 0;
      const problem = randomProblem({ family, units, seed, hasEncodings });
      const outcome = solve(problem, 'exact');
      const oracleMs = exhaustiveMs(problem);
      const ms = outcome.kind === 'feasible' ? outcome.schedule.makespanMs : Infinity;
      const isProven = outcome.kind === 'feasible' && outcome.schedule.optimal;
      if (Math.abs(ms - oracleMs) > 1e-9 || !isProven) {
        mismatches.push(`${family} ${units} units seed ${seed}: ${ms}, oracle ${oracleMs}`);
      }
    }
    expect(mismatches).toEqual([]);
  });
});
