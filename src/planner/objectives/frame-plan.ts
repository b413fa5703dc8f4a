/** The objective `frame`: the latency of one frame, by any strategy. */

import { greatest } from '../algorithms/extremes.js';
import type { Candidates } from '../cuts/candidates.js';
import type { PricedFrame } from '../problem/priced-frame.js';
import type { Outcome } from '../problem/problem.js';
import { type StrategyName, strategies } from '../schedule/index.js';
import { certify, placementOf, timelineOf } from '../simulator/answer.js';
import { execute } from '../simulator/execution.js';

/** Plans one frame; the certificate joins the strategy's proof with the candidates' bound. */
export function planFrame(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
): Outcome {
  const answer = strategies[strategy](frame, candidates);
  if (answer.kind === 'infeasible') return answer;
  const { decision, lowerBoundMs = 0 } = answer;
  const { bars, doneMs } = execute(frame, [{ decision, releaseMs: 0 }]);
  const makespanMs = greatest(doneMs);
  const proven = certify(makespanMs, lowerBoundMs);
  return {
    kind: 'feasible',
    schedule: {
      strategy,
      objective: 'frame',
      makespanMs,
      ...(proven.optimal
        ? proven
        : certify(makespanMs, Math.max(candidates.boundMs, lowerBoundMs))),
      ...placementOf(frame, decision, bars),
      timeline: timelineOf(bars),
    },
  };
}
