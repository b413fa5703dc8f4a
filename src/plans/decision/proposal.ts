/** One device's situation in, a plan out: asks the planner and says what the chosen cut will cost, stage by stage. Pure. */
import {
  type Bar,
  type Lane,
  type Problem,
  plan,
  type StrategyName,
  simulate,
} from '../../planner/index.js';
import {
  type DesiredPlan,
  type LinkEstimate,
  type ModelDocument,
  type PlanMix,
  type Prediction,
  usualDeadlineMs,
} from '../../wire/index.js';
import { chunkBytesFor, downlinkMs, plannerLink } from '../pricing/link-estimates.js';
import { NO_OVERHEADS, type Overheads } from '../pricing/overheads.js';
import {
  type Costs,
  type Cut,
  cloudOutputs,
  cutOf,
  encodeMsOf,
  localCut,
  networkOf,
  placementOf,
} from '../pricing/planner-network.js';

/** A plan that nobody has been told of yet. */
export type Proposal = Omit<DesiredPlan, 'v' | 'version' | 'at' | 'cause'>;

/** A cut and what it costs. */
export interface PricedCut {
  readonly cut: Cut;
  readonly predicted: Prediction;
}

/** A cut, for a stream with others beside it that frames follow in turn. */
export interface PricedPlan extends PricedCut {
  readonly mix?: PlanMix | undefined;
}

export type Planned =
  | ({ readonly kind: 'planned' } & PricedPlan)
  | { readonly kind: 'impossible'; readonly because: string };

/** All a plan depends on. */
export interface Situation {
  readonly model: ModelDocument;
  readonly costs: Costs;
  readonly link: LinkEstimate;
  /** A single frame's latency, or the rate of frames that come back to back. */
  readonly objective: 'frame' | 'stream';
  /** The device's own setting; null: by the prediction. */
  readonly deadlineMs: number | null;
  /** Who decides; `auto` when not given. */
  readonly strategy?: StrategyName;
  /** Most tensor bytes the device may have in flight. */
  readonly creditBytes: number;
  /** Tails of a stream that the cloud runs at a time; 1 when not given. */
  readonly workers?: number;
}

/** The strategy's cut for a single frame; when `auto` asks for more bytes than the cloud takes, the best baseline. */
export function planFor(situation: Situation): Planned {
  const { strategy = 'auto' } = situation;
  const best = byStrategy(situation, strategy);
  if (best.kind === 'planned' || strategy !== 'auto') return best;
  const [baseline] = baselines(situation);
  return baseline === undefined ? best : { kind: 'planned', ...baseline };
}

/** All a device is told of a cut, beside the version. Costs a few times what planning does. */
export function proposalOf(situation: Situation, { cut, predicted, mix }: PricedPlan): Proposal {
  const { model, link } = situation;
  const slowestMs = Math.max(predicted.totalMs, ...(mix?.cuts.map(totalOf) ?? []));
  const simpler = baselines(situation);
  const localMs = simpler.find(({ strategy }) => strategy === 'local')?.predicted.totalMs ?? 0;
  return {
    ...{ model: model.digest, ...cut, link, predicted },
    ...(mix !== undefined && { mix }),
    deadlineMs: situation.deadlineMs ?? usualDeadlineMs(slowestMs, localMs),
    creditBytes: situation.creditBytes,
    chunkBytes: chunkBytesFor(link),
    alternatives: simpler.map((one) => ({
      strategy: one.strategy,
      totalMs: one.predicted.totalMs,
    })),
  };
}

/** What simpler plans cost, best first, without those the cloud could not take. */
function baselines(situation: Situation): (PricedCut & { strategy: string })[] {
  const local = priced(situation, localCut(situation.model));
  const found = [{ strategy: 'local', planned: local }];
  for (const strategy of ['cloud', 'min-cut', 'topological'] as const) {
    found.push({ strategy, planned: byStrategy(situation, strategy) });
  }
  return found
    .flatMap(({ strategy, planned }) =>
      planned.kind === 'planned' ? [{ ...planned, strategy }] : [],
    )
    .toSorted((a, b) => a.predicted.totalMs - b.predicted.totalMs);
}

function byStrategy(situation: Situation, strategy: StrategyName): Planned {
  const { model, costs } = situation;
  const outcome = plan(problemOf(situation), strategy);
  if (outcome.kind === 'infeasible') return { kind: 'impossible', because: outcome.because };
  return priced(situation, cutOf(model, outcome.schedule, costs));
}

/** What the planner is asked in a situation. */
export function problemOf({ model, costs, link }: Situation): Problem {
  const resultBytes = bytesOf(
    model,
    model.outputs.map(({ name }) => name),
  );
  return {
    network: networkOf(model, costs),
    link: plannerLink(link, resultBytes, costs.overheads),
  };
}

