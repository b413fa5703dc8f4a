/** The situation of a device now: everything that a plan for it depends on. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config } from '../../platform/index.js';
import type { CapNow } from '../pricing/byte-cap.js';
import { limitsFor } from '../pricing/frame-limits.js';
import type { Situation } from '../pricing/prediction.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { workersFor } from './worker-share.js';

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

  /** Undefined before the model and all block times are known. With an unknown cap only for people, not for plans. */
  of(state: DeviceState): Situation | undefined {
    const { creditBytes } = this;
    const { model } = state.documents;
    const { deadlineMs, strategy, limits: set } = state.settings;
    const nowMs = this.clock.monotonicMs();
    const known = state.costsNow(nowMs, creditBytes);
    const { intervalMs } = state.rate;
    if (model === undefined || known === undefined) return undefined;
    const limits = limitsFor(set, this.capOf(state)?.maxFrameBytes);
    return {
      model: model.document,
      costs: known.costs,
      link: state.link.at(nowMs),
      ...{ deadlineMs, strategy, creditBytes },
      ...(limits !== undefined && { limits }),
      ...(set.deadline !== null && { deadline: set.deadline }),
      ...(intervalMs === undefined
        ? { objective: state.objective }
        : { objective: 'paced' as const, intervalMs, spreads: state.spreadsAt(nowMs) }),
      workers: workersFor(state, this.states.all(), this.config.workers, nowMs),
    };
  }
}
