/**
 * The rows of a plan table within limits and for a deadline, chosen from a pool of plans.
 *
 * At every rate of a fine grid: the plan within the limits of least latency and price of bytes. For a
 * deadline also the one that sends the fewest bytes of those that end by it, and by shares of it,
 * because times and links vary: the chance of being late asks for a plan that is early on average.
 * There are few such plans; where they are more than the table holds, those that are best most often
 * stay. O(pool · grid). Deterministic; of equal plans the first is taken.
 */

import type { LinkTraits, PlanTableRow } from '../plan-table.js';
import type { Limits } from '../problem/problem.js';
import { latencyOf, type WayThere } from '../simulator/plan-times.js';
import { type PooledPlan, wayThere } from './cut-pool.js';

/** What the rows of a table are for. */
export interface RowAims extends Limits {
  /** Bytes on the link that each tensor takes in addition to its own; 0 when not given. */
  readonly perTensorBytes?: number;
  /** Frames should end by then. */
  readonly deadlineMs?: number;
}

const FROM_MBPS = 0.05;
const TO_MBPS = 1000;
const GRID_STEP = 1.1;
/** Shares of a deadline by which a plan may end. */
const SHARES = [1, 0.9, 0.8, 0.65, 0.5];
const SAME = 1e-9;

/** A plan that is best somewhere: at how many places, and the lowest rate of them. */
interface Chosen {
  readonly pooled: PooledPlan;
  readonly fromMbps: number;
  count: number;
}

/** The rows, at most `maxRows`, by rising rate; none where no plan of the pool keeps within the limits. */
export function rowsWithin(
  pool: readonly PooledPlan[],
  traits: LinkTraits,
  aims: RowAims,
  maxRows: number,
): PlanTableRow[] {
  const { deviceMemoryBytes = Infinity, maxFrameBytes = Infinity, bytesPrice = 0 } = aims;
  const { deadlineMs, perTensorBytes = 0 } = aims;
  const allowed = pool.filter(
    ({ bytes, memoryBytes }) => bytes <= maxFrameBytes && memoryBytes <= deviceMemoryBytes,
  );
  const chosen = new Map<PooledPlan, Chosen>();
  const choose = (pooled: PooledPlan | undefined, fromMbps: number): void => {
    if (pooled === undefined) return;
    const known = chosen.get(pooled);
    if (known === undefined) chosen.set(pooled, { pooled, fromMbps, count: 1 });
    else known.count += 1;
  };
  for (let mbps = FROM_MBPS; mbps <= TO_MBPS; mbps *= GRID_STEP) {
    const way = wayThere(traits, mbps, perTensorBytes);
    // For a deadline rows are weighed by their bytes already.
    const msPerByte = deadlineMs === undefined ? bytesPrice / 1000 : 0;
    const priced = ({ times, bytes }: PooledPlan): number =>
      latencyOf(times, way) + msPerByte * bytes;
    choose(leastBy(allowed, priced), mbps);
    for (const share of deadlineMs === undefined ? [] : SHARES) {
      choose(fewestBytes(allowed, way, share * (deadlineMs ?? 0)), mbps);
    }
  }
  return [...chosen.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, maxRows)
    .sort((a, b) => a.fromMbps - b.fromMbps)
    .map(({ pooled: { plan, times }, fromMbps }) => ({
      ...{ fromMbps: Number(fromMbps.toPrecision(7)), ...plan, times },
    }));
}

/** The plan that sends least of those that end in time; the quicker of two that send alike. */
function fewestBytes(
  allowed: readonly PooledPlan[],
  way: WayThere,
  deadlineMs: number,
): PooledPlan | undefined {
  const inTime = allowed.filter(({ times }) => latencyOf(times, way) <= deadlineMs * (1 + SAME));
  const least = leastBy(inTime, ({ bytes }) => bytes);
  if (least === undefined) return undefined;
  const alike = inTime.filter(({ bytes }) => bytes === least.bytes);
  return leastBy(alike, ({ times }) => latencyOf(times, way));
}

function leastBy<T>(items: readonly T[], costOf: (item: T) => number): T | undefined {
  let best: { readonly item: T; readonly cost: number } | undefined;
  for (const item of items) {
    const cost = costOf(item);
    if (best === undefined || cost < best.cost) best = { item, cost };
  }
  return best?.item;
}
