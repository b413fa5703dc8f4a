/** Jobs of sets with several tensors that can be run: some good orders of each. */

import { bestOrder } from '../../order/best-order.js';
import { compositeOrder } from '../../order/composite-order.js';
import { kahnOrder } from '../../order/kahn-order.js';
import { orderedCut } from '../../order/ordered-cut.js';
import type { PricedFrame } from '../../problem/priced-frame.js';
import { type BurstJob, jobOf } from './job.js';
import type { SplitSet } from './set-jobs.js';

/** Labels that all best orders may cost. */
const ORDER_LABELS = 10_000;

/** At most `most` sets in their best order for one frame, in Johnson's and in that of composite jobs. */
export function orderedJobs(
  frame: PricedFrame,
  workers: number,
  split: readonly SplitSet[],
  most: number,
): BurstJob[] {
  const budget = { labels: ORDER_LABELS };
  return split.slice(0, most).flatMap(({ set }) => {
    const best = budget.labels > 0 ? bestOrder(frame, set, Infinity, budget) : undefined;
    const plain = orderedCut(frame, set, kahnOrder);
    const composite = orderedCut(frame, set, compositeOrder);
    return [best?.decision, plain, composite].flatMap((decision) =>
      decision ? [jobOf(frame, workers, decision)] : [],
    );
  });
}
