/** Solves problems: checks, prepares a network once, plans by objective. */

import { candidatesOf, type Preparation, prepare, prepareMany } from './cuts/candidates.js';
import { planBurst } from './objectives/burst-plan.js';
import { planFrame } from './objectives/frame-plan.js';
import { planStream } from './objectives/stream-plan.js';
import {
  checkLink,
  checkNetwork,
  checkProblem,
  type ProblemFault,
} from './problem/check-problem.js';
import { graphOf } from './problem/graph.js';
import { pricedFrameOf } from './problem/priced-frame.js';
import type { Network, Outcome, Problem } from './problem/problem.js';
import type { StrategyName } from './schedule/index.js';

/** Plans a problem; malformed and impossible problems are infeasible outcomes. */
export function solve(problem: Problem, strategy: StrategyName = 'auto'): Outcome {
  const fault = checkProblem(problem);
  return fault
    ? infeasible(fault)
    : planPrepared(prepare(graphOf(problem.network)), problem, strategy);
}

/** A problem without its network. */
export type Circumstances = Omit<Problem, 'network'>;

/** Checks and prepares a network for any number of links, or names its fault. */
export function prepareNetwork(network: Network): Preparation | ProblemFault {
  return checkNetwork(network) ?? prepare(graphOf(network));
}

/** Plans a prepared network under one link. */
export function planPrepared(
  preparation: Preparation,
  { link, objective = 'frame', frames, workers }: Circumstances,
  strategy: StrategyName = 'auto',
): Outcome {
  const fault = checkLink(link);
  if (fault) return infeasible(fault);
  const frame = pricedFrameOf(preparation.graph, link);
  const size = {
    ...(frames === undefined ? {} : { frames }),
    ...(workers === undefined ? {} : { workers }),
  };
  if (objective === 'frame') {
    return planFrame(frame, candidatesOf(frame, preparation), strategy);
  }
  const candidates = candidatesOf(frame, prepareMany(preparation));
  if (objective === 'stream') return planStream(frame, candidates, strategy, size);
  return planBurst(frame, candidates, strategy, size);
}

function infeasible({ field, fault }: ProblemFault): Outcome {
  return { kind: 'infeasible', because: `${field}: ${fault}` };
}
