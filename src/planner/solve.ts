/** Solves problems: checks, prepares a network once, plans by objective. */

import { candidatesOf, type Preparation, prepare, prepareMany } from './cuts/candidates.js';
import { planBurst } from './objectives/burst-plan.js';
import { planFrame } from './objectives/frame-plan.js';
import { paceFront } from './objectives/paced/front.js';
import { factorsOf, hasLimits } from './objectives/paced/limits.js';
import { planLimitedFrame, planPaced } from './objectives/paced/paced-plan.js';
import type { PacerQuestion } from './objectives/paced/pacer.js';
import { planStream } from './objectives/stream-plan.js';
import { FRAMES } from './objectives/stream-run.js';
import {
  checkCircumstances,
  checkNetwork,
  checkProblem,
  type ProblemFault,
} from './problem/check-problem.js';
import { graphOf } from './problem/graph.js';
import { pricedFrameOf } from './problem/priced-frame.js';
import type { Circumstances, Front, Network, Outcome, Problem } from './problem/problem.js';
import type { StrategyName } from './schedule/index.js';

/** Plans a problem; malformed and impossible problems are infeasible outcomes. */
export function solve(problem: Problem, strategy: StrategyName = 'auto'): Outcome {
  const fault = checkProblem(problem);
  return fault
    ? infeasible(fault)
    : planPrepared(prepare(graphOf(problem.network)), problem, strategy);
}

/** Checks and prepares a network for any number of links, or names its fault. */
export function prepareNetwork(network: Network): Preparation | ProblemFault {
  return checkNetwork(network) ?? prepare(graphOf(network));
}

/** Plans a prepared network under one link. */
export function planPrepared(
  preparation: Preparation,
  circumstances: Circumstances,
  strategy: StrategyName = 'auto',
): Outcome {
  const fault = checkCircumstances(circumstances);
  if (fault) return infeasible(fault);
  const { link, objective = 'frame', frames, workers, intervalMs = Infinity } = circumstances;
  const frame = pricedFrameOf(preparation.graph, link);
  const size = {
    ...(frames === undefined ? {} : { frames }),
    ...(workers === undefined ? {} : { workers }),
  };
  if (objective === 'frame') {
    const candidates = candidatesOf(frame, preparation);
    if (!hasLimits(circumstances)) return planFrame(frame, candidates, strategy);
    const question = pacerQuestion(circumstances, preparation);
    return planLimitedFrame(frame, candidates, strategy, question);
  }
  const many = prepareMany(preparation);
  const candidates = candidatesOf(frame, many);
  if (objective === 'stream') return planStream(frame, candidates, strategy, size);
  if (objective === 'burst') return planBurst(frame, candidates, strategy, size);
  const question = { ...pacerQuestion(circumstances, many), intervalMs };
  return planPaced(frame, candidates, strategy, question);
}

/**
 * The front of rate against latency: from the cut of least latency to the highest rate, each point
 * the plan for frames at its interval. Keeps within limits as the objective `paced` does.
 */
export function frontOf(problem: Problem): Front {
  const fault = checkProblem({ ...problem, objective: 'frame' });
  if (fault) return infeasible(fault);
  const many = prepareMany(prepare(graphOf(problem.network)));
  const frame = pricedFrameOf(many.graph, problem.link);
  return paceFront(frame, candidatesOf(frame, many), pacerQuestion(problem, many));
}

function pacerQuestion(circumstances: Circumstances, { sets }: Preparation): PacerQuestion {
  const { link, workers = 1, frames = FRAMES, saysWorth = true } = circumstances;
  const [factors, isListed] = [factorsOf(circumstances.slack), sets !== undefined];
  return { link, limits: circumstances, workers, factors, frames, saysWorth, isListed };
}

function infeasible({ field, fault }: ProblemFault): {
  readonly kind: 'infeasible';
  readonly because: string;
} {
  return { kind: 'infeasible', because: `${field}: ${fault}` };
}
