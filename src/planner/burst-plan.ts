/**
 * The objective `burst`: n frames at once, the last one's end counts.
 *
 * Frames whose cuts are given are jobs of a flow shop, so they go in Johnson's order of their
 * heads and tails; burst-mix.ts chooses how many frames follow which cut. Small bursts are solved
 * exactly, frames interleaved, as one frame of a network of n copies (burst-copies.ts).
 */
import { certify, placementOf } from './answer.js';
import { solveCopies } from './burst-copies.js';
import { burstMix } from './burst-mix.js';
import type { Candidates } from './candidates.js';
import { type CutMix, cutMixOf } from './cut-mix.js';
import { type Execution, execute } from './execution.js';
import type { Decision, Frame } from './frame.js';
import { mayStartInCloud } from './graph.js';
import type { Outcome } from './problem.js';
import { type StrategyName, strategies } from './schedule/index.js';

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
  frame: Frame,
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
    burstBoundMs(frame, cuts, frames),
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
  frame: Frame,
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
  frame: Frame,
  candidates: Candidates,
  strategy: StrategyName,
  frames: number,
): BurstDecision[] | string {
  const answer = strategies[strategy](frame, candidates);
  if (answer.kind === 'infeasible') return answer.because;
  return [{ decisions: Array.from({ length: frames }, () => answer.decision) }];
}

function run(
  frame: Frame,
  { decisions, turns }: BurstDecision,
  workers: number,
): { bars: Execution['bars']; endMs: number } {
  const runs = decisions.map((decision) => ({ decision, releaseMs: 0 }));
  const { bars, doneMs } = execute(frame, runs, { workers, ...(turns ? { turns } : {}) });
  return { bars, endMs: Math.max(...doneMs) };
}

/** Every machine needs at least its load of n frames; see mixBoundMs for a single one. */
function burstBoundMs(frame: Frame, { proofs }: CutMix, frames: number): number {
  const localMs = frame.graph.nodes.reduce((sum, node) => sum + node.deviceMs, 0);
  const afterLinkMs = mayStartInCloud(frame.graph) ? 0 : frame.latencyMs + frame.returnMs;
  const sharedMs = proofs.map(
    ({ prices, leastMs }) =>
      frames * leastMs + prices[1] * afterLinkMs + prices[2] * frame.returnMs,
  );
  return Math.min(frames * localMs, Math.max(...sharedMs));
}
