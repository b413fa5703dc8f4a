import { describe, expect, it, vi } from 'vitest';
import { FAMILIES, randomProblem } from '../../../test/support/networks/random-networks.js';
import {
  choices,
  cutOf,
  deviceSets,
  orders,
  runMs,
} from '../../../test/support/planner/exhaustive.js';
import { seededRandom } from '../../wire/index.js';
import type { Problem } from '../index.js';
import { graphOf } from '../problem/graph.js';
import { type PricedFrame, pricedFrameOf } from '../problem/priced-frame.js';
import { branchMixOf, EVEN_ROWS } from './branch-mix.js';
import { machineBoundMs } from './machine-bounds.js';
import { releaseOf } from './release.js';
import { scopeOf, sidesOf } from './scope.js';
import { CLOUD, DEVICE, type Sides, sideBoundsOf } from './side-bounds.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 600_000 });

/** FLOTILLA_INSTANCES asks for whole proofs; a commit runs a slice of them. */
const INSTANCES = Number(process.env.FLOTILLA_INSTANCES ?? 200);

/** What a branch decides, by ids: written apart from the closures of the planner. */
interface Wanted {
  readonly device: ReadonlySet<string>;
  readonly cloud: ReadonlySet<string>;
}

/** Up to three decisions at random. */
function randomWishes({ network }: Problem, random: () => number): Wanted {
  const [device, cloud] = [new Set<string>(), new Set<string>()];
  for (let i = Math.floor(4 * random()); i > 0; i--) {
    const unit = network.units[Math.floor(network.units.length * random())];
    if (unit) (random() < 0.5 ? device : cloud).add(unit.id);
  }
  return { device, cloud };
}

/** Least makespan over the cuts, orders and encodings that are wanted, not all on the device. */
function leastWantedMs({ network, link }: Problem, wanted: Wanted): number {
  let leastMs = Infinity;
  for (const device of deviceSets(network)) {
    const cut = cutOf(network, device);
    const isWanted =
      device.size < network.units.length &&
      [...wanted.device].every((id) => device.has(id)) &&
      [...wanted.cloud].every((id) => !device.has(id));
    if (!isWanted) continue;
    for (const sent of choices(cut)) {
      for (const order of orders(network, device)) {
        leastMs = Math.min(leastMs, runMs(network, link, order, sent));
      }
    }
  }
  return leastMs;
}

/** The same decisions as the planner knows them; a unit wanted on both sides has one of them. */
function sidesWanted({ graph }: PricedFrame, wanted: Wanted): Sides {
  const sides = new Uint8Array(graph.nodes.length);
  for (const { index, id, isInput } of graph.nodes) {
    if (wanted.cloud.has(id)) sides[index] = CLOUD;
    if (isInput || wanted.device.has(id)) sides[index] = DEVICE;
  }
  for (const node of graph.nodes.toReversed()) {
    const isNeeded = node.successors.some((reader) => sides[reader.index] === DEVICE);
    if (isNeeded) sides[node.index] = DEVICE;
  }
  for (const node of graph.nodes) {
    const isFed = node.predecessors.some((before) => sides[before.index] === CLOUD);
    if (isFed && sides[node.index] === 0) sides[node.index] = CLOUD;
  }
  return sides;
}

describe('the bounds of a branch', () => {
  it('are never above the best schedule that the branch holds', () => {
    const counts = { released: 0, sharper: 0 };
    for (let seed = 0; seed < INSTANCES; seed++) {
      const random = seededRandom(seed);
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const hasEncodings = seed % 5 === 0;
      const problem = randomProblem({ family, units: 3 + (seed % 4), seed, hasEncodings });
      const frame = pricedFrameOf(graphOf(problem.network), problem.link);
      const localMs = frame.graph.nodes.reduce((sum, node) => sum + node.deviceMs, 0);
      for (let branch = 0; branch < 4; branch++) {
        const wanted = randomWishes(problem, random);
        const leastMs = leastWantedMs(problem, wanted);
        const part = sidesWanted(frame, wanted);
        const belowMs = (branch % 2 === 0 ? 1 : 3) * localMs + 1e-3;
        const place = `${family} seed ${seed}, branch ${branch}`;
        // Schedules that end later are of no use, so bounds may be anything above.
        const check = (boundMs: number): void => {
          expect(Math.min(boundMs, belowMs), place).toBeLessThanOrEqual(leastMs + 1e-9);
        };
        const bounds = sideBoundsOf(frame, part);
        check(bounds.boundMs);
        const scope = scopeOf(frame, bounds, belowMs);
        const sides = sidesOf(frame.graph, scope);
        if (!sides) {
          expect(leastMs, place).toBeGreaterThanOrEqual(belowMs - 1e-9);
          continue;
        }
        check(machineBoundMs(frame, scope, sides));
        const start = { prices: EVEN_ROWS, rounds: 20 };
        const mix = branchMixOf(frame, scope, sides, start);
        check(mix.boundMs);
        if (releaseOf(frame, scope, sides)) counts.released += 1;
        if (mix.prices[3] > 1e-6) counts.sharper += 1;
      }
    }
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(INSTANCES / 20);
  });
});
