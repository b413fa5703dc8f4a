/**
 * The best plan for a situation by its objective, and what plans cost in its measure. Pure.
 *
 * A single frame costs its latency, a stream its period. Frames at an interval cost their mean latency; where the plan does not
 * sustain the interval, also the mean wait of the first frames. Where bytes have a price, plans are weighed with it.
 */
import {
  cutsOf,
  type DesiredPlan,
  type FramePlan,
  type PacedPlan,
  type PlanMix,
} from '../../wire/index.js';
import { priceMsOf } from '../pricing/frame-limits.js';
import { queueMsOf, sustainedMsOf } from '../pricing/frame-pace.js';
import { busiestMs, loadsOf } from '../pricing/machine-loads.js';
import { marginsFor, slacksOf } from '../pricing/pace-margin.js';
import type { Cut } from '../pricing/planner-network.js';
import { predict, type Situation } from '../pricing/prediction.js';
import { meanOver } from './cuts-in-turn.js';
import { pacedBy, planPaced } from './paced-planning.js';
import { isSameCut, type Planned, type PricedPlan, planFor } from './proposal.js';
import { planStream } from './stream-planning.js';

/** The best plan for a situation; a single frame's where the cloud cannot take the one of its objective. */
export function bestPlan(situation: Situation): Planned {
  const plan = planOfMany(situation);
  if (plan === undefined) return planFor(situation);
  const { mix } = plan;
  if (!situation.isSmall || mix === undefined) return { kind: 'planned', ...plan };
  return bestOfMix(situation, [plan.cut, ...mix.cuts]);
}

/**
 * Of the cuts of a mix and the best for a single frame, the one that serves frames best if all follow it: for a device that reads no
 * mixes. Frames of one cut wait for each other only where it does not keep up, and that is weighed.
 */
function bestOfMix(situation: Situation, cuts: readonly Cut[]): Planned {
  const { objective, intervalMs } = situation;
  const single = planFor(situation);
  const all = single.kind === 'planned' ? [...cuts, single.cut] : cuts;
  const plans = all.flatMap(
    ({ device, uploads, cloud }): { plan: PricedPlan; costMs: number }[] => {
      const cut = { device, uploads, cloud };
      const predicted = predict(situation, cut);
      const loads = loadsOf(situation, [cut], [0]);
      if (predicted === undefined || loads === undefined) return [];
      if (objective !== 'paced' || intervalMs === undefined) {
        return [{ plan: { cut, predicted }, costMs: busiestMs(loads) }];
      }
      const plan = { cut, predicted, paced: pacedBy(situation, loads, intervalMs, 0) };
      return [{ plan, costMs: weighedPlan(situation, plan) }];
    },
  );
  const [best] = plans.toSorted((a, b) => a.costMs - b.costMs);
  return best === undefined ? single : { kind: 'planned', ...best.plan };
}

function planOfMany(situation: Situation): PricedPlan | undefined {
  if (situation.objective === 'stream') return planStream(situation);
  return situation.objective === 'paced' ? planPaced(situation) : undefined;
}

/** What a plan costs now in its own measure; undefined when it cannot be run. */
export function costOf(situation: Situation, current: DesiredPlan): number | undefined {
  const { mix, paced } = current;
  if (mix === undefined && paced === undefined) return predict(situation, current)?.totalMs;
  const pattern = mix?.pattern ?? [0];
  const cuts = cutsInUse(current);
  const loads = loadsOf(situation, cuts, pattern);
  if (loads === undefined) return undefined;
  if (paced === undefined) return busiestMs(loads);
  const totals = cuts.map((cut) => predict(situation, cut)?.totalMs);
  if (totals.includes(undefined)) return undefined;
  const { intervalMs = paced.intervalMs } = situation;
  const slacks = slacksOf(marginsFor(situation));
  const queueMs = queueMsOf(sustainedMsOf(loads, intervalMs, slacks), intervalMs);
  return meanOver(pattern, (number) => totals[number]) + paced.waitingMs + queueMs;
}

/** The predicted cost of a plan, in the same measure. */
export function plannedCost(plan: Pick<PricedPlan, 'predicted' | 'mix' | 'paced'>): number {
  const { predicted, mix, paced } = plan;
  if (paced === undefined) return mix?.periodMs ?? predicted.totalMs;
  const all = [predicted, ...(mix?.cuts ?? []).map((cut) => cut.predicted)];
  const meanMs = meanOver(mix?.pattern ?? [0], (number) => all[number]?.totalMs);
  return meanMs + queueMsOf(paced.sustainedMs, paced.intervalMs);
}

/** What a plan costs now and its bytes are worth, by which plans are compared; undefined when it cannot be run. */
export function weighedCost(situation: Situation, current: DesiredPlan): number | undefined {
  const costMs = costOf(situation, current);
  return costMs === undefined ? undefined : costMs + priceMsOf(situation, current);
}

/** The predicted cost of a plan and the worth of its bytes. */
export function weighedPlan(situation: Situation, plan: PricedPlan): number {
  const { cut, mix, paced } = plan;
  return plannedCost(plan) + priceMsOf(situation, { ...cut, mix, paced });
}

/** The cuts that frames follow by the plan itself: its own, and those of its mix. */
export function cutsInUse(plan: DesiredPlan): readonly FramePlan[] {
  return cutsOf(plan).slice(0, 1 + (plan.mix?.cuts.length ?? 0));
}

/** True when frames under two plans do the same. */
export function isSamePlan(a: Cut & { mix?: PlanMix | undefined }, b: PricedPlan): boolean {
  if (!isSameCut(a, b.cut) || (a.mix === undefined) !== (b.mix === undefined)) return false;
  if (a.mix === undefined || b.mix === undefined) return true;
  const [ours, theirs] = [a.mix, b.mix];
  return (
    ours.pattern.join() === theirs.pattern.join() &&
    ours.cuts.length === theirs.cuts.length &&
    ours.cuts.every((cut, i) => theirs.cuts.slice(i, i + 1).every((one) => isSameCut(cut, one)))
  );
}

/** What frames a plan is for. */
type PlanKind = 'frame' | 'stream' | 'paced';

export function kindOf({
  mix,
  paced,
}: {
  readonly mix?: PlanMix | undefined;
  readonly paced?: PacedPlan | undefined;
}): PlanKind {
  if (paced !== undefined) return 'paced';
  return mix === undefined ? 'frame' : 'stream';
}
