/**
 * The objective `stream`: frames arrive back to back, each may be cut differently.
 *
 * `auto` and `exact` take the optimal mix of cuts (cut-mix.ts) and the pattern of whole frames that
 * comes near it (stream-pattern.ts); any other strategy serves every frame by its own single cut.
 * The pattern is executed (stream-run.ts), one frame each period.
 */

import type { Candidates } from '../cuts/candidates.js';
import { type CutMix, cutMixOf, type LoadedCut, pricedCut } from '../cuts/cut-mix.js';
import { kahnOrder } from '../order/kahn-order.js';
import type { Decision, PricedFrame } from '../problem/priced-frame.js';
import type { Outcome } from '../problem/problem.js';
import { type StrategyName, strategies } from '../schedule/index.js';
import { certify } from '../simulator/answer.js';
import { patternOf } from './stream-pattern.js';
import {
  commonestOf,
  executionOf,
  FRAMES,
  periodOf,
  placedIn,
  runPattern,
  type Share,
  sharesOf,
} from './stream-run.js';

/** How the cloud and the executed stream are sized. */
export interface StreamSize {
  readonly frames?: number;
  readonly workers?: number;
}

/** What a strategy makes of a stream: the best mix it knows, and the frames it repeats. */
interface StreamDecision {
  readonly mix: readonly Share[];
  readonly pattern: readonly Decision[];
}

/** Plans an endless stream. */
export function planStream(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
  { frames = FRAMES, workers = 1 }: StreamSize,
): Outcome {
  const best = cutMixOf(frame, workers);
  const decided =
    strategy === 'auto' || strategy === 'exact'
      ? mixedStream(frame, candidates, best, workers)
      : singleCutStream(frame, candidates, strategy);
  if (typeof decided === 'string') return { kind: 'infeasible', because: decided };
  const { mix, pattern } = decided;
  const periodMs = periodOf(frame, mix, workers);
  const paceMs = periodOf(frame, sharesOf(pattern), workers);
  const run = runPattern(frame, pattern, { paceMs, frames, workers });
  return {
    kind: 'feasible',
    schedule: {
      strategy,
      objective: 'stream',
      makespanMs: run.executed.worstLatencyMs,
      ...certify(periodMs, best.boundMs),
      ...commonestOf(frame, run),
      stream: {
        periodMs,
        mix: mix.map(({ decision, weight }) => ({ weight, ...placedIn(frame, decision, run) })),
        executed: executionOf(frame, run),
      },
    },
  };
}

function mixedStream(
  frame: PricedFrame,
  { ranked, isComplete }: Candidates,
  best: CutMix,
  workers: number,
): StreamDecision {
  const known = new Map<LoadedCut, Decision>();
  const decisionOf = (cut: LoadedCut): Decision => {
    const decision = known.get(cut) ?? {
      device: kahnOrder(frame, cut.set, cut.sendings),
      sendings: cut.sendings,
    };
    known.set(cut, decision);
    return decision;
  };
  const others = isComplete ? ranked : [];
  const cuts = [
    ...best.columns,
    ...others.map(({ set }) => pricedCut(frame, workers, set, best.prices)),
  ];
  return {
    mix: best.mix.map(({ cut, weight }) => ({ decision: decisionOf(cut), weight })),
    pattern: patternOf(best, cuts).map(decisionOf),
  };
}

function singleCutStream(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
): StreamDecision | string {
  const answer = strategies[strategy](frame, candidates);
  if (answer.kind === 'infeasible') return answer.because;
  const { decision } = answer;
  return { mix: [{ decision, weight: 1 }], pattern: [decision] };
}
