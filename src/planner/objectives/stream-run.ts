/**
 * Runs a repeated pattern of cuts through the simulator, one frame each pace.
 *
 * The pattern runs four times as long as asked: the first half fills the pipeline, and the last
 * quarter is measured against the one before.
 */

import { greatest } from '../algorithms/extremes.js';
import type { Loads } from '../algorithms/mixed-game.js';
import type { Decision, FrameBar, PricedFrame } from '../problem/priced-frame.js';
import type { Placement, StreamExecution } from '../problem/problem.js';
import { placementOf } from '../simulator/answer.js';
import { type Execution, execute } from '../simulator/execution.js';

/** Frames measured when the question does not say how many. */
export const FRAMES = 32;

/** Frames whose bars an answer shows. */
const SHOWN_FRAMES = 8;

/** A cut and the share of the frames that follow it. */
export interface Share {
  readonly decision: Decision;
  readonly weight: number;
}

/** How fast frames come, how many are measured, and how many the cloud serves at a time. */
export interface Run {
  readonly paceMs: number;
  readonly frames: number;
  readonly workers: number;
}

/** What running a pattern showed. */
export type Measured = Omit<StreamExecution, 'cuts' | 'pattern'>;

/** A pattern as it ran. */
export interface PatternRun {
  readonly pattern: readonly Decision[];
  readonly bars: readonly FrameBar[];
  readonly executed: Measured;
}

/** Mean load of a frame on device and link, and on each of the cloud's workers. */
export function meanLoads(
  { graph }: PricedFrame,
  shares: readonly Share[],
  workers: number,
): Loads {
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
  return [deviceMs, linkMs, cloudMs / workers];
}

/** The decisions of a pattern with the same share each. */
export function sharesOf(pattern: readonly Decision[]): Share[] {
  return pattern.map((decision) => ({ decision, weight: 1 / pattern.length }));
}

/** The least pace of a pattern: the load of its busiest machine. */
export function periodOf(frame: PricedFrame, shares: readonly Share[], workers: number): number {
  return Math.max(...meanLoads(frame, shares, workers));
}

/** Runs whole repetitions of a pattern, at least `frames` frames, and that four times in a row. */
export function runPattern(
  frame: PricedFrame,
  pattern: readonly Decision[],
  { paceMs, frames, workers }: Run,
): PatternRun {
  const length = Math.ceil(frames / pattern.length) * pattern.length;
  const runs = Array.from({ length: 4 * length }, (_, i) => ({
    decision: pattern[i % pattern.length] ?? { device: [], sendings: new Map() },
    releaseMs: i * paceMs,
  }));
  const { bars, doneMs } = execute(frame, runs, { workers });
  return { pattern, bars, executed: measure(doneMs, length, paceMs) };
}

function measure(doneMs: Execution['doneMs'], frames: number, paceMs: number): Measured {
  const [before, measured] = [doneMs.slice(2 * frames, 3 * frames), doneMs.slice(3 * frames)];
  const periodMs = (mean(measured) - mean(before)) / frames;
  const latencies = measured.map((ms, i) => ms - (3 * frames + i) * paceMs);
  return {
    frames,
    periodMs,
    fillMs: greatest(doneMs.slice(0, frames)) - frames * periodMs,
    meanLatencyMs: mean(latencies),
    worstLatencyMs: greatest(latencies),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Ids of a cut as the first frame that follows it ran; no times of the cloud where no frame does. */
export function placedIn(
  frame: PricedFrame,
  decision: Decision,
  { pattern, bars }: PatternRun,
): Placement {
  const first = pattern.indexOf(decision);
  return placementOf(
    frame,
    decision,
    bars.filter((bar) => bar.frame === first),
  );
}

/** The run in the words of the answer. */
export function executionOf(frame: PricedFrame, run: PatternRun): StreamExecution {
  const cuts = [...new Set(run.pattern)];
  return {
    ...run.executed,
    cuts: cuts.map((cut) => placedIn(frame, cut, run)),
    pattern: run.pattern.map((cut) => cuts.indexOf(cut)),
  };
}

/** The cut that most frames follow, and the first frames as they ran. */
export function commonestOf(
  frame: PricedFrame,
  run: PatternRun,
): Placement & { readonly timeline: readonly FrameBar[] } {
  const cuts = [...new Set(run.pattern)];
  const timesOf = (cut: Decision): number => run.pattern.filter((one) => one === cut).length;
  const commonest = cuts.reduce((a, b) => (timesOf(b) > timesOf(a) ? b : a));
  return {
    ...placedIn(frame, commonest, run),
    timeline: run.bars.filter((bar) => bar.frame < SHOWN_FRAMES),
  };
}
