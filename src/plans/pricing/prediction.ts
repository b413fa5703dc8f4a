/** What a cut costs a device in its situation, stage by stage. Pure. */
import {
  type Bar,
  type Lane,
  type Limits,
  type Problem,
  type StrategyName,
  simulate,
} from '../../planner/index.js';
import type { DeadlineGoal, LinkEstimate, ModelDocument, Prediction } from '../../wire/index.js';
import { downlinkMs, plannerLink } from './link-estimates.js';
import { NO_OVERHEADS, type Overheads } from './overheads.js';
import type { LineShare, Spreads } from './pace-margin.js';
import {
  type Costs,
  type Cut,
  cloudOutputs,
  encodeMsOf,
  networkOf,
  placementOf,
} from './planner-network.js';

/** All a plan depends on. */
export interface Situation {
  readonly model: ModelDocument;
  readonly costs: Costs;
  readonly link: LinkEstimate;
  /** A single frame's latency, the rate of frames that come back to back, or the latency of frames that come at an interval. */
  readonly objective: 'frame' | 'stream' | 'paced';
  /** Interval of the frames; given for `paced`. */
  readonly intervalMs?: number;
  /** How much frames vary, as far as is known. */
  readonly spreads?: Spreads;
  /** The device's own setting; null: by the prediction. */
  readonly deadlineMs: number | null;
  /** `auto` when not given. */
  readonly strategy?: StrategyName;
  /** Max tensor bytes the device may have in flight. */
  readonly creditBytes: number;
  /** What all cuts keep within, and what their bytes cost; absent: nothing. */
  readonly limits?: Limits;
  /** By when frames should have ended, and which share of them may be late; absent: rows are chosen by latency. */
  readonly deadline?: DeadlineGoal;
  /** What the device has of the line of its site; absent: no device needs to save any of it. */
  readonly line?: LineShare;
  /** The device reads only plans of one cut, without table and alternatives. */
  readonly isSmall?: true;
  /** Tails of a stream that the cloud runs at a time; 1 when not given. */
  readonly workers?: number;
}

/** The planner's problem in a situation. */
export function problemOf({
  model,
  costs,
  link,
}: Pick<Situation, 'model' | 'costs' | 'link'>): Problem {
  const resultBytes = bytesOf(
    model,
    model.outputs.map(({ name }) => name),
  );
  return {
    network: networkOf(model, costs),
    link: plannerLink(link, resultBytes, costs.overheads),
  };
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

/** The planner's problem of one cut: only what it sends and gets back. */
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

/** What a timeline's stages are separated by. */
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
 * arrival: what it ran of the frame before that, it ran during the uplink.
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
    downlinkMs: isSent ? downlinkMs(resultBytes, overheads, link) : 0,
    totalMs: makespanMs + frameMs,
  };
}
