/**
 * Plans for a stream: the planner's pattern of cuts, priced cut by cut. Pure.
 *
 * What counts is the period, the load of the busiest machine per frame; of the cloud a stream has its share of tail processes.
 */
import { type Lane, solve } from '../../planner/index.js';
import type { DesiredPlan, PlanMix, Prediction } from '../../wire/index.js';
import { cutsOf } from '../../wire/index.js';
import { type Cut, cutOf } from '../pricing/planner-network.js';
import { predict, problemOf, type Situation, simulatedFrame } from '../pricing/prediction.js';
import { isSameCut, type Planned, type PricedPlan, planFor } from './proposal.js';

/** The best plan for a situation: for a stream a mix of cuts, where the cloud can take one. */
export function bestPlan(situation: Situation): Planned {
  const stream = situation.objective === 'stream' ? planStream(situation) : undefined;
  return stream === undefined ? planFor(situation) : { kind: 'planned', ...stream };
}

/** The best mix for a situation; undefined when a frame of it would be more than the cloud takes. */
function planStream(situation: Situation): PricedPlan | undefined {
  const { model, costs, creditBytes, strategy = 'auto', workers = 1 } = situation;
  const outcome = solve({ ...problemOf(situation), objective: 'stream', workers }, strategy);
  const executed = outcome.kind === 'feasible' ? outcome.schedule.stream?.executed : undefined;
  if (executed === undefined) return undefined;
  const { pattern, meanLatencyMs } = executed;
  const cuts = executed.cuts.map((placement) => cutOf(model, placement, costs));
  if (cuts.some(({ uploads }) => bytesOf(uploads) > creditBytes)) return undefined;
  const alone = cuts.flatMap((cut) => predict(situation, cut) ?? []);
  const periodMs = periodOf(situation, cuts, pattern);
  if (alone.length < cuts.length || periodMs === undefined) return undefined;
  // Frames of a stream wait for each other; how long, is shared out evenly.
  const aloneMs = pattern.reduce((sum, number) => sum + (alone[number]?.totalMs ?? 0), 0);
  const waitingMs = Math.max(0, meanLatencyMs - aloneMs / pattern.length);
  const priced = cuts.flatMap((cut, number) => {
    const predicted = alone[number];
    return predicted === undefined ? [] : [{ cut, predicted: later(predicted, waitingMs) }];
  });
  return commonestFirst(priced, pattern, periodMs);
}

/** What a plan costs now in its own measure: a stream's period, a single frame's latency; undefined when it cannot be run. */
export function costOf(situation: Situation, current: DesiredPlan): number | undefined {
  if (current.mix === undefined) return predict(situation, current)?.totalMs;
  return periodOf(situation, cutsOf(current), current.mix.pattern);
}

/** The predicted cost of a plan, in the same measure. */
export function plannedCost({ predicted, mix }: Pick<PricedPlan, 'predicted' | 'mix'>): number {
  return mix?.periodMs ?? predicted.totalMs;
}

/** True when frames under two plans do the same. */
export function isSamePlan(a: Cut & { mix?: PlanMix | undefined }, b: PricedPlan): boolean {
  if (!isSameCut(a, b.cut) || (a.mix === undefined) !== (b.mix === undefined)) return false;
  if (a.mix === undefined || b.mix === undefined) return true;
  const [ours, theirs] = [a.mix, b.mix];
  return (
    ours.pattern.join() === theirs.pattern.join() &&
    ours.cuts.length === theirs.cuts.length &&
    ours.cuts.every((cut, i) => theirs.cuts.slice(i, i + 1).every((one) => isSameCut(cut, one)))
  );
}

/** The load of the busiest machine per frame; undefined when a cut cannot be run. */
function periodOf(
  situation: Situation,
  cuts: readonly Cut[],
  pattern: readonly number[],
): number | undefined {
  const timelines = cuts.map((cut) => simulatedFrame(situation, cut)?.timeline);
  if (timelines.includes(undefined)) return undefined;
  const busyMs = (number: number, lane: Lane): number =>
    (timelines[number] ?? [])
      .filter((bar) => bar.lane === lane)
      .reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const loadOf = (lane: Lane): number =>
    pattern.reduce((sum, number) => sum + busyMs(number, lane), 0) / pattern.length;
  const { workers = 1 } = situation;
  return Math.max(loadOf('device'), loadOf('uplink'), loadOf('cloud') / workers);
}

/** The commonest cut is the plan's own: it is what an agent follows that knows no mixes. */
function commonestFirst(
  priced: readonly { cut: Cut; predicted: Prediction }[],
  pattern: readonly number[],
  periodMs: number,
): PricedPlan | undefined {
  const timesOf = (number: number): number => pattern.filter((one) => one === number).length;
  const order = priced.map((_, number) => number).sort((a, b) => timesOf(b) - timesOf(a));
  const [own, ...others] = order.flatMap((number) => priced[number] ?? []);
  if (own === undefined) return undefined;
  const cuts = others.map(({ cut, predicted }) => ({ ...cut, predicted }));
  return { ...own, mix: { cuts, pattern: pattern.map((one) => order.indexOf(one)), periodMs } };
}

function later(predicted: Prediction, byMs: number): Prediction {
  return { ...predicted, totalMs: predicted.totalMs + byMs };
}

function bytesOf(uploads: Cut['uploads']): number {
  return uploads.reduce((sum, { bytes }) => sum + bytes, 0);
}