function priced(situation: Situation, cut: Cut): Planned {
  const sentBytes = cut.uploads.reduce((sum, { bytes }) => sum + bytes, 0);
  if (sentBytes > situation.creditBytes) {
    const because = `a frame would send ${sentBytes} bytes, ${situation.creditBytes} are allowed`;
    return { kind: 'impossible', because };
  }
  const predicted = predict(situation, cut);
  if (predicted !== undefined) return { kind: 'planned', cut, predicted };
  return { kind: 'impossible', because: 'the simulator refuses the cut' };
}

/** What a cut costs in a situation; undefined when it cannot be run in it. */
export function predict(situation: Situation, cut: Cut): Prediction | undefined {
  const simulated = simulatedFrame(situation, cut);
  if (simulated === undefined) return undefined;
  const { model, costs, link } = situation;
  const encodeMs = encodeMsOf(model, cut, costs);
  const resultBytes = resultBytesOf(model, cut);
  const { timeline, makespanMs } = simulated;
  return stagesOf(timeline, makespanMs, {
    cut,
    encodeMs,
    resultBytes,
    link,
    overheads: costs.overheads,
  });
}

/** What the planner is asked of a cut: what it sends and gets back, and nothing else. */
export function frameProblem({ model, costs, link }: Situation, cut: Cut): Problem {
  return {
    network: networkOf(model, costs, cut),
    link: plannerLink(link, resultBytesOf(model, cut), costs.overheads),
  };
}

/** A single frame of a cut in a situation; undefined when it cannot be run in it. */
export function simulatedFrame(situation: Situation, cut: Cut) {
  const simulation = simulate(frameProblem(situation, cut), placementOf(situation.model, cut));
  return simulation.kind === 'refused' ? undefined : simulation;
}

const totalOf = ({ predicted }: { readonly predicted: Prediction }): number => predicted.totalMs;

/** True when two cuts do the same. */
export function isSameCut(a: Cut, b: Cut): boolean {
  const textOf = ({ device, uploads, cloud }: Cut): string =>
    JSON.stringify([device, cloud, uploads.map(({ tensor, encoding }) => [tensor, encoding])]);
  return textOf(a) === textOf(b);
}

/** Bytes of a cut's result. */
export function resultBytesOf(model: ModelDocument, cut: Cut): number {
  return bytesOf(model, cloudOutputs(model, cut));
}

function bytesOf(model: ModelDocument, names: readonly string[]): number {
  return model.tensors.reduce(
    (sum, { name, bytes }) => (names.includes(name) ? sum + bytes : sum),
    0,
  );
}

/** What a timeline's stages are told apart by. */
interface Known {
  readonly cut: Cut;
  readonly encodeMs: number;
  readonly resultBytes: number;
  readonly link: LinkEstimate;
  readonly overheads: Overheads | undefined;
}

/**
 * Stages as they will be measured. The device's clock sees the uplink from the first byte until the last acknowledgement, one
 * round trip after the last byte, so the latency of the way back is in there already. The cloud counts from the last tensor's
 * arrival: what it ran of the frame before that, it ran beside the uplink.
 */
function stagesOf(
  timeline: readonly Bar[],
  makespanMs: number,
  { cut, encodeMs, resultBytes, link, overheads = NO_OVERHEADS }: Known,
): Prediction {
  const busyMs = (lane: Lane): number =>
    timeline.reduce((sum, bar) => (bar.lane === lane ? sum + bar.endMs - bar.startMs : sum), 0);
  const sent = timeline.filter(({ lane }) => lane === 'uplink');
  const first = Math.min(...sent.map(({ startMs }) => startMs));
  const last = Math.max(...sent.map(({ endMs }) => endMs));
  const isSent = sent.length > 0;
  const cloudEnds = timeline.flatMap(({ lane, endMs }) => (lane === 'cloud' ? [endMs] : []));
  const arrivedMs = last + link.rttMs / 2;
  const { handOverMs, frameMs, tailMs, queueMs } = overheads;
  return {
    deviceMs: Math.max(0, busyMs('device') - encodeMs - handOverMs * cut.device.length),
    encodeMs,
    uplinkMs: isSent ? last - first + link.rttMs : 0,
    queueMs: isSent ? queueMs : 0,
    cloudMs: isSent ? tailMs + Math.max(0, Math.max(...cloudEnds) - arrivedMs) : busyMs('cloud'),
    downlinkMs: isSent ? downlinkMs(resultBytes, overheads) : 0,
    totalMs: makespanMs + frameMs,
  };
}
