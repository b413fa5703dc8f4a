/**
 * Plans for a stream: the planner's pattern of cuts, priced cut by cut. Pure.
 *
 * What counts is the period, the load of the busiest machine per frame; of the cloud a stream has its share of tail processes.
 */
import { solve } from '../../planner/index.js';
import { busiestMs } from '../pricing/machine-loads.js';
import { problemOf, type Situation } from '../pricing/prediction.js';
import { cutsInTurn, mixedPlan } from './cuts-in-turn.js';
import type { PricedPlan } from './proposal.js';

/** The best mix for a situation; undefined when a frame of it would be more than the cloud takes. */
export function planStream(situation: Situation): PricedPlan | undefined {
  const { strategy = 'auto', workers = 1 } = situation;
  const outcome = solve({ ...problemOf(situation), objective: 'stream', workers }, strategy);
  const executed = outcome.kind === 'feasible' ? outcome.schedule.stream?.executed : undefined;
  const turns = executed && cutsInTurn(situation, executed);
  return turns && mixedPlan(turns, busiestMs(turns.loads));
}
