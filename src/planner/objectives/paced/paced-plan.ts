/**
 * The objective `paced`, and the objective `frame` within limits, as answers of the planner.
 *
 * `auto` and `exact` take the best plan (pacer.ts). Any other strategy serves every frame by its own
 * cut, and is rejected where that breaks a limit.
 */

import type { Candidates } from '../../cuts/candidates.js';
import type { Decision, PricedFrame } from '../../problem/priced-frame.js';
import type { Outcome, Schedule } from '../../problem/problem.js';
import { type StrategyName, strategies } from '../../schedule/index.js';
import { certify, placementOf, timelineOf } from '../../simulator/answer.js';
import { execute } from '../../simulator/execution.js';
import { commonestOf, executionOf } from '../stream-run.js';
import { bytesWorth } from './bytes-worth.js';
import { asksForBytes, type CutLimits, memoryOf, sentBytes } from './limits.js';
import type { CutQuestion } from './one-cut.js';
import { type PacedPlan, Pacer, type PacerQuestion } from './pacer.js';

/** Why there is no plan. */
type Refusal = { readonly kind: 'infeasible'; readonly because: string };

/** Plans frames that come at an interval. */
export function planPaced(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
  question: PacerQuestion & { readonly intervalMs: number },
): Outcome {
  const { intervalMs, workers } = question;
  const pacer = new Pacer(frame, candidates, question);
  const limits = pacer.limitsAt(intervalMs);
  const own = decisionOf(frame, candidates, strategy, limits);
  if (own?.kind === 'infeasible') return own;
  const plan = own
    ? ownPlan(pacer, own.decision, candidates.boundMs, question)
    : pacer.at(intervalMs);
  if (!plan) return NOTHING_FITS;
  const { run, loads, paceMs, isSustained, costMs, boundMs } = plan;
  const [device, uplink, cloud] = loads;
  return {
    kind: 'feasible',
    schedule: {
      strategy,
      objective: 'paced',
      makespanMs: run.executed.worstLatencyMs,
      ...certify(isSustained ? costMs : paceMs, boundMs),
      ...commonestOf(frame, run),
      paced: {
        intervalMs,
        isSustained,
        sustainedMs: paceMs,
        loadsMs: { device, uplink, cloud },
        executed: executionOf(frame, run),
      },
      ...bytesOfPlan(pacer, plan, { limits, workers, intervalMs }, question),
    },
  };
}

/** Plans one frame within limits. */
export function planLimitedFrame(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
  question: PacerQuestion,
): Outcome {
  const pacer = new Pacer(frame, candidates, question);
  const limits = pacer.limitsAt(Infinity);
  const ask: CutQuestion = { limits, workers: question.workers };
  const own = decisionOf(frame, candidates, strategy, limits);
  if (own?.kind === 'infeasible') return own;
  const { best, boundMs } = own ? { best: own, boundMs: candidates.boundMs } : pacer.bestCut(ask);
  if (!best) return NOTHING_FITS;
  const { decision } = best;
  const { bars, doneMs } = execute(frame, [{ decision, releaseMs: 0 }]);
  const makespanMs = Math.max(...doneMs);
  const bytes = sentBytes(decision.sendings);
  const costMs = makespanMs + limits.msPerByte * bytes;
  return {
    kind: 'feasible',
    schedule: {
      strategy,
      objective: 'frame',
      makespanMs,
      ...certify(costMs, boundMs),
      ...placementOf(frame, decision, bars),
      timeline: timelineOf(bars),
      ...bytesOfPlan(pacer, { bytes, costMs, isOneCut: true }, ask, question),
    },
  };
}

export const NOTHING_FITS: Refusal = {
  kind: 'infeasible',
  because: 'no cut was found within deviceMemoryBytes and maxFrameBytes',
};

/** The cut of a strategy that knows no limits; undefined for those that do. */
function decisionOf(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
  { memoryBytes, frameBytes }: CutLimits,
): { readonly kind: 'decided'; readonly decision: Decision } | Refusal | undefined {
  if (strategy === 'auto' || strategy === 'exact') return undefined;
  const answer = strategies[strategy](frame, candidates);
  if (answer.kind === 'infeasible') return answer;
  const { decision } = answer;
  const members = new Uint8Array(frame.graph.nodes.length);
  for (const { index } of decision.device) members[index] = 1;
  const [held, sent] = [memoryOf(frame.graph, [members]), sentBytes(decision.sendings)];
  if (held > memoryBytes) return refusal(strategy, 'deviceMemoryBytes', memoryBytes, held);
  if (sent > frameBytes) return refusal(strategy, 'maxFrameBytes', frameBytes, sent);
  return { kind: 'decided', decision };
}

function refusal(strategy: string, limit: string, allowed: number, taken: number): Refusal {
  const because = `the cut of ${strategy} takes ${taken} bytes, ${limit} allows ${allowed}`;
  return { kind: 'infeasible', because };
}

/** Every frame by one given cut; its bounds are those of a frame alone, and of the period of any mix. */
function ownPlan(
  pacer: Pacer,
  decision: Decision,
  aloneMs: number,
  { intervalMs }: PacerQuestion & { readonly intervalMs: number },
): PacedPlan {
  const plan = pacer.executed([decision], intervalMs, aloneMs);
  if (plan.isSustained) return plan;
  return { ...plan, boundMs: Math.max(intervalMs, pacer.stream.boundMs) };
}

/** What the bytes of a plan buy, where the question asks for it. */
function bytesOfPlan(
  pacer: Pacer,
  plan: Pick<PacedPlan, 'bytes' | 'costMs'> & Partial<PacedPlan> & { readonly isOneCut?: boolean },
  ask: CutQuestion,
  { limits, saysWorth = true }: PacerQuestion,
): Pick<Schedule, 'bytes'> {
  if (!asksForBytes(limits)) return {};
  const { bytes, costMs, run, isSustained } = plan;
  const known = { frameBytes: bytes, costMs };
  const isOneCut = plan.isOneCut ?? (isSustained === true && run?.pattern.length === 1);
  if (!isOneCut || !saysWorth) return { bytes: known };
  const at = (frameBytes: number) => (msPerByte: number) =>
    pacer.bestCut({ ...ask, limits: { ...ask.limits, frameBytes, msPerByte } }).best;
  const latencyMs = costMs - ask.limits.msPerByte * bytes;
  const worth = bytesWorth({ bytes, latencyMs }, at(ask.limits.frameBytes), at(Infinity));
  return { bytes: { ...known, ...worth } };
}
