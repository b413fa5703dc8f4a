/**
 * The objective `burst`: n frames at once, the last one's end counts.
 *
 * `auto` and `exact` choose a cut for every frame (burst/cut-choice.ts); small bursts of cuts with
 * several tensors are also solved as one frame of n copies of the network (burst/copies.ts). Another
 * strategy serves all frames by its one cut.
 */

import type { Candidates } from '../cuts/candidates.js';
import { cutMixOf, scopedMixOf } from '../cuts/cut-mix.js';
import { scopeOf } from '../cuts/scope.js';
import { sideBoundsOf } from '../cuts/side-bounds.js';
import { kahnOrder } from '../order/kahn-order.js';
import type { Decision, FrameBar, PricedFrame } from '../problem/priced-frame.js';
import type { Outcome } from '../problem/problem.js';
import { type StrategyName, strategies } from '../schedule/index.js';
import { certify, placementOf } from '../simulator/answer.js';
import type { Size } from './burst/burst-search.js';
import { solveCopies } from './burst/copies.js';
import { type Choices, type CutChoice, chooseCuts } from './burst/cut-choice.js';
import { type BurstDecision, executeBurst } from './burst/judge.js';

/** Size of the burst and of the cloud. */
export interface BurstSize {
  readonly frames?: number;
  readonly workers?: number;
}

/** Strategies whose cuts the free choice takes into account as well. */
const KNOWN: readonly StrategyName[] = [
  'exact',
  'tree',
  'path-wise',
  'topological',
  'min-cut',
  'cloud',
  'local',
];

/** Plans with fewer workers that are tried with all of them, where nothing is proven. */
const FEWER = 3;

/** A burst, and a bound that holds for every burst. */
interface Choice {
  readonly option: BurstDecision;
  readonly lowerBoundMs: number;
}

/** Plans a burst; `auto` and `exact` choose cuts per frame, other strategies one for all. */
export function planBurst(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
  { frames = 1, workers = 1 }: BurstSize,
): Outcome {
  // A worker more than there are frames has nothing to do.
  const size = { frames, workers: Math.min(frames, workers) };
  const anyBoundMs = burstBoundMs(frame, size);
  const choice =
    strategy === 'auto' || strategy === 'exact'
      ? freeChoice(frame, candidates, size, anyBoundMs)
      : oneForAll(frame, candidates, strategy, frames);
  if (typeof choice === 'string') return { kind: 'infeasible', because: choice };
  const { option, lowerBoundMs } = choice;
  const { bars, endMs } = executeBurst(frame, option, size.workers);
  const own = barsByFrame(bars, frames);
  const placements = option.decisions.map((decision, number) =>
    placementOf(frame, decision, own[number] ?? []),
  );
  const [first = { device: [], uploads: [], cloud: [] }] = placements;
  return {
    kind: 'feasible',
    schedule: {
      strategy,
      objective: 'burst',
      makespanMs: endMs,
      ...certify(endMs, Math.max(lowerBoundMs, anyBoundMs)),
      ...first,
      timeline: bars,
      frames: placements,
    },
  };
}

function barsByFrame(bars: readonly FrameBar[], frames: number): FrameBar[][] {
  const own = Array.from({ length: frames }, (): FrameBar[] => []);
  for (const bar of bars) own[bar.frame]?.push(bar);
  return own;
}

function freeChoice(
  frame: PricedFrame,
  candidates: Candidates,
  size: Size,
  anyBoundMs: number,
): Choice | string {
  const decisions = KNOWN.flatMap((name) => {
    const answer = strategies[name](frame, candidates);
    return answer.kind === 'decided' ? [answer.decision] : [];
  });
  const known = { candidates, decisions };
  const { judge, lowerBoundMs } = chosen(frame, { ...known, needsBound: true, isFull: true }, size);
  // Several workers may serve frames worse that arrive earlier, so the plain order is tried as well.
  for (const decision of size.workers > 1 ? decisions : []) {
    judge.try({ decisions: repeated(decision, size.frames) });
  }
  // Workers serve frames in turn, so a plan for fewer of them can be the better one.
  const fewest = Math.max(1, size.workers - FEWER);
  let { workers } = size;
  let isProven = certify(judge.endMs, Math.max(lowerBoundMs, anyBoundMs)).optimal;
  while (!isProven && workers > fewest) {
    workers -= 1;
    const needsBound = workers > fewest;
    const fewer = chosen(frame, { ...known, needsBound, isFull: false }, { ...size, workers });
    if (fewer.judge.best) judge.try(fewer.judge.best);
    isProven = certify(fewer.judge.endMs, fewer.lowerBoundMs).optimal;
  }
  return judge.best ? { option: judge.best, lowerBoundMs } : 'no cut can be run';
}

/** The best choice of cuts, interleaved frames of a small burst included. */
function chosen(frame: PricedFrame, known: Omit<Choices, 'cuts'>, size: Size): CutChoice {
  const { candidates } = known;
  const cuts = cutMixOf(frame, size.workers);
  const columns = cuts.columns.map(({ set, sendings }) => ({
    device: kahnOrder(frame, set, sendings),
    sendings,
  }));
  const choices = { ...known, cuts, decisions: [...known.decisions, ...columns] };
  const { judge, lowerBoundMs } = chooseCuts(frame, choices, size);
  const isProven = certify(judge.endMs, lowerBoundMs).optimal;
  const copies =
    size.workers === 1 && !isProven ? solveCopies(frame, candidates, size.frames) : undefined;
  if (!copies) return { judge, lowerBoundMs };
  judge.try(copies);
  return { judge, lowerBoundMs: Math.max(lowerBoundMs, copies.lowerBoundMs) };
}

function oneForAll(
  frame: PricedFrame,
  candidates: Candidates,
  strategy: StrategyName,
  frames: number,
): Choice | string {
  const answer = strategies[strategy](frame, candidates);
  if (answer.kind === 'infeasible') return answer.because;
  return { option: { decisions: repeated(answer.decision, frames) }, lowerBoundMs: 0 };
}

function repeated(decision: Decision, frames: number): Decision[] {
  return Array.from({ length: frames }, () => decision);
}

/**
 * The linear program per frame, with a share of what link and cloud wait for once: before the first
 * tensor and after the last. Better than that is only keeping every frame on the device.
 */
function burstBoundMs(frame: PricedFrame, { frames, workers }: Size): number {
  const localMs = frames * frame.graph.nodes.reduce((sum, node) => sum + node.deviceMs, 0);
  const scope = scopeOf(frame, sideBoundsOf(frame), localMs);
  const [, linkMs, cloudMs] = scope.marginsMs;
  const marginsMs = [0, linkMs / frames, cloudMs / frames] as const;
  return Math.min(localMs, frames * scopedMixOf(frame, { ...scope, marginsMs }, workers).boundMs);
}
