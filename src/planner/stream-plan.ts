/**
 * The objective `stream`: frames arrive back to back, each may be cut differently.
 *
 * `auto` and `exact` take the optimal mix of cuts (cut-mix.ts); any other strategy serves every
 * frame by its own single cut. The mix is spread evenly over the frames (the cut furthest behind its
 * share goes next) and executed, one frame each period, three times as long as asked: the first
 * third fills the pipeline, the others are measured.
 */
import { certify, placementOf } from './answer.js';
import type { Candidates } from './candidates.js';
import { type CutMix, cutMixOf } from './cut-mix.js';
import { type Execution, execute } from './execution.js';
import type { Decision, Frame } from './frame.js';
import type { Outcome, StreamAnswer, WeightedPlacement } from './problem.js';
import { type StrategyName, strategies } from './schedule/index.js';
import { kahnOrder } from './schedule/topological.js';

/** Frames executed when the question does not say how many. */
const FRAMES = 64;

/** Frames whose bars the answer shows. */
const SHOWN_FRAMES = 8;

/** How the cloud and the executed stream are sized. */
export interface StreamSize {
  readonly frames?: number;
  readonly workers?: number;
}

interface Share {
  readonly decision: Decision;
  readonly weight: number;
}

/** Plans an endless stream. */
export function planStream(
  frame: Frame,
  candidates: Candidates,
  strategy: StrategyName,
  { frames = FRAMES, workers = 1 }: StreamSize,
): Outcome {
  const best = cutMixOf(frame, workers);
  const shares =
    strategy === 'auto' || strategy === 'exact'
      ? sharesOf(frame, best)
      : singleShare(frame, candidates, strategy);
  if (typeof shares === 'string') return { kind: 'infeasible', because: shares };
  const periodMs = periodOf(frame, shares, workers);
  const sequence = spread(shares, 3 * frames);
  const runs = sequence.map(({ decision }, i) => ({ decision, releaseMs: i * periodMs }));
  const { bars, doneMs } = execute(frame, runs, { workers });
  const executed = measure(doneMs, periodMs);
  const mix = shares.map(({ decision, weight }): WeightedPlacement => {
    const first = sequence.findIndex((share) => share.decision === decision);
    const own = bars.filter((bar) => bar.frame === first);
    return { weight, ...placementOf(frame, decision, own) };
  });
  const { weight: _, ...commonest } = mix.reduce((a, b) => (b.weight > a.weight ? b : a));
  return {
    kind: 'feasible',
    schedule: {
      strategy,
      objective: 'stream',
      makespanMs: executed.worstLatencyMs,
      ...certify(periodMs, best.boundMs),
      ...commonest,
      timeline: bars.filter((bar) => bar.frame < SHOWN_FRAMES),
      stream: { periodMs, mix, executed },
    },
  };
}

function sharesOf(frame: Frame, { mix }: CutMix): Share[] {
  return mix.map(({ cut: { set, sendings }, weight }) => ({
    decision: { device: kahnOrder(frame, set, sendings), sendings },
    weight,
  }));
}

function singleShare(
  frame: Frame,
  candidates: Candidates,
  strategy: StrategyName,
): Share[] | string {
  const answer = strategies[strategy](frame, candidates);
  return answer.kind === 'decided' ? [{ decision: answer.decision, weight: 1 }] : answer.because;
}

/** The load of the busiest machine per frame. */
function periodOf({ graph }: Frame, shares: readonly Share[], workers: number): number {
  let [deviceMs, linkMs, cloudMs] = [0, 0, 0];
  for (const { decision, weight } of shares) {
    const onDevice = new Set(decision.device);
    for (const node of graph.nodes) {
      if (onDevice.has(node)) deviceMs += weight * node.deviceMs;
      else cloudMs += weight * node.cloudMs;
    }
    for (const sending of decision.sendings.values()) {
      deviceMs += weight * sending.encodeMs;
      linkMs += weight * sending.linkMs;
      cloudMs += weight * sending.decodeMs;
    }
  }
  return Math.max(deviceMs, linkMs, cloudMs / workers);
}

function spread(shares: readonly Share[], frames: number): Share[] {
  const taken = new Map(shares.map((share) => [share, 0]));
  return Array.from({ length: frames }, (_, i) => {
    const behind = (share: Share): number => (i + 1) * share.weight - (taken.get(share) ?? 0);
    const next = shares.reduce((a, b) => (behind(b) > behind(a) ? b : a));
    taken.set(next, (taken.get(next) ?? 0) + 1);
    return next;
  });
}

/**
 * Compares the last third of a run with the second: how much later its frames are done, per frame
 * and on average, so that cuts of unlike latency do not blur it, and a growing queue would show.
 */
function measure(doneMs: Execution['doneMs'], releasedMs: number): StreamAnswer['executed'] {
  const frames = doneMs.length / 3;
  const [before, after] = [doneMs.slice(frames, 2 * frames), doneMs.slice(2 * frames)];
  const latencies = after.map((ms, i) => ms - (2 * frames + i) * releasedMs);
  return {
    frames,
    periodMs: (mean(after) - mean(before)) / frames,
    meanLatencyMs: mean(latencies),
    worstLatencyMs: Math.max(...latencies),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
