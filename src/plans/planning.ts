/** One device's situation in, a plan out: asks the planner and says what the chosen cut will cost, stage by stage. Pure. */
import {
  type Bar,
  type Lane,
  type Network,
  plan,
  type StrategyName,
  simulate,
} from '../planner/index.js';
import type { DesiredPlan, LinkEstimate, ModelDocument, Prediction } from '../wire/index.js';
import { chunkBytesFor, plannerLink } from './link.js';
import { type Costs, type Cut, cloudOutputs, cutOf, networkOf, placementOf } from './network.js';

/** A plan that nobody has been told of yet. */
export type Proposal = Omit<DesiredPlan, 'v' | 'version' | 'at' | 'cause'>;

export type Planned =
  | { readonly kind: 'planned'; readonly proposal: Proposal }
  | { readonly kind: 'impossible'; readonly because: string };

/** All a plan depends on. */
export interface Situation {
  readonly model: ModelDocument;
  readonly costs: Costs;
  readonly link: LinkEstimate;
  /** The device's own setting; null: by the prediction. */
  readonly deadlineMs: number | null;
  /** Most tensor bytes the device may have in flight. */
  readonly creditBytes: number;
}

const BASELINES = ['topological', 'min-cut', 'local', 'cloud'] as const satisfies StrategyName[];
const LEAST_DEADLINE_MS = 1000;
const DEADLINE_FACTOR = 3;

/** The best plan for a situation; strategies' answers that the cloud could not take are passed over. */
export function planFor(situation: Situation): Planned {
  const { model, costs, link } = situation;
  const network = networkOf(model, costs);
  const best = candidate(situation, network, 'auto');
  const others = BASELINES.map((strategy) => candidate(situation, network, strategy));
  const found = [best, ...others].filter((one) => one.kind === 'cut');
  const chosen = best.kind === 'cut' ? best : found.toSorted(byTotal)[0];
  if (chosen === undefined) {
    const because = best.kind === 'none' ? best.because : 'no strategy found a cut';
    return { kind: 'impossible', because };
  }
  const { cut, predicted } = chosen;
  const deadlineMs = Math.max(LEAST_DEADLINE_MS, DEADLINE_FACTOR * predicted.totalMs);
  return {
    kind: 'planned',
    proposal: {
      ...{ model: model.digest, ...cut, link, predicted },
      deadlineMs: situation.deadlineMs ?? deadlineMs,
      creditBytes: situation.creditBytes,
      chunkBytes: chunkBytesFor(link),
      alternatives: found
        .filter((one) => one !== best)
        .toSorted(byTotal)
        .map(({ strategy, predicted: { totalMs } }) => ({ strategy, totalMs })),
    },
  };
}

/** What a cut costs in a situation; undefined when it cannot be run in it. */
export function predict({ model, costs, link }: Situation, cut: Cut): Prediction | undefined {
  const tensors = new Map(model.tensors.map(({ name, bytes }) => [name, bytes]));
  const resultBytes = cloudOutputs(model, cut).reduce(
    (sum, name) => sum + (tensors.get(name) ?? 0),
    0,
  );
  const problem = { network: networkOf(model, costs, cut), link: plannerLink(link, resultBytes) };
  const simulation = simulate(problem, placementOf(model, cut));
  if (simulation.kind === 'refused') return undefined;
  return stagesOf(simulation.timeline, simulation.makespanMs, link.rttMs);
}

/** True when two plans do the same. */
export function isSameCut(a: Cut, b: Cut): boolean {
  const textOf = ({ device, uploads, cloud }: Cut): string =>
    JSON.stringify([device, cloud, uploads.map(({ tensor, encoding }) => [tensor, encoding])]);
  return textOf(a) === textOf(b);
}

type Candidate =
  | { kind: 'cut'; strategy: string; cut: Cut; predicted: Prediction }
  | { kind: 'none'; because: string };

function candidate(situation: Situation, network: Network, strategy: StrategyName): Candidate {
  const { model, costs, link } = situation;
  const tensors = new Map(model.tensors.map(({ name, bytes }) => [name, bytes]));
  const resultBytes = model.outputs.reduce((sum, { name }) => sum + (tensors.get(name) ?? 0), 0);
  const outcome = plan({ network, link: plannerLink(link, resultBytes) }, strategy);
  if (outcome.kind === 'infeasible') return { kind: 'none', because: outcome.because };
  const cut = cutOf(model, outcome.schedule, costs);
  const sentBytes = cut.uploads.reduce((sum, { bytes }) => sum + bytes, 0);
  if (sentBytes > situation.creditBytes) {
    const because = `${strategy} sends ${sentBytes} bytes a frame, more than the ${situation.creditBytes} allowed`;
    return { kind: 'none', because };
  }
  const predicted = predict(situation, cut);
  return predicted === undefined
    ? { kind: 'none', because: `the simulator refuses what ${strategy} proposes` }
    : { kind: 'cut', strategy, cut, predicted };
}

const byTotal = (a: { predicted: Prediction }, b: { predicted: Prediction }): number =>
  a.predicted.totalMs - b.predicted.totalMs;

/**
 * Stages as a device will measure them: its clock sees the uplink from the first byte until the last acknowledgement,
 * one round trip after the last byte, so the way back of the result is in there already.
 */
function stagesOf(timeline: readonly Bar[], totalMs: number, rttMs: number): Prediction {
  const busyMs = (lane: Lane): number =>
    timeline.reduce((sum, bar) => (bar.lane === lane ? sum + bar.endMs - bar.startMs : sum), 0);
  const sent = timeline.filter(({ lane }) => lane === 'uplink');
  const first = Math.min(...sent.map(({ startMs }) => startMs));
  const last = Math.max(...sent.map(({ endMs }) => endMs));
  const isSent = sent.length > 0;
  return {
    deviceMs: busyMs('device'),
    encodeMs: 0,
    uplinkMs: isSent ? last - first + rttMs : 0,
    queueMs: 0,
    cloudMs: busyMs('cloud'),
    downlinkMs: isSent ? Math.max(0, busyMs('downlink') - rttMs / 2) : 0,
    totalMs,
  };
}
