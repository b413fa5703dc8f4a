import { describe, expect, it, vi } from 'vitest';
import {
  FAMILIES,
  randomLarge,
  randomProblem,
} from '../../../test/support/networks/random-networks.js';
import { TRAITS } from '../../../test/support/planner/best-known.js';
import { exhaustiveMs } from '../../../test/support/planner/exhaustive.js';
import { instances } from '../../../test/support/planner/instances.js';
import { joined, joinedNetworks } from '../../../test/support/planner/joined.js';
import { type Problem, solve } from '../index.js';
import { extremeSet, membersOf } from '../problem/device-sets.js';
import { graphOf } from '../problem/graph.js';
import { type Decision, type PricedFrame, pricedFrameOf } from '../problem/priced-frame.js';
import { makespanMs } from '../simulator/simulate.js';
import { anneal } from './annealing.js';
import { branchAndBound } from './branch-and-bound.js';
import { FlatFrame } from './flat-frame.js';
import { jointParts } from './joint-parts.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 600_000 });

/** FLOTILLA_INSTANCES=10000 runs the whole proof; a commit runs a slice of it. */
const INSTANCES = Number(process.env.FLOTILLA_INSTANCES ?? 200);
const FIRST = Number(process.env.FLOTILLA_FIRST ?? 0);
const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => FIRST + i);

function frameOf({ network, link }: Problem): PricedFrame {
  return pricedFrameOf(graphOf(network), link);
}

function localOnly({ graph }: PricedFrame): Decision {
  return { device: membersOf(graph, extremeSet(graph, 'all')), sendings: new Map() };
}

/** Two or three parts, in half of the cases equal ones. */
function randomParts(seed: number): Problem {
  const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
  const hasEncodings = seed % 5 === 0;
  const count = seed % 3 === 0 ? 3 : 2;
  const units = count === 3 ? 2 : 3 + Number(seed % 7 === 0 && !hasEncodings);
  const parts = Array.from({ length: count }, (_, i) => {
    const own = seed % 2 === 0 ? seed : seed + 100_000 * i;
    return randomProblem({ family, units, seed: own, hasEncodings });
  });
  return joined(parts);
}

describe('parts planned together', () => {
  it('equal exhaustive search, with proof', () => {
    const mismatches: string[] = [];
    for (const seed of seeds(INSTANCES)) {
      const problem = randomParts(seed);
      const frame = frameOf(problem);
      const joint = jointParts(frame);
      if (!joint) continue;
      const oracleMs = exhaustiveMs(problem);
      const madeMs = makespanMs(frame, joint.decision);
      const isRight = [joint.endMs, joint.boundMs, madeMs].every(
        (ms) => Math.abs(ms - oracleMs) < 1e-9,
      );
      if (!isRight) {
        mismatches.push(`seed ${seed}: ${joint.endMs}, ${joint.boundMs}, oracle ${oracleMs}`);
      }
    }
    expect(mismatches).toEqual([]);
  });

  it('prove four MobileNetV2 cameras, and no long annealing ends before their bound', () => {
    const network = instances().find(({ name }) => name === 'mobilenetv2')?.network;
    if (!network) throw new Error('no frozen mobilenetv2');
    const cameras = joinedNetworks([network, network, network, network]);
    const frame = frameOf({ network: cameras, link: { ...TRAITS, uplinkMbps: 5.85 } });
    const joint = jointParts(frame);
    expect(joint?.endMs).toBeCloseTo(468.27, 2);
    expect(joint?.boundMs).toBe(joint?.endMs);
    const { endMs } = anneal(frame, localOnly(frame), 5_000);
    expect(endMs).toBeGreaterThanOrEqual(joint?.boundMs ?? Infinity);
  });

  it('are not looked for in a connected network', () => {
    const chain = randomProblem({ family: 'tree', units: 5, seed: 1 });
    expect(jointParts(frameOf(chain))).toBeUndefined();
  });
});

describe('branch and bound', () => {
  it('never claims a bound above the optimum, and proves most small networks', () => {
    const mismatches: string[] = [];
    let proven = 0;
    for (const seed of seeds(INSTANCES)) {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const hasEncodings = seed % 5 === 0;
      const problem = randomProblem({ family, units: 2 + (seed % 6), seed, hasEncodings });
      const frame = frameOf(problem);
      const start = localOnly(frame);
      const endMs = makespanMs(frame, start);
      const found = branchAndBound(frame, { decision: start, endMs, boundMs: 0 });
      const oracleMs = exhaustiveMs(problem);
      const madeMs = makespanMs(frame, found.decision);
      const isProven = found.boundMs >= found.endMs - 1e-9;
      proven += Number(isProven);
      const isWrong =
        found.boundMs > oracleMs + 1e-9 ||
        Math.abs(found.endMs - madeMs) > 1e-9 ||
        (isProven && Math.abs(madeMs - oracleMs) > 1e-9);
      if (isWrong) {
        mismatches.push(`${family} seed ${seed}: ${found.endMs}, ${found.boundMs}, ${oracleMs}`);
      }
    }
    expect(mismatches).toEqual([]);
    expect(proven).toBeGreaterThan(0.9 * INSTANCES);
  });

  it('bounds a wide network whose cloud waits for a large input', () => {
    for (const [seed, worst] of [
      [3, 0.2],
      [4, 0.25],
    ] as const) {
      const network = randomLarge('wide', 300, seed);
      const outcome = solve({ network, link: { ...TRAITS, uplinkMbps: 5.85 } });
      if (outcome.kind === 'infeasible') throw new Error(outcome.because);
      expect(outcome.schedule.gap, `seed ${seed}`).toBeLessThan(worst);
    }
  });
});

describe('annealing', () => {
  it('executes a schedule in flat arrays as the simulator does', () => {
    for (const seed of seeds(Math.min(INSTANCES, 200))) {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const frame = frameOf(randomProblem({ family, units: 12, seed, hasEncodings: true }));
      const start = localOnly(frame);
      for (const moves of [0, 1, 5, 40]) {
        const { decision, endMs } = anneal(frame, start, moves, seed + 1);
        expect(makespanMs(frame, decision), `seed ${seed}`).toBeCloseTo(endMs, 9);
        const flat = new FlatFrame(frame);
        const again = flat.makespanMs(flat.planOf(decision));
        expect(again, `seed ${seed}`).toBeCloseTo(endMs, 9);
      }
    }
  });

  it('improves schedules of large networks, the same way every time', () => {
    for (const shape of ['series-parallel', 'narrow', 'wide'] as const) {
      const network = randomLarge(shape, 150, 3);
      const frame = frameOf({ network, link: { ...TRAITS, uplinkMbps: 18.88 } });
      const start = localOnly(frame);
      const { endMs } = anneal(frame, start);
      expect(endMs).toBeLessThan(makespanMs(frame, start));
      expect(anneal(frame, start).endMs).toBe(endMs);
    }
  });
});
