/**
 * The plan for a frame alone as a cut for paced frames, where the device sets are too many to list.
 *
 * The strategies for single frames search such networks further than a list of candidates goes, and
 * what they prove holds for frames that come at an interval too.
 */

import { counted } from '../../algorithms/mixed-game.js';
import type { Candidates } from '../../cuts/candidates.js';
import type { Decision, PricedFrame } from '../../problem/priced-frame.js';
import { strategies } from '../../schedule/index.js';
import { makespanMs } from '../../simulator/simulate.js';
import { meanLoads, runPattern } from '../stream-run.js';
import { isHeld, isWithin, sentBytes } from './limits.js';
import { type CutQuestion, type OneCut, PROBED_FRAMES } from './one-cut.js';

/** A decided frame, and what no frame ends before. */
export interface AlonePlan {
  readonly decision: Decision;
  readonly boundMs: number;
}

/** The best plan for a frame alone; undefined where there is none. */
export function alonePlanOf(frame: PricedFrame, candidates: Candidates): AlonePlan | undefined {
  const answer = strategies.auto(frame, candidates);
  if (answer.kind === 'infeasible') return undefined;
  const { decision, lowerBoundMs = 0 } = answer;
  return { decision, boundMs: Math.max(candidates.boundMs, lowerBoundMs) };
}

/** The decision as a cut for a question; undefined where it is not within the limits. */
export function cutWithin(
  frame: PricedFrame,
  decision: Decision,
  { limits, workers, intervalMs }: CutQuestion,
): OneCut | undefined {
  const members = new Uint8Array(frame.graph.nodes.length);
  for (const { index } of decision.device) members[index] = 1;
  const loads = counted(meanLoads(frame, [{ decision, weight: 1 }], workers), limits.factors);
  const bytes = sentBytes(decision.sendings);
  const fits =
    isWithin(loads, limits.loadMs) &&
    isHeld(frame.graph, [members], limits.memoryBytes) &&
    bytes <= limits.frameBytes;
  if (!fits) return undefined;
  const aloneMs = makespanMs(frame, decision);
  const run = { paceMs: intervalMs ?? aloneMs, frames: PROBED_FRAMES, workers };
  const isAlone = intervalMs === undefined || aloneMs <= intervalMs;
  const latencyMs = isAlone ? aloneMs : runPattern(frame, [decision], run).executed.meanLatencyMs;
  return { decision, loads, bytes, latencyMs, costMs: latencyMs + limits.msPerByte * bytes };
}
