import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BYTE_PER_MS, drawn, namedGraphs } from '../../../test/support/networks/graphs.js';
import {
  FAMILIES,
  type Family,
  randomProblem,
} from '../../../test/support/networks/random-networks.js';
import { exhaustiveMs } from '../../../test/support/planner/exhaustive.js';
import { seededRandom } from '../../wire/seeded-random.js';
import {
  type Network,
  type Problem,
  type Schedule,
  type StrategyName,
  simulate,
  solve,
  strategies,
} from '../index.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 600_000 });

const NAMES = Object.keys(strategies) as StrategyName[];

function solved(problem: Problem, strategy: StrategyName): Schedule {
  const outcome = solve(problem, strategy);
  if (outcome.kind === 'infeasible') throw new Error(`${strategy}: ${outcome.because}`);
  return outcome.schedule;
}

/** Checks what holds for every schedule of every strategy. */
function checkFeasible({ network, link }: Problem, schedule: Schedule): void {
  const run = simulate({ network, link }, schedule);
  expect(run).toEqual({
    kind: 'ran',
    makespanMs: schedule.makespanMs,
    timeline: schedule.timeline,
  });
  for (const lane of ['device', 'uplink', 'cloud'] as const) {
    const bars = schedule.timeline.filter((bar) => bar.lane === lane);
    for (const [i, bar] of bars.entries()) {
      expect(bar.startMs).toBeGreaterThanOrEqual(bars[i - 1]?.endMs ?? 0);
    }
  }
  const placed = [...schedule.device, ...schedule.cloud];
  expect(placed.toSorted()).toEqual(network.units.map(({ id }) => id).toSorted());
  expect(schedule.lowerBoundMs).toBeLessThanOrEqual(schedule.makespanMs);
}

function withoutCloudTime({ network, link }: Problem): Problem {
  return {
    network: { ...network, units: network.units.map((unit) => ({ ...unit, cloudMs: 0 })) },
    link,
  };
}

