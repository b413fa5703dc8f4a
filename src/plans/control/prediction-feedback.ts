/**
 * Predictions beside what frames really took: every frame is predicted by what was known when it began, what it took beside that
 * corrects what is known, and when the cloud's part of frames has left its plan, there is another plan.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { FramePredictor } from '../../history/index.js';
import { Clock } from '../../platform/index.js';
import {
  cutsOf,
  type FramePlan,
  type FrameRecord,
  isLossy,
  type Prediction,
} from '../../wire/index.js';
import { predict, resultBytesOf } from '../decision/proposal.js';
import { NO_OVERHEADS } from '../pricing/overheads.js';
import { type KnownCosts, remembered } from '../state/cost-history.js';
import type { AssignedPlan, DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { Replanner } from './replanner.js';

/** Least time between two plannings for what frames show: corrections settle within some frames. */
const DWELL_MS = 10_000;
/** Devices come back to the cloud within this time. */
const SPREAD_MS = 5_000;
/** Links that differ by less are predicted alike: a hundredth of the rate, and a part of a millisecond. */
const ALIKE_SHARE = 0.01;
const ALIKE_MS = 0.25;

/** A frame with the plan it ran by and what was known when it began. */
interface KnownFrame {
  readonly record: FrameRecord;
  readonly assigned: AssignedPlan;
  readonly plan: FramePlan;
  readonly known: KnownCosts;
  readonly link: NonNullable<FrameRecord['link']>;
}

@Injectable()
export class Calibration implements OnModuleInit {
  constructor(
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(Replanner) private readonly replanner: Replanner,
    @Inject(FramePredictor) private readonly predictor: FramePredictor,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.predictor.use((device, record) => {
      const state = this.states.get(device);
      const frame = state && this.frameOf(state, record);
      return frame && predictionOf(frame);
    });
  }

  /** Takes what frames of a device took. */
  learn(device: string, records: readonly FrameRecord[]): void {
    const state = this.states.get(device);
    if (state === undefined) return;
    let hasDrifted = false;
    for (const record of records) {
      const frame = record.outcome === 'cloud' ? this.frameOf(state, record) : undefined;
      const predicted = frame && predictionOf(frame);
      if (frame === undefined || predicted === undefined) continue;
      learnFrame(state, frame, predicted);
      if (frame.assigned !== state.current) continue;
      const { measured } = record;
      const factor = state.cloudDrift.note(measured.cloudMs, frame.plan.predicted.cloudMs);
      hasDrifted ||= factor !== undefined;
    }
    this.replan(device, state, hasDrifted);
  }

  /** At once for a drift, and sooner or later for other corrections, but not again and again. */
  private replan(device: string, state: DeviceState, hasDrifted: boolean): void {
    const nowMs = this.clock.monotonicMs();
    const known = state.costsNow(nowMs, this.replanner.creditBytes);
    if (!hasDrifted && known === state.judgedCosts) return;
    const spread = spreadOf(device);
    // Devices that come back to a cloud that may be quick again come one by one.
    const isEarly = nowMs < (state.model?.cloud.fadedAtMs ?? 0) + SPREAD_MS * spread;
    if (!hasDrifted && isEarly) return;
    if (nowMs - state.correctedAtMs < DWELL_MS * (1 + spread)) {
      if (hasDrifted) this.replanner.counts.driftsHeldBack += 1;
      return;
    }
    state.correctedAtMs = nowMs;
    state.cloudDrift.reset();
    this.replanner.request(device, hasDrifted ? 'drift' : 'profile');
  }

  /** Undefined when plan, link or costs at that time are not known. */
  private frameOf(state: DeviceState, record: FrameRecord): KnownFrame | undefined {
    const { link, planVersion, cut = 0, ageMs } = record;
    const assigned = state.plan(planVersion);
    const plan = assigned && cutsOf(assigned.plan)[cut];
    const known = state.costsAt(this.clock.monotonicMs() - ageMs);
    if (!link || !assigned || !plan || known?.modelId !== assigned.modelId) return undefined;
    return { record, assigned, plan, known, link };
  }
}

/** Alike for frames that share plan, cut and link: a frame costs a look-up most of the time. */
function predictionOf({ assigned, plan, known, link }: KnownFrame): Prediction | undefined {
  const uplinkMsPerByte = Math.exp(rounded(Math.log(link.uplinkMsPerByte), ALIKE_SHARE));
  const rttMs = rounded(link.rttMs, ALIKE_MS);
  const key = `${plan.version}/${plan.cut}/${uplinkMsPerByte}/${rttMs}`;
  return remembered(known, key, () => {
    const situation = {
      ...{ model: assigned.model, costs: known.costs, objective: 'frame' as const },
      link: { uplinkMsPerByte, rttMs, ageMs: 0, confidence: 1, samples: 1 },
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
  state: DeviceState,
  { record, assigned, plan, known }: KnownFrame,
  predicted: Prediction,
): void {
  state.overheads.learn({
    ...{ measured: record.measured, predicted, tensors: plan.uploads.length },
    lossyTensors: plan.uploads.filter(({ encoding }) => isLossy(encoding)).length,
    overheads: known.costs.overheads ?? NO_OVERHEADS,
    resultBytes: resultBytesOf(assigned.model, plan),
  });
}

/** A device's own place between 0 and 1, so that a fleet does not do the same at the same time. */
function spreadOf(device: string): number {
  let hash = 0;
  for (const char of device) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  return (Math.imul(hash, 0x9e3779b1) >>> 0) / 2 ** 32;
}
