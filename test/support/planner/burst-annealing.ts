/**
 * What is known of a burst in addition to the planner's answer: simulated annealing over the cuts of
 * its frames and their sequence, judged by the simulator. Seeded; far slower than the planner.
 */

import { candidatesOf, type Preparation } from '../../../src/planner/cuts/candidates.js';
import { cutMixOf, pricedCut } from '../../../src/planner/cuts/cut-mix.js';
import type { Circumstances, Placement, Schedule } from '../../../src/planner/index.js';
import { type BurstJob, jobOf } from '../../../src/planner/objectives/burst/job.js';
import { executeBurst, sequenceOf } from '../../../src/planner/objectives/burst/judge.js';
import { kahnOrder } from '../../../src/planner/order/kahn-order.js';
import {
  type Decision,
  type PricedFrame,
  pricedFrameOf,
} from '../../../src/planner/problem/priced-frame.js';
import { resolve } from '../../../src/planner/simulator/simulate.js';
import { seededRandom } from '../../../src/wire/index.js';

/** Cuts that frames may change to, those of the least priced loads. */
const CUTS = 40;
/** Part of the end that a worse burst may cost at the begin and at the end of the search. */
const [HOT, COLD] = [0.01, 0.0001];

/** Least end found in some moves, milliseconds; at most the schedule's own. */
export function annealedBurstMs(
  preparation: Preparation,
  { link, workers = 1 }: Circumstances,
  { frames = [], makespanMs }: Schedule,
  moves: number,
): number {
  const frame = pricedFrameOf(preparation.graph, link);
  const random = seededRandom(frames.length);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pool = poolOf(frame, preparation, workers);
  let burst = frames.map((placement) => jobOf(frame, workers, decisionOf(frame, placement)));
  const endOf = (jobs: readonly BurstJob[]): number =>
    executeBurst(frame, sequenceOf(jobs), workers).endMs;
  let endMs = endOf(burst);
  let leastMs = Math.min(makespanMs, endMs);
  for (let move = 0; move < moves; move++) {
    const changed = [...burst];
    const [one, other] = [below(burst.length), below(burst.length)];
    const [first, second] = [changed[one], changed[other]];
    if (!first || !second) break;
    if (random() < 0.6)
      changed[one] = random() < 0.2 ? second : (pool[below(pool.length)] ?? first);
    else [changed[one], changed[other]] = [second, first];
    const changedMs = endOf(changed);
    const heat = endMs * HOT * (COLD / HOT) ** (move / moves);
    if (random() >= Math.exp((endMs - changedMs) / heat)) continue;
    [burst, endMs] = [changed, changedMs];
    leastMs = Math.min(leastMs, endMs);
  }
  return leastMs;
}

function poolOf(frame: PricedFrame, preparation: Preparation, workers: number): BurstJob[] {
  const { prices } = cutMixOf(frame, workers);
  const priced = (job: BurstJob): number =>
    job.loads.reduce((sum, ms, i) => sum + ms * (prices[i] ?? 0), 0);
  return candidatesOf(frame, preparation)
    .ranked.map(({ set }) => {
      const { sendings } = pricedCut(frame, workers, set, prices);
      return jobOf(frame, workers, { device: kahnOrder(frame, set, sendings), sendings });
    })
    .sort((a, b) => priced(a) - priced(b))
    .slice(0, CUTS);
}

function decisionOf(frame: PricedFrame, placement: Placement): Decision {
  const decision = resolve(frame, placement);
  if (typeof decision === 'string') throw new Error(decision);
  return decision;
}
