/**
 * Plans for a stream: the planner's pattern of cuts, priced cut by cut. Pure.
 *
 * What counts is the period, the load of the busiest machine per frame; of the cloud a stream has its share of tail processes.
 * Within limits on bytes or memory it is the pattern of the highest rate that paced frames can have.
 */
import { solve } from '../../planner/index.js';
import { isLimited, plannerLimits } from '../pricing/frame-limits.js';
import { busiestMs } from '../pricing/machine-loads.js';
import { problemOf, type Situation } from '../pricing/prediction.js';
import { cutsInTurn, mixedPlan } from './cuts-in-turn.js';
import type { PricedPlan } from './proposal.js';

/** Paced frames at an interval that no network sustains get the plan of the highest rate. */
const NO_INTERVAL_MS = 1e-6;

/** The best mix for a situation; undefined when a frame of it would break a limit. */
export function planStream(situation: Situation): PricedPlan | undefined {
  const { strategy = 'auto', workers = 1 } = situation;
  const question = isLimited(situation)
    ? { objective: 'paced' as const, intervalMs: NO_INTERVAL_MS, ...plannerLimits(situation) }
    : { objective: 'stream' as const };
  const outcome = solve({ ...problemOf(situation), ...question, workers }, strategy);
  if (outcome.kind === 'infeasible') return undefined;
  const { stream, paced } = outcome.schedule;
  const executed = (stream ?? paced)?.executed;
  const turns = executed && cutsInTurn(situation, executed);
  return turns && mixedPlan(turns, busiestMs(turns.loads));
}
