/**
 * Plans for frames that come at an interval: the least latency of a frame that keeps every machine's load within the interval.
 * One cut where one suffices; where no plan sustains the interval, the highest rate that the device can have. Pure.
 */
import { solve } from '../../planner/index.js';
import { type PacedPlan, ranges } from '../../wire/index.js';
import { plannerLimits } from '../pricing/frame-limits.js';
import { sustainedMsOf } from '../pricing/frame-pace.js';
import type { MachineLoads } from '../pricing/machine-loads.js';
import { type Margin, marginsFor, slacksOf } from '../pricing/pace-margin.js';
import { problemOf, type Situation } from '../pricing/prediction.js';
import { cutsInTurn, later, mixedPlan } from './cuts-in-turn.js';
import type { PricedPlan } from './proposal.js';

/** The best plan for the interval of a situation; undefined when a frame of it would break a limit. */
export function planPaced(situation: Situation): PricedPlan | undefined {
  const { intervalMs, strategy = 'auto', workers = 1 } = situation;
  if (intervalMs === undefined) return undefined;
  const slack = slacksOf(marginsFor(situation));
  const pace = { objective: 'paced' as const, intervalMs, slack, workers };
  const limits = plannerLimits(situation);
  const outcome = solve({ ...problemOf(situation), ...pace, ...limits }, strategy);
  const executed = outcome.kind === 'feasible' ? outcome.schedule.paced?.executed : undefined;
  const turns = executed && cutsInTurn(situation, executed);
  if (turns === undefined) return undefined;
  const [only, ...others] = turns.cuts;
  const { loads, waitingMs } = turns;
  const paced = pacedBy(situation, loads, intervalMs, waitingMs);
  // Frames with several tensors can wait for each other, also those of one cut.
  if (only !== undefined && others.length === 0) {
    const predicted = later(only.predicted, waitingMs);
    return { ...only, predicted, paced };
  }
  const mixed = mixedPlan(turns, paced.sustainedMs);
  return mixed && { ...mixed, paced };
}

/** What loads mean for frames at an interval: what they sustain, and what stays free because times vary. */
export function pacedBy(
  situation: Situation,
  loads: MachineLoads,
  intervalMs: number,
  waitingMs: number,
): PacedPlan {
  const margins = marginsFor(situation);
  const shareOf = ({ share }: Margin): number => Math.min(ranges.margin.max, share);
  return {
    ...{ intervalMs, sustainedMs: sustainedMsOf(loads, intervalMs, slacksOf(margins)), waitingMs },
    margins: { device: shareOf(margins.device), uplink: shareOf(margins.uplink) },
  };
}
