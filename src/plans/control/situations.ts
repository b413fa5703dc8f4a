/** The situation of a device now: everything that a plan for it depends on. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config } from '../../platform/index.js';
import type { Situation } from '../pricing/prediction.js';
import { workersFor } from '../pricing/worker-share.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';

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

  /** Undefined before the model and all block times are known. */
  of(state: DeviceState): Situation | undefined {
    const { creditBytes } = this;
    const { model } = state.documents;
    const nowMs = this.clock.monotonicMs();
    const known = state.costsNow(nowMs, creditBytes);
    const { intervalMs } = state.rate;
    if (model === undefined || known === undefined) return undefined;
    return {
      model: model.document,
      costs: known.costs,
      link: state.link.at(nowMs),
      ...{ ...state.settings, creditBytes },
      ...(intervalMs === undefined
        ? { objective: state.objective }
        : { objective: 'paced' as const, intervalMs }),
      workers: workersFor(state, this.states.all(), this.config.workers, nowMs),
    };
  }
}
