/** The situation of a device now: everything that a plan for it depends on. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config } from '../../platform/index.js';
import { isFollowable } from '../budget/followable.js';
import type { CapNow } from '../pricing/byte-cap.js';
import { limitsFor, meanBytesOf } from '../pricing/frame-limits.js';
import type { LineShare } from '../pricing/pace-margin.js';
import type { Situation } from '../pricing/prediction.js';
import type { LineMember } from '../sites/line-question.js';
import { isJudged, shareUnder } from '../sites/line-standing.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { workersFor } from './worker-share.js';

/** Frames that come back to back come at the shortest interval that the device can have. */
const BACK_TO_BACK_MS = 1;

@Injectable()
export class Situations {
  constructor(
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Config) private readonly config: Config,
  ) {}

  /** Max tensor bytes a device may have in flight. */
  get creditBytes(): number {
    return Math.min(this.config.deviceBudgetBytes, this.config.totalBudgetBytes);
  }

  /** A month's cap on the bytes of a device's frames; undefined without one, or while the bytes of this month are unknown. */
  capOf({ settings, rate, cap }: DeviceState): CapNow | undefined {
    const { monthlyBytes } = settings.limits;
    if (monthlyBytes === null) return undefined;
    return cap.at(monthlyBytes, rate.intervalMs, this.clock.now());
  }

  /** True while a cap is set and the bytes of this month are unknown: then a plan could send more than the cap allows. */
  isCapUnknown(state: DeviceState): boolean {
    return state.settings.limits.monthlyBytes !== null && this.capOf(state) === undefined;
  }

  /** True while the device has a plan and can follow it: as it was born, and as far as the cap of the month allows. */
  canFollow(state: DeviceState): boolean {
    const { documents, costs } = state;
    if (documents.current === undefined) return false;
    const isSpent = this.capOf(state)?.leftBytes === 0;
    return isFollowable(documents.current.plan, { abilities: costs.abilities, isSpent });
  }

  /** True while the device has a plan and the line of its site was not judged: a new plan could load the line more. */
  isLineUnknown({ settings, line, documents }: DeviceState): boolean {
    const { uplink } = settings.limits;
    return uplink !== null && documents.current !== undefined && !isJudged(uplink, line);
  }

  /** What the device has of the line of its site; undefined where it need not save any. An ordered strategy follows no prices. */
  lineOf({ settings, line }: DeviceState): LineShare | undefined {
    return settings.strategy === 'auto' ? shareUnder(settings.limits.uplink, line) : undefined;
  }

  /** Undefined before the model is known, and the times of the blocks that the device runs. With an unknown cap only for people, not for plans. */
  of(state: DeviceState): Situation | undefined {
    const { creditBytes } = this;
    const { model } = state.documents;
    const { deadlineMs, strategy, limits: set } = state.settings;
    const nowMs = this.clock.monotonicMs();
    const known = state.costsNow(nowMs, creditBytes);
    if (model === undefined || known === undefined) return undefined;
    const line = this.lineOf(state);
    const intervalMs = paceOf(state, line);
    const { bytesPrice } = set;
    const { deviceMemoryBytes } = state;
    const own = { bytesPrice, deviceMemoryBytes };
    const limits = limitsFor(own, this.capOf(state)?.maxFrameBytes, line?.bytesPrice);
    return {
      model: model.document,
      costs: known.costs,
      link: state.link.at(nowMs),
      ...{ deadlineMs, strategy, creditBytes },
      ...(limits !== undefined && { limits }),
      ...(line !== undefined && { line }),
      ...(state.isSmall && { isSmall: true as const }),
      ...(set.deadline !== null && { deadline: set.deadline }),
      ...(intervalMs === undefined
        ? { objective: state.objective }
        : { objective: 'paced' as const, intervalMs, spreads: state.spreadsAt(nowMs) }),
      workers: workersFor(state, this.states.all(), this.config.workers, nowMs),
    };
  }

  /**
   * The device as one of those that share a line of a rate, without what the others do; undefined before the model and all block
   * times are known. An unknown link may be as quick as the line.
   */
  memberOf(device: string, state: DeviceState, lineMbps: number): LineMember | undefined {
    const nowMs = this.clock.monotonicMs();
    const { model } = state.documents;
    const known = state.costsNow(nowMs, this.creditBytes);
    if (model === undefined || known === undefined) return undefined;
    const best = state.link.bestAt(nowMs, this.lineOf(state) !== undefined);
    const link = best.samples > 0 ? best : { ...best, uplinkMsPerByte: 8 / (1000 * lineMbps) };
    const situation = { model: model.document, costs: known.costs, link };
    return { device, situation, intervalMs: intervalOf(state, nowMs) };
  }
}

/** The interval to plan for: where the line gives frames a longer one than they come at, that one. */
function paceOf({ rate }: DeviceState, line: LineShare | undefined): number | undefined {
  if (line === undefined) return rate.intervalMs;
  return Math.max(line.intervalMs, rate.intervalMs ?? 0);
}

/** The interval of a device's frames as they come: as it reports it, back to back, or as its records show. */
function intervalOf({ rate, objective, frameCount }: DeviceState, nowMs: number): number {
  // Also where another is used: how long was looked at counts.
  const countedMs = frameCount.intervalAt(nowMs);
  return rate.intervalMs ?? (objective === 'stream' ? BACK_TO_BACK_MS : countedMs);
}

/** Mean rate in Mbps at which a device with an ordered strategy sends, by its plan; undefined for one that follows prices. */
export function fixedMbpsOf(
  { settings, documents }: DeviceState,
  { intervalMs }: LineMember,
): number | undefined {
  if (settings.strategy === 'auto') return undefined;
  const plan = documents.current?.plan;
  if (plan === undefined) return 0;
  const servedMs = plan.paced?.sustainedMs ?? plan.mix?.periodMs ?? plan.predicted.totalMs;
  return (8 * meanBytesOf(plan)) / (1000 * Math.max(intervalMs, servedMs));
}
