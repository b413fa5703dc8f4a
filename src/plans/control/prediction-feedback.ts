/**
 * Predictions of frames, compared with what the frames really took.
 *
 * Every frame is predicted once, by what was known when it began. What it took corrects what is known. When the cloud's
 * part of frames has left its plan, the device is planned for again.
 */
import { Inject, Injectable } from '@nestjs/common';
import { RecordIntake } from '../../history/index.js';
import { Clock, type Events } from '../../platform/index.js';
import {
  cutsOf,
  type FramePlan,
  type FrameRecord,
  isLossy,
  type Prediction,
} from '../../wire/index.js';
import { NO_OVERHEADS } from '../pricing/overheads.js';
import { predict, resultBytesOf } from '../pricing/prediction.js';
import { type KnownCosts, remembered } from '../state/cost-history.js';
import type { AssignedPlan } from '../state/device-documents.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { ModelShelf } from '../state/model-shelf.js';
import { PlanningCounts } from './planning-counts.js';
import { Replanner } from './replanner.js';
import { Situations } from './situations.js';

/** Least time between two corrections: they settle within some frames. */
const CORRECTION_GAP_MS = 10_000;
/** More bytes than a frame can send are a fault of the record; the history keeps no more either. */
const MAX_SENT = 2 ** 31 - 1;
/** Devices return to the cloud within this time. */
const SPREAD_MS = 5_000;
/** Links that differ by less are predicted alike: a hundredth of the rate, and a part of a millisecond. */
const ALIKE_SHARE = 0.01;
const ALIKE_MS = 0.25;

/** A frame with the plan it ran by, what was known when it began, and what it was to take by that. */
interface KnownFrame {
  readonly record: FrameRecord;
  readonly assigned: AssignedPlan;
  readonly plan: FramePlan;
  readonly known: KnownCosts;
  readonly predicted: Prediction;
}

