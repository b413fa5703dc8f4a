import { describe, expect, it, vi } from 'vitest';
import { BYTE_PER_MS, namedGraphs } from '../../../test/support/networks/graphs.js';
import { FAMILIES, randomProblem } from '../../../test/support/networks/random-networks.js';
import { preparedNetwork, TRAITS } from '../../../test/support/planner/best-known.js';
import { exhaustiveMs } from '../../../test/support/planner/exhaustive.js';
import {
  exhaustiveBurstMs,
  leastChainBurstMs,
} from '../../../test/support/planner/exhaustive-burst.js';
import { instances } from '../../../test/support/planner/instances.js';
import { seededRandom } from '../../wire/index.js';
import {
  type Network,
  type Problem,
  planPrepared,
  type Schedule,
  type StrategyName,
  solve,
  strategies,
  type Unit,
} from '../index.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 600_000 });

/** FLOTILLA_INSTANCES asks for whole proofs; a commit runs a slice of them. */
const INSTANCES = Number(process.env.FLOTILLA_INSTANCES ?? 0);
const SEEDS = INSTANCES ? 400 : 60;
const ORACLE_SEEDS = INSTANCES || 120;
const CHAIN_SEEDS = INSTANCES ? 400 : 60;
const LINKS_AND_FRAMES = INSTANCES
  ? ([
      [5.85, 8],
      [100, 16],
    ] as const)
  : ([[100, 8]] as const);

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

/** The last input becomes a unit that needs nothing but costs something. */
function withConstant({ network, link }: Problem): Problem {
  const fed = new Set(network.edges.map(([, to]) => to));
  const inputs = network.units.filter(({ id }) => !fed.has(id));
  const last = inputs.length > 1 ? inputs.at(-1) : undefined;
  const units = network.units.map(
    (unit): Unit => (unit === last ? { ...unit, deviceMs: 3, cloudMs: 5 } : unit),
  );
  return { network: { ...network, units }, link };
}

/** 2 frames of 3 units or 3 frames of 2 units; 1 to 3 workers. */
function smallBurst(seed: number): Required<Pick<Problem, 'frames' | 'workers'>> & Problem {
  const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
  const workers = 1 + (Math.floor(seed / 4) % 3);
  const frames = 2 + (Math.floor(seed / 12) % 2);
  const hasEncodings = seed % 5 === 0;
  const problem = randomProblem({ family, units: 5 - frames, seed, hasEncodings });
  return { ...(seed % 7 === 0 ? withConstant(problem) : problem), frames, workers };
}

