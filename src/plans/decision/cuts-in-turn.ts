/** Cuts that frames follow in turn, as the planner executed them, priced one by one. Pure. */
import { type StreamExecution, simulate } from '../../planner/index.js';
import type { PlanMix, Prediction } from '../../wire/index.js';
import { breachOf } from '../pricing/frame-limits.js';
import { loadsOf, type MachineLoads } from '../pricing/machine-loads.js';
import { cutOf } from '../pricing/planner-network.js';
import { predict, problemOf, type Situation } from '../pricing/prediction.js';
import type { PricedCut, PricedPlan } from './proposal.js';

export interface CutsInTurn {
  /** With the latency of a frame alone. */
  readonly cuts: readonly PricedCut[];
  /** Frame n follows cut pattern[n mod length]. */
  readonly pattern: readonly number[];
  readonly loads: MachineLoads;
  /** Mean time that a frame waits for others. */
  readonly waitingMs: number;
}

/** Frames that wait for less than this share of their latency do not wait: sums of times are rounded. */
const SAME = 1e-9;

/** Prices an execution; undefined when a frame of it would break a limit. */
export function cutsInTurn(
  situation: Situation,
  { cuts: placements, pattern, meanLatencyMs }: StreamExecution,
): CutsInTurn | undefined {
  const { model, costs } = situation;
  const cuts = placements.map((placement) => cutOf(model, placement, costs));
  if (cuts.some((cut) => breachOf(situation, cut) !== undefined)) return undefined;
  const priced = cuts.flatMap((cut): PricedCut[] => {
    const predicted = predict(situation, cut);
    return predicted === undefined ? [] : [{ cut, predicted }];
  });
  const loads = loadsOf(situation, cuts, pattern);
  if (priced.length < cuts.length || loads === undefined) return undefined;
  // In the problem of the execution: a prediction knows the length of its own result, and the overhead of a frame.
  const problem = problemOf(situation);
  const alone = placements.map((placement) => simulate(problem, placement));
  const aloneMs = meanOver(pattern, (number) => {
    const frame = alone[number];
    return frame?.kind === 'ran' ? frame.makespanMs : undefined;
  });
  const waitingMs = meanLatencyMs - aloneMs;
  const isSlight = waitingMs <= SAME * meanLatencyMs;
  return { cuts: priced, pattern, loads, waitingMs: isSlight ? 0 : waitingMs };
}

/** The plan of cuts in turn, a frame every `periodMs`. The commonest cut is its own: an agent that knows no mixes follows it. */
export function mixedPlan(
  { cuts, pattern, waitingMs }: CutsInTurn,
  periodMs: number,
): PricedPlan | undefined {
  const timesOf = (number: number): number => pattern.filter((one) => one === number).length;
  const order = cuts.map((_, number) => number).sort((a, b) => timesOf(b) - timesOf(a));
  // How long frames wait for each other is shared out evenly.
  const [own, ...others] = order.flatMap((number) => {
    const priced = cuts[number];
    return priced ? [{ ...priced, predicted: later(priced.predicted, waitingMs) }] : [];
  });
  if (own === undefined) return undefined;
  const mix: PlanMix = {
    cuts: others.map(({ cut, predicted }) => ({ ...cut, predicted })),
    pattern: pattern.map((one) => order.indexOf(one)),
    periodMs,
  };
  return { ...own, mix };
}

/** The mean of an amount over a pattern; a number without an amount counts as 0. */
export function meanOver(
  pattern: readonly number[],
  amountOf: (number: number) => number | undefined,
): number {
  return pattern.reduce((sum, number) => sum + (amountOf(number) ?? 0), 0) / pattern.length;
}

/** A prediction with a wait for other frames. */
export function later(predicted: Prediction, byMs: number): Prediction {
  return { ...predicted, totalMs: predicted.totalMs + byMs };
}