@Injectable()
export class PredictionFeedback {
  constructor(
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(ModelShelf) private readonly shelf: ModelShelf,
    @Inject(Situations) private readonly situations: Situations,
    @Inject(Replanner) private readonly replanner: Replanner,
    @Inject(RecordIntake) private readonly intake: RecordIntake,
    @Inject(PlanningCounts) private readonly counts: PlanningCounts,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Gives a device's records to the history with their predictions, and learns from them. */
  take(device: string, records: readonly FrameRecord[]): void {
    const state = this.states.get(device);
    const frames = records.map((record) => state && this.frameOf(state, record));
    this.intake.take(
      device,
      records,
      frames.map((frame) => frame?.predicted),
    );
    if (state === undefined) return;
    if (state.settings.limits.monthlyBytes !== null) this.noteBytes(state, records);
    if (state.settings.limits.uplink !== null) this.countFrames(state, records);
    this.learn(device, state, frames);
  }

  /** The history has these frames of a device. */
  stored(device: string, frames: readonly string[]): void {
    this.states.get(device)?.cap.stored(frames);
  }

  private noteBytes({ cap }: DeviceState, records: readonly FrameRecord[]): void {
    const nowMs = this.clock.monotonicMs();
    for (const { frame, sentBytes } of records) {
      cap.note(frame, Math.min(sentBytes, MAX_SENT), nowMs);
    }
  }

  private countFrames({ frameCount }: DeviceState, records: readonly FrameRecord[]): void {
    const nowMs = this.clock.monotonicMs();
    for (const { ageMs, isAgeKnown = true } of records) {
      if (isAgeKnown) frameCount.note(nowMs - ageMs, nowMs);
    }
  }

  /** Learns from the tail of a frame, if one ran. */
  tailRan({ device, work }: Events['inference.frameEnded']): void {
    if (work === null) return;
    const { model, overheadMs, waitMs, ...times } = work;
    const nowMs = this.clock.monotonicMs();
    const waiting = waitMs === undefined ? {} : { queueMs: waitMs };
    this.shelf.cloudTimesOf(model)?.learn({ ...times, ...waiting }, nowMs);
    this.states.get(device)?.tailRan(nowMs, overheadMs);
  }

  private learn(
    device: string,
    state: DeviceState,
    frames: readonly (KnownFrame | undefined)[],
  ): void {
    let hasDrifted = false;
    const nowMs = this.clock.monotonicMs();
    for (const frame of frames) {
      if (frame !== undefined) learnSpread(state, frame, nowMs);
      if (frame?.record.outcome !== 'cloud') continue;
      learnFrame(state, frame);
      if (frame.assigned !== state.documents.current) continue;
      const { record, plan } = frame;
      const isDrift = state.costs.cloudTook(record.measured.cloudMs, plan.predicted.cloudMs);
      hasDrifted ||= isDrift;
    }
    this.replan(device, state, hasDrifted);
  }

  /** At once for a drift, and sooner or later for other corrections, with a gap between two. */
  private replan(device: string, state: DeviceState, hasDrifted: boolean): void {
    const nowMs = this.clock.monotonicMs();
    const known = state.costsNow(nowMs, this.situations.creditBytes);
    const isSame = state.costs.isJudged(known) && !areSpreadsNews(state, nowMs);
    if (!hasDrifted && isSame) return;
    const spread = spreadOf(device);
    // Devices return one by one to a cloud that may be quick again.
    const isEarly = nowMs < (state.documents.model?.cloud.fadedAtMs ?? 0) + SPREAD_MS * spread;
    if (!hasDrifted && isEarly) return;
    if (nowMs - state.costs.correctedAtMs < CORRECTION_GAP_MS * (1 + spread)) {
      if (hasDrifted) this.counts.driftHeldBack();
      return;
    }
    state.costs.corrected(nowMs);
    this.replanner.request(device, hasDrifted ? 'drift' : 'profile');
  }

  /** Undefined when plan, link or costs at that time are not known, or the cut cannot be run. */
  private frameOf(state: DeviceState, record: FrameRecord): KnownFrame | undefined {
    const { link, planVersion, cut = 0, ageMs, isAgeKnown = true } = record;
    // It would be compared with the costs of another time.
    if (!isAgeKnown) return undefined;
    const assigned = state.documents.plan(planVersion);
    const plan = assigned && cutsOf(assigned.plan)[cut];
    const known = state.costs.at(this.clock.monotonicMs() - ageMs);
    if (!link || !assigned || !plan || known?.modelId !== assigned.modelId) return undefined;
    const predicted = predictionOf({ assigned, plan, known, link });
    return predicted && { record, assigned, plan, known, predicted };
  }
}

interface Predictable extends Pick<KnownFrame, 'assigned' | 'plan' | 'known'> {
  readonly link: NonNullable<FrameRecord['link']>;
}

/** Alike for frames that share plan, cut and link: a frame costs a look-up most of the time. */
function predictionOf({ assigned, plan, known, link }: Predictable): Prediction | undefined {
  const uplinkMsPerByte = Math.exp(rounded(Math.log(link.uplinkMsPerByte), ALIKE_SHARE));
  const rttMs = rounded(link.rttMs, ALIKE_MS);
  const { downlinkMsPerByte: down } = link;
  const back =
    down === undefined ? {} : { downlinkMsPerByte: Math.exp(rounded(Math.log(down), ALIKE_SHARE)) };
  const key = `${plan.version}/${plan.cut}/${uplinkMsPerByte}/${rttMs}/${back.downlinkMsPerByte}`;
  return remembered(known, key, () => {
    const situation = {
      ...{ model: assigned.model, costs: known.costs, objective: 'frame' as const },
      link: { uplinkMsPerByte, rttMs, ...back, ageMs: 0, confidence: 1, samples: 1 },
      ...{ deadlineMs: null, creditBytes: plan.creditBytes },
    };
    const alone = predict(situation, plan);
    return alone && plan.mix !== undefined ? inStream(alone, plan.predicted) : alone;
  });
}

const rounded = (value: number, step: number): number => step * Math.round(value / step);

/** Frames of a stream wait for each other as long as was planned. */
function inStream(alone: Prediction, planned: Prediction): Prediction {
  const stagesMs = ({ totalMs: _, ...stages }: Prediction): number =>
    Object.values(stages).reduce((sum, ms) => sum + ms, 0);
  const totalMs = Math.max(alone.totalMs, planned.totalMs + stagesMs(alone) - stagesMs(planned));
  return { ...alone, totalMs };
}

function learnFrame(
  { costs }: DeviceState,
  { record, assigned, plan, known, predicted }: KnownFrame,
): void {
  costs.frameRan({
    ...{ measured: record.measured, predicted, tensors: plan.uploads.length },
    lossyTensors: plan.uploads.filter(({ encoding }) => isLossy(encoding)).length,
    overheads: known.costs.overheads ?? NO_OVERHEADS,
    resultBytes: resultBytesOf(assigned.model, plan),
    downlinkMsPerByte: record.link?.downlinkMsPerByte,
  });
}

function learnSpread(
  { frameSpreads, noise }: DeviceState,
  { record, assigned, plan, predicted }: KnownFrame,
  nowMs: number,
): void {
  const { modelId } = assigned;
  const frame = { modelId, record, predicted, sends: plan.uploads.length > 0 };
  frameSpreads.learn(frame, nowMs);
  noise.learn(frame, nowMs);
}

/** Only plans for an interval have margins. */
function areSpreadsNews({ rate, frameSpreads }: DeviceState, nowMs: number): boolean {
  return rate.intervalMs !== undefined && (rate.isSpreadNews || frameSpreads.isNews(nowMs));
}

/** A device's own place between 0 and 1, so that a fleet does not do the same at the same time. */
function spreadOf(device: string): number {
  let hash = 0;
  for (const char of device) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  return (Math.imul(hash, 0x9e3779b1) >>> 0) / 2 ** 32;
}
