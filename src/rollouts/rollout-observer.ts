/** How the devices of a rollout are, and what their frames cost before and after: all that its next step depends on. */
import { Inject, Injectable } from '@nestjs/common';
import { type FrameSpan, HistoryService } from '../history/index.js';
import { ModelsService } from '../models/index.js';
import { ShadowService } from '../plans/index.js';
import { Clock } from '../platform/index.js';
import { progressed } from './device-progress.js';
import type { Comparison } from './next-step.js';
import type { DeviceSettings, RolloutDevice } from './rollout.js';
import { storedOf } from './rollout-view.js';
import { type RolloutRow, RolloutsStore } from './rollouts.store.js';

/** How far back frames of before a switch are looked at. */
const BEFORE_MS = 15 * 60_000;
/** Devices of a wave whose frames are compared: enough to tell, and quick to count. */
const COMPARED = 100;

const NOTHING = { frames: 0, failed: 0, fallbacks: 0, p95Ms: null } as const;

export interface Observed {
  readonly devices: readonly RolloutDevice[];
  /** Those of them that are in another state now. */
  readonly changed: readonly RolloutDevice[];
  readonly settings: ReadonlyMap<string, DeviceSettings>;
  readonly connected: ReadonlySet<string>;
  readonly comparison: Comparison;
}

@Injectable()
export class RolloutObserver {
  constructor(
    @Inject(RolloutsStore) private readonly store: RolloutsStore,
    @Inject(ShadowService) private readonly shadows: ShadowService,
    @Inject(HistoryService) private readonly history: HistoryService,
    @Inject(ModelsService) private readonly models: ModelsService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async observe(rollout: RolloutRow): Promise<Observed> {
    const { change, gates } = storedOf(rollout);
    const kept = await this.store.devices(rollout.id);
    const due = kept.filter((one) => one.wave <= rollout.wave && UNSETTLED.has(one.state));
    const ids = due.map(({ device }) => device);
    const settings = await this.store.settingsOf(ids);
    const convergences = await this.shadows.convergenceOf(ids);
    const now = this.clock.now();
    const devices = kept.map((one) =>
      progressed(one, {
        ...{ change, gates, now },
        settings: settings.get(one.device),
        convergence: convergences.get(one.device),
      }),
    );
    return {
      ...{ devices, settings, comparison: await this.compare(rollout, devices, now) },
      changed: devices.filter((one, i) => one !== kept[i]),
      connected: new Set(ids.filter((id) => settings.get(id)?.isConnected === true)),
    };
  }

  private async compare(
    rollout: RolloutRow,
    devices: readonly RolloutDevice[],
    now: Date,
  ): Promise<Comparison> {
    const ready = devices
      .filter((one) => one.wave === rollout.wave && one.state === 'ready')
      .slice(0, COMPARED);
    if (ready.length === 0) return { before: NOTHING, after: NOTHING };
    const before = ready.map(({ device, switchedAt }): FrameSpan => {
      const toMs = (switchedAt ?? now).getTime();
      return { device, fromMs: toMs - BEFORE_MS, toMs };
    });
    const after = ready.map(({ device, readyAt }): FrameSpan => {
      return { device, fromMs: (readyAt ?? now).getTime(), toMs: now.getTime() };
    });
    const { model } = storedOf(rollout).change;
    const document = model === undefined ? undefined : await this.models.documentOf(model);
    return {
      before: await this.history.costs(before),
      after: await this.history.costs(after, document?.digest),
    };
  }
}

/** States in which a device has something to wait for. */
const UNSETTLED: ReadonlySet<string> = new Set(['waiting', 'switching', 'restoring']);