function randomChain(units: number, seed: number): Problem {
  const { network, link } = randomProblem({ family: 'paths', units, seed });
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    network: {
      units: network.units.map((unit, i) =>
        i === 0
          ? { ...unit, deviceMs: 0, cloudMs: 0 }
          : { ...unit, deviceMs: below(12), cloudMs: below(1 + (seed % 9)) },
      ),
      edges: network.units.slice(1).map((_, i) => [`u${i}`, `u${i + 1}`] as const),
    },
    link,
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

  it('is optimal where it says so, with one to three workers, and never below its bound', () => {
    let [proven, best] = [0, 0];
    for (let seed = 0; seed < ORACLE_SEEDS; seed++) {
      const problem = smallBurst(seed);
      const oracleMs = exhaustiveBurstMs(problem);
      const { makespanMs, lowerBoundMs, optimal } = burst(problem, problem.frames);
      expect(makespanMs, `seed ${seed}`).toBeGreaterThanOrEqual(oracleMs - 1e-9);
      expect(lowerBoundMs, `seed ${seed}`).toBeLessThanOrEqual(oracleMs + 1e-9);
      if (optimal) expect(makespanMs, `seed ${seed}`).toBeCloseTo(oracleMs, 9);
      if (optimal) proven += 1;
      if (makespanMs <= oracleMs + 1e-9) best += 1;
    }
    expect(proven).toBeGreaterThanOrEqual(0.9 * ORACLE_SEEDS);
    expect(best).toBeGreaterThanOrEqual(0.98 * ORACLE_SEEDS);
  });

  it('proves six frames of a chain with one worker', () => {
    for (let seed = 0; seed < CHAIN_SEEDS; seed++) {
      const problem = { ...randomChain(2 + (seed % 3), seed), frames: 6 };
      const { makespanMs, optimal } = burst(problem, problem.frames);
      expect(makespanMs, `seed ${seed}`).toBeCloseTo(leastChainBurstMs(problem), 9);
      expect(optimal, `seed ${seed}`).toBe(true);
    }
  });

  it.each(instances().filter(({ name }) => /^(vgg16|alexnet|tiny-fork)$/.test(name)))(
    'is never worse than one cut for all frames of $name, nor with more workers',
    ({ network }) => {
      const preparation = preparedNetwork(network);
      for (const [uplinkMbps, frames] of LINKS_AND_FRAMES) {
        let fewerMs = Infinity;
        for (const workers of [1, 2, 4]) {
          const msOf = (strategy: string): number => {
            const size = { objective: 'burst', frames, workers } as const;
            const circumstances = { link: { ...TRAITS, uplinkMbps }, ...size };
            const outcome = planPrepared(preparation, circumstances, strategy as StrategyName);
            return outcome.kind === 'feasible' ? outcome.schedule.makespanMs : Infinity;
          };
          const autoMs = msOf('auto');
          const others = Object.keys(strategies).filter((name) => !/auto|exact/.test(name));
          expect(autoMs).toBeLessThanOrEqual(Math.min(...others.map(msOf)) + 1e-9);
          expect(autoMs).toBeLessThanOrEqual(fewerMs + 1e-9);
          fewerMs = autoMs;
        }
      }
    },
  );

  it('counts cloud work that waits for no tensor', () => {
    const link = { ...BYTE_PER_MS, uplinkMbps: 120, latencyMs: 3 };
    const network: Network = {
      units: [
        { id: 'in', deviceMs: 0, cloudMs: 0, outputBytes: 265_370 },
        { id: 'a', deviceMs: 4, cloudMs: 8, outputBytes: 63_121 },
        { id: 'b', deviceMs: 2, cloudMs: 9, outputBytes: 110_967 },
      ],
      edges: [],
    };
    const problem = { network, link, frames: 2, workers: 2 };
    expect(burst(problem, 2).makespanMs).toBeCloseTo(exhaustiveBurstMs(problem), 9);
  });

  it('gains from frames in flight where a single frame gains nothing', () => {
    const network = namedGraphs.chain ?? { units: [], edges: [] };
    const single = solve({ network, link: BYTE_PER_MS });
    const singleMs = single.kind === 'feasible' ? single.schedule.makespanMs : Infinity;
    const many = burst({ network, link: BYTE_PER_MS }, 20);
    expect(many.makespanMs).toBeLessThan(0.7 * 20 * singleMs);
    expect(many.frames).toHaveLength(20);
    expect(many.optimal).toBe(true);
  });

  it('answers for 200,000 frames', () => {
    const network: Network = {
      units: [
        { id: 'in', deviceMs: 0, cloudMs: 0, outputBytes: 1000 },
        { id: 'out', deviceMs: 5, cloudMs: 1, outputBytes: 10 },
      ],
      edges: [['in', 'out']],
    };
    const { makespanMs, frames } = burst({ network, link: BYTE_PER_MS }, 200_000, 'local');
    expect(makespanMs).toBe(5 * 200_000);
    expect(frames).toHaveLength(200_000);
  });

  it('runs every frame by one cut under a strategy with a single cut', () => {
    const network = namedGraphs.chain ?? { units: [], edges: [] };
    const { makespanMs } = burst({ network, link: BYTE_PER_MS }, 5, 'local');
    expect(makespanMs).toBe(5 * 36);
  });
});
