/**
 * The objective `burst`: n frames at once, the last one's end counts.
 *
 * Frames whose cuts are given are jobs of a flow shop, so they go in Johnson's order of their
 * heads and tails; burst-mix.ts chooses how many frames follow which cut. Small bursts are solved
 * exactly, frames interleaved, as one frame of a network of n copies (burst-copies.ts).
 */

import type { Candidates } from '../cuts/candidates.js';
import { type CutMix, cutMixOf, scopedMixOf } from '../cuts/cut-mix.js';
import { scopeOf } from '../cuts/scope.js';
import { sideBoundsOf } from '../cuts/side-bounds.js';
import type { Decision, PricedFrame } from '../problem/priced-frame.js';
import type { Outcome } from '../problem/problem.js';
import { type StrategyName, strategies } from '../schedule/index.js';
import { certify, placementOf } from '../simulator/answer.js';
import { type Execution, execute } from '../simulator/execution.js';
import { solveCopies } from './burst-copies.js';
import { burstMix } from './burst-mix.js';

/** Size of the burst and of the cloud. */
export interface BurstSize {
  readonly frames?: number;
  readonly workers?: number;
}

/** What each frame does, and the device's turns where frames interleave. */
export interface BurstDecision {
  readonly decisions: readonly Decision[];
  readonly turns?: readonly number[];
  /** Proven for every schedule of the burst. */
  readonly lowerBoundMs?: number;
}

/** Plans a burst; `auto` and `exact` choose cuts per frame, other strategies one for all. */
export function planBurst(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
  { frames = 1, workers = 1 }: BurstSize,
): Outcome {
  const cuts = cutMixOf(frame, workers);
  const options =
    strategy === 'auto' || strategy === 'exact'
      ? freeChoices(frame, candidates, cuts, frames, workers)
      : oneForAll(frame, candidates, strategy, frames);
  if (typeof options === 'string') return { kind: 'infeasible', because: options };
  const boundMs = Math.max(
    burstBoundMs(frame, frames, workers),
    ...options.map((option) => option.lowerBoundMs ?? 0),
  );
  const { option, bars, endMs } = options
    .map((one) => ({ option: one, ...run(frame, one, workers) }))
    .reduce((best, one) => (one.endMs < best.endMs ? one : best));
  const placements = option.decisions.map((decision, number) =>
    placementOf(
      frame,
      decision,
      bars.filter((bar) => bar.frame === number),
    ),
  );
  const [first = { device: [], uploads: [], cloud: [] }] = placements;
  return {
    kind: 'feasible',
    schedule: {
      strategy,
      objective: 'burst',
      makespanMs: endMs,
      ...certify(endMs, boundMs),
      ...first,
      timeline: bars,
      frames: placements,
    },
  };
}

function freeChoices(
  frame: PricedFrame,
  candidates: Candidates,
  cuts: CutMix,
  frames: number,
  workers: number,
): BurstDecision[] {
  const copies = workers === 1 ? solveCopies(frame, candidates, frames) : undefined;
  const mix = { decisions: burstMix(frame, candidates, cuts, frames) };
  return copies ? [copies, mix] : [mix];
}

function oneForAll(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
  frames: number,
): BurstDecision[] | string {
  const answer = strategies[strategy](frame, candidates);
  if (answer.kind === 'infeasible') return answer.because;
  return [{ decisions: Array.from({ length: frames }, () => answer.decision) }];
}

function run(
  frame: PricedFrame,
  { decisions, turns }: BurstDecision,
  workers: number,
): { bars: Execution['bars']; endMs: number } {
  const runs = decisions.map((decision) => ({ decision, releaseMs: 0 }));
  const { bars, doneMs } = execute(frame, runs, { workers, ...(turns ? { turns } : {}) });
  return { bars, endMs: Math.max(...doneMs) };
}

/**
 * The linear program per frame, with a share of what link and cloud wait for once: before the first
 * tensor and after the last. Better than that is only keeping every frame on the device.
 */
function burstBoundMs(frame: PricedFrame, frames: number, workers: number): number {
  const localMs = frames * frame.graph.nodes.reduce((sum, node) => sum + node.deviceMs, 0);
  const scope = scopeOf(frame, sideBoundsOf(frame), localMs);
  const [, linkMs, cloudMs] = scope.marginsMs;
  const marginsMs = [0, linkMs / frames, cloudMs / frames] as const;
  return Math.min(localMs, frames * scopedMixOf(frame, { ...scope, marginsMs }, workers).boundMs);
}
