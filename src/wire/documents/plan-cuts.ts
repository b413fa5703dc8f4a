/** The cuts of a plan, each as the plan of a single frame, with the numbers that device and cloud share. */
import type { RowTimes } from '../adapt/row-times.js';
import type { DesiredPlan } from './desired-documents.js';

/** The plan of the frames of one cut. */
export interface FramePlan extends DesiredPlan {
  /** Its number; 0 is the plan's own. */
  readonly cut: number;
  /** Tensor index of its first upload. */
  readonly firstTensor: number;
}

type Cuts = readonly [FramePlan, ...FramePlan[]];

/** A cache: the cuts are needed for every frame and record, and a plan never changes. */
const known = new WeakMap<DesiredPlan, Cuts>();

/** All cuts of a plan by number; number 0 is the plan's own. */
export function cutsOf(plan: DesiredPlan): Cuts {
  const cuts = known.get(plan) ?? numbered(plan);
  known.set(plan, cuts);
  return cuts;
}

function numbered(plan: DesiredPlan): Cuts {
  const cuts: [FramePlan, ...FramePlan[]] = [{ ...plan, cut: 0, firstTensor: 0 }];
  let firstTensor = plan.uploads.length;
  const others = [...(plan.mix?.cuts ?? []), ...(plan.table?.rows ?? [])];
  for (const [i, { device, cloud, uploads, predicted }] of others.entries()) {
    const cut = { device, cloud, uploads, predicted };
    cuts.push({ ...plan, ...cut, cut: i + 1, firstTensor });
    firstTensor += cut.uploads.length;
  }
  return cuts;
}

/** Number of the cut of a chunk's tensor index; the last cut when the index is beyond all. */
export function cutOfTensor(cuts: readonly FramePlan[], tensorIndex: number): number {
  const number = cuts.findLastIndex(
    ({ firstTensor, uploads }) => uploads.length > 0 && firstTensor <= tensorIndex,
  );
  return Math.max(0, number);
}

/** The rows of a plan's table with their times and cut numbers; the plan's own first. Empty without a table. */
export function rowsOfPlan(
  plan: DesiredPlan,
): { readonly times: RowTimes; readonly cut: number }[] {
  if (plan.table === undefined) return [];
  const before = 1 + (plan.mix?.cuts.length ?? 0);
  const others = plan.table.rows.map(({ times }, i) => ({ times, cut: before + i }));
  return [{ times: plan.table.times, cut: 0 }, ...others];
}