const problems = fc
  .record({
    family: fc.constantFrom(...FAMILIES),
    units: fc.integer({ min: 1, max: 14 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    hasEncodings: fc.boolean(),
  })
  .map(randomProblem);

describe.each(NAMES)('%s', (strategy) => {
  it.each(Object.entries(namedGraphs))('makes a feasible plan for %s', (_, network) => {
    for (const uplinkMbps of [0.001, 0.008, 0.05]) {
      const problem = { network, link: { ...BYTE_PER_MS, uplinkMbps, latencyMs: 2 } };
      checkFeasible(problem, solved(problem, strategy));
    }
  });

  it('makes feasible plans for random networks, never below the bound', () => {
    fc.assert(
      fc.property(problems, (problem) => checkFeasible(problem, solved(problem, strategy))),
      { numRuns: 80 },
    );
  });

  it('gives the same plan when units are renamed', () => {
    const named = (id: string): string => `~${id}`;
    const renamed = ({ units, edges }: Network): Network => ({
      units: units.map((unit) => ({ ...unit, id: named(unit.id) })),
      edges: edges.map(([from, to]) => [named(from), named(to)] as const),
    });
    fc.assert(
      fc.property(problems, (problem) => {
        const one = solved(problem, strategy);
        const other = solved({ ...problem, network: renamed(problem.network) }, strategy);
        expect(other.makespanMs).toBe(one.makespanMs);
        expect(other.device).toEqual(one.device.map(named));
      }),
      { numRuns: 30 },
    );
  });
});

describe('the best strategies', () => {
  it.each(['auto', 'exact'] as const)('%s is never worse on a faster link', (strategy) => {
    fc.assert(
      fc.property(problems, fc.double({ min: 1, max: 50, noNaN: true }), (problem, factor) => {
        const uplinkMbps = problem.link.uplinkMbps * factor;
        const faster = solved({ ...problem, link: { ...problem.link, uplinkMbps } }, strategy);
        expect(faster.makespanMs).toBeLessThanOrEqual(solved(problem, strategy).makespanMs + 1e-9);
      }),
      { numRuns: 80 },
    );
  });

  it('give the same makespan for any order of units and edges', () => {
    fc.assert(
      fc.property(problems, fc.integer(), ({ network, link }, seed) => {
        const random = seededRandom(seed);
        const shuffled = <T>(items: readonly T[]): T[] =>
          items
            .map((item) => ({ item, at: random() }))
            .sort((a, b) => a.at - b.at)
            .map(({ item }) => item);
        const other = { units: shuffled(network.units), edges: shuffled(network.edges) };
        const mixed = solved({ network: other, link }, 'exact');
        expect(mixed.makespanMs).toBeCloseTo(solved({ network, link }, 'exact').makespanMs, 9);
      }),
      { numRuns: 60 },
    );
  });

  const claims: readonly [StrategyName, readonly Family[]][] = [
    ['path-wise', ['paths']],
    ['tree', ['paths', 'tree', 'series-parallel']],
  ];
  it.each(claims)(
    '%s is optimal on %j when cloud time is negligible',
    (strategy, families) => {
      const mismatches: string[] = [];
      for (let seed = 0; seed < Number(process.env.FLOTILLA_INSTANCES ?? 200); seed++) {
        const family = families[seed % families.length] ?? 'paths';
        const problem = withoutCloudTime(randomProblem({ family, units: 2 + (seed % 6), seed }));
        const { makespanMs } = solved(problem, strategy);
        const oracleMs = exhaustiveMs(problem);
        if (Math.abs(makespanMs - oracleMs) > 1e-9) {
          mismatches.push(`${family} seed ${seed}: ${makespanMs}, oracle ${oracleMs}`);
        }
      }
      expect(mismatches).toEqual([]);
    },
    600_000,
  );

  it('exact chooses encodings and order together, which tree neither does nor claims', () => {
    const encodings = [
      { name: 'raw', bytes: 10, encodeMs: 0, decodeMs: 0 },
      { name: 'zip', bytes: 5, encodeMs: 6, decodeMs: 0 },
    ];
    const { units, edges } = drawn(['i > a > x', 'i > b > y'], {
      i: [0, 0, 900],
      a: [1, 0, 0],
      b: [1, 0, 0],
      x: [500, 0, 0],
      y: [500, 0, 0],
    });
    const encoded = units.map((unit) => ('ab'.includes(unit.id) ? { ...unit, encodings } : unit));
    const problem = { network: { units: encoded, edges }, link: BYTE_PER_MS };
    expect(solved(problem, 'exact')).toMatchObject({ makespanMs: 16, optimal: true });
    expect(solved(problem, 'tree')).toMatchObject({ makespanMs: 21, optimal: false });
  });

  it('auto proves sixteen independent paths, which path-wise does not choose jointly', () => {
    const paths = Array.from({ length: 16 }, (_, i) => [
      { id: `in${i}`, deviceMs: 0, cloudMs: 0, outputBytes: 30 + ((7 * i) % 11) },
      { id: `mid${i}`, deviceMs: 3 + ((5 * i) % 7), cloudMs: 0, outputBytes: 4 + ((3 * i) % 5) },
      { id: `end${i}`, deviceMs: 20 + ((11 * i) % 13), cloudMs: 0, outputBytes: 1 },
    ]);
    const edges = paths.flatMap(([a, b, c]) => [
      [a?.id ?? '', b?.id ?? ''] as const,
      [b?.id ?? '', c?.id ?? ''] as const,
    ]);
    const problem = { network: { units: paths.flat(), edges }, link: BYTE_PER_MS };
    const best = solved(problem, 'auto');
    expect(best.optimal).toBe(true);
    expect(best.makespanMs).toBeLessThanOrEqual(solved(problem, 'path-wise').makespanMs);
  });

  it('min-cut is optimal among cuts when nothing overlaps', () => {
    const network = namedGraphs.chain ?? { units: [], edges: [] };
    for (const uplinkMbps of [0.002, 0.004, 0.008, 0.016, 0.05, 1]) {
      const problem = { network, link: { ...BYTE_PER_MS, uplinkMbps } };
      const minCutMs = solved(problem, 'min-cut').makespanMs;
      expect(minCutMs).toBeCloseTo(solved(problem, 'exact').makespanMs, 9);
    }
  });
});
