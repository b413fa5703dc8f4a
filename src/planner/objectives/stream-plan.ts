/**
 * The objective `stream`: frames arrive back to back, each may be cut differently.
 *
 * `auto` and `exact` take the optimal mix of cuts (cut-mix.ts) and the pattern of whole frames that
 * comes near it (stream-pattern.ts); any other strategy serves every frame by its own single cut.
 * The pattern is executed, one frame each period, four times as long as asked: the first half
 * fills the pipeline, and the last quarter is measured against the one before.
 */

import type { Candidates } from '../cuts/candidates.js';
import { type CutMix, cutMixOf, type LoadedCut, pricedCut } from '../cuts/cut-mix.js';
import { kahnOrder } from '../order/kahn-order.js';
import type { Decision, FrameBar, PricedFrame } from '../problem/priced-frame.js';
import type { Outcome, StreamAnswer, StreamExecution } from '../problem/problem.js';
import { type StrategyName, strategies } from '../schedule/index.js';
import { certify, placementOf } from '../simulator/answer.js';
import { type Execution, execute } from '../simulator/execution.js';
import { patternOf } from './stream-pattern.js';

/** Frames measured when the question does not say how many. */
const FRAMES = 32;

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

/** What a strategy makes of a stream: the best mix it knows, and the frames it repeats. */
interface StreamDecision {
  readonly mix: readonly Share[];
  readonly pattern: readonly Decision[];
}

/** What running a pattern showed. */
type Measured = Omit<StreamExecution, 'cuts' | 'pattern'>;

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
  const { bars, executed } = executeStream(frame, pattern, frames, workers);
  const placed = ({ decision, weight }: Share): StreamAnswer['mix'][number] => ({
    weight,
    ...placementOf(frame, decision, barsOf(decision, pattern, bars)),
  });
  const cuts = [...new Set(pattern)];
  const timesOf = (cut: Decision): number => pattern.filter((one) => one === cut).length;
  const commonest = cuts.reduce((a, b) => (timesOf(b) > timesOf(a) ? b : a));
  return {
    kind: 'feasible',
    schedule: {
      strategy,
      objective: 'stream',
      makespanMs: executed.worstLatencyMs,
      ...certify(periodMs, best.boundMs),
      ...placementOf(frame, commonest, barsOf(commonest, pattern, bars)),
      timeline: bars.filter((bar) => bar.frame < SHOWN_FRAMES),
      stream: {
        periodMs,
        mix: mix.map(placed),
        executed: {
          ...executed,
          cuts: cuts.map((cut) => placementOf(frame, cut, barsOf(cut, pattern, bars))),
          pattern: pattern.map((cut) => cuts.indexOf(cut)),
        },
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

/** Bars of the first frame that follows a decision; none where no frame does. */
function barsOf(
  decision: Decision,
  pattern: readonly Decision[],
  bars: readonly FrameBar[],
): FrameBar[] {
  const first = pattern.indexOf(decision);
  return bars.filter((bar) => bar.frame === first);
}

/** The load of the busiest machine per frame. */
function periodOf({ graph }: PricedFrame, shares: readonly Share[], workers: number): number {
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

/**
 * Runs whole repetitions of a pattern, at least `frames` frames, and that four times in a row, a
 * frame each period of the pattern.
 */
function executeStream(
  frame: PricedFrame,
  pattern: readonly Decision[],
  frames: number,
  workers: number,
): { bars: readonly FrameBar[]; executed: Measured } {
  const shares = pattern.map((decision) => ({ decision, weight: 1 / pattern.length }));
  const paceMs = periodOf(frame, shares, workers);
  const length = Math.ceil(frames / pattern.length) * pattern.length;
  const runs = Array.from({ length: 4 * length }, (_, i) => ({
    decision: pattern[i % pattern.length] ?? { device: [], sendings: new Map() },
    releaseMs: i * paceMs,
  }));
  const { bars, doneMs } = execute(frame, runs, { workers });
  return { bars, executed: measure(doneMs, length, paceMs) };
}

function measure(doneMs: Execution['doneMs'], frames: number, paceMs: number): Measured {
  const [before, measured] = [doneMs.slice(2 * frames, 3 * frames), doneMs.slice(3 * frames)];
  const periodMs = (mean(measured) - mean(before)) / frames;
  const latencies = measured.map((ms, i) => ms - (3 * frames + i) * paceMs);
  return {
    frames,
    periodMs,
    fillMs: Math.max(...doneMs.slice(0, frames)) - frames * periodMs,
    meanLatencyMs: mean(latencies),
    worstLatencyMs: Math.max(...latencies),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
