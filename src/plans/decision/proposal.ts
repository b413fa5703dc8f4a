/** The plan to propose to a device in its situation: asks the planner and prices the chosen cut. Pure. */
import { type StrategyName, solve } from '../../planner/index.js';
import {
  type DesiredPlan,
  type PacedPlan,
  type PlanMix,
  type Prediction,
  usualDeadlineMs,
} from '../../wire/index.js';
import { breachOf, plannerLimits, runsNoBlock } from '../pricing/frame-limits.js';
import { chunkBytesFor } from '../pricing/link-estimates.js';
import { type Cut, cutOf, localCut } from '../pricing/planner-network.js';
import { predict, problemOf, type Situation } from '../pricing/prediction.js';

/** A plan without its version, before it is issued. */
export type Proposal = Omit<DesiredPlan, 'v' | 'version' | 'at' | 'cause'>;

/** A cut and what it costs. */
export interface PricedCut {
  readonly cut: Cut;
  readonly predicted: Prediction;
}

/** A cut; for a stream with other cuts that frames follow in turn; for frames at an interval with what it sustains. */
export interface PricedPlan extends PricedCut {
  readonly mix?: PlanMix | undefined;
  readonly paced?: PacedPlan | undefined;
}

export type Planned =
  | ({ readonly kind: 'planned' } & PricedPlan)
  | { readonly kind: 'impossible'; readonly because: string };

/**
 * The strategy's cut for a single frame; when that of `auto` breaks a limit, the best baseline that does not. A limit on bytes comes
 * before a strategy: where its cut would send more, the device runs every block.
 */
export function planFor(situation: Situation): Planned {
  const { strategy = 'auto' } = situation;
  const best = byStrategy(situation, strategy);
  const isBytesLimited = situation.limits?.maxFrameBytes !== undefined;
  if (best.kind === 'planned' || (strategy !== 'auto' && !isBytesLimited)) return best;
  const [baseline] = baselines(situation).filter(
    (one) => strategy === 'auto' || one.strategy === 'local',
  );
  return baseline === undefined ? best : { kind: 'planned', ...baseline };
}

/** Everything a device gets for a cut, without the version. Costs a few times what planning does. */
export function proposalOf(situation: Situation, plan: PricedPlan): Proposal {
  const { cut, predicted, mix, paced } = plan;
  const { model, link, deadline, limits } = situation;
  const slowestMs = Math.max(predicted.totalMs, ...(mix?.cuts.map(totalOf) ?? []));
  const simpler = situation.isSmall ? [] : baselines(situation);
  // Also where limits rule this plan out: a late frame is finished by all blocks, where the device has any.
  const alone = runsNoBlock(situation) ? undefined : predict(situation, localCut(model));
  const localMs = alone?.totalMs ?? 0;
  return {
    ...{ model: model.digest, ...cut, link, predicted },
    ...(mix !== undefined && { mix }),
    ...(paced !== undefined && { paced }),
    deadlineMs: answerDeadlineMs(situation, usualDeadlineMs(slowestMs, localMs)),
    ...(deadline !== undefined && { deadline }),
    ...(limits !== undefined && { limits }),
    creditBytes: situation.creditBytes,
    chunkBytes: chunkBytesFor(link),
    alternatives: simpler.map((one) => ({
      strategy: one.strategy,
      totalMs: one.predicted.totalMs,
    })),
  };
}

/**
 * When a frame without an answer is finished on the device. A deadline for rows comes first where it is sooner: what its risk
 * promises holds only where late frames are finished by then.
 */
export function answerDeadlineMs(
  { deadlineMs, deadline }: Pick<Situation, 'deadlineMs' | 'deadline'>,
  usualMs: number,
): number {
  const goalMs = deadline?.deadlineMs ?? Number.POSITIVE_INFINITY;
  return Math.min(goalMs, deadlineMs ?? usualMs);
}

/** What simpler plans cost, best first, without plans that break a limit. */
function baselines(situation: Situation): (PricedCut & { strategy: string })[] {
  const local = priced(situation, localCut(situation.model));
  const found = [{ strategy: 'local', planned: local }];
  for (const strategy of ['cloud', 'min-cut', 'topological'] as const) {
    found.push({ strategy, planned: byStrategy(situation, strategy) });
  }
  return found
    .flatMap(({ strategy, planned }) =>
      planned.kind === 'planned' ? [{ ...planned, strategy }] : [],
    )
    .toSorted((a, b) => a.predicted.totalMs - b.predicted.totalMs);
}

function byStrategy(situation: Situation, strategy: StrategyName): Planned {
  const { model, costs } = situation;
  const outcome = solve({ ...problemOf(situation), ...plannerLimits(situation) }, strategy);
  if (outcome.kind === 'infeasible') return { kind: 'impossible', because: outcome.because };
  return priced(situation, cutOf(model, outcome.schedule, costs));
}

function priced(situation: Situation, cut: Cut): Planned {
  const because = breachOf(situation, cut);
  if (because !== undefined) return { kind: 'impossible', because };
  const predicted = predict(situation, cut);
  if (predicted !== undefined) return { kind: 'planned', cut, predicted };
  return { kind: 'impossible', because: 'the simulator rejects the cut' };
}

const totalOf = ({ predicted }: { readonly predicted: Prediction }): number => predicted.totalMs;

/** True when two cuts do the same. */
export function isSameCut(a: Cut, b: Cut): boolean {
  const textOf = ({ device, uploads, cloud }: Cut): string =>
    JSON.stringify([device, cloud, uploads.map(({ tensor, encoding }) => [tensor, encoding])]);
  return textOf(a) === textOf(b);
}
