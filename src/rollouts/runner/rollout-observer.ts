/** How the devices of a rollout are, and what their frames cost before and after: all that its next step depends on. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type FrameCosts, type FrameSpan, HistoryService } from '../../history/index.js';
import { ModelsService } from '../../models/index.js';
import { ShadowService } from '../../plans/index.js';
import { Clock, EventBus } from '../../platform/index.js';
import { progressed } from '../rules/device-progress.js';
import type { Comparison } from '../rules/next-step.js';
import { type DeviceSettings, isThere, type RolloutDevice } from '../rules/rollout.js';
import { DeviceSettingsStore } from '../store/device-settings.store.js';
import { storedOf } from '../store/rollout-view.js';
import { type RolloutRow, RolloutsStore } from '../store/rollouts.store.js';

/** How far back frames are looked at, from the switch and from now. */
const SPAN_MS = 15 * 60_000;
/** Devices of a wave whose frames are compared: enough to judge, and quick to count. */
const COMPARED = 100;

const NOTHING = { frames: 0, failed: 0, fallbacks: 0, p95Ms: null } as const;

export interface Observed {
  readonly devices: readonly RolloutDevice[];
  /** Those of them that are in another state now. */
  readonly changed: readonly RolloutDevice[];
  readonly settings: ReadonlyMap<string, DeviceSettings>;
  /** Devices that are there, or were until just now. */
  readonly there: ReadonlySet<string>;
  readonly comparison: Comparison;
}

@Injectable()
export class RolloutObserver implements OnModuleInit {
  /** Devices of the rollouts that are not over, as they were written: no other part writes them. */
  private readonly known = new Map<string, ReadonlyMap<string, RolloutDevice>>();
  /** Devices that were changed, or deleted, since they were last looked at. */
  private readonly touched = new Set<string>();
  private readonly before = new Map<string, { readonly of: string; readonly costs: FrameCosts }>();

  constructor(
    @Inject(DeviceSettingsStore) private readonly settings: DeviceSettingsStore,
    @Inject(RolloutsStore) private readonly store: RolloutsStore,
    @Inject(ShadowService) private readonly shadows: ShadowService,
    @Inject(HistoryService) private readonly history: HistoryService,
    @Inject(ModelsService) private readonly models: ModelsService,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const touch = ({ device }: { readonly device: string }) => void this.touched.add(device);
    this.events.on('fleet.deviceChanged', touch);
    this.events.on('fleet.deviceDeleted', touch);
  }

  /** When this, or writing what it found, fails, the rollout is to be forgotten. */
  async observe(rollout: RolloutRow): Promise<Observed> {
    const { change, gates } = storedOf(rollout);
    const isFirst = !this.known.has(rollout.id);
    const kept = await this.devicesOf(rollout);
    const due = kept.filter(
      (one) => one.wave <= rollout.wave && this.isToBeAsked(rollout, one, isFirst),
    );
    const asked = new Set(due.map(({ device }) => device));
    for (const device of asked) this.touched.delete(device);
    const settings = await this.settings.settingsOf([...asked]);
    const now = this.clock.now();
    const present = [...settings.values()].filter((one) => isThere(one, now));
    const there = present.map(({ device }) => device);
    // A device that is away gets no further meanwhile.
    const convergences = await this.shadows.convergenceOf(there);
    const devices = kept.map((one) => {
      if (!asked.has(one.device)) return one;
      return progressed(one, {
        ...{ change, gates, now },
        settings: settings.get(one.device),
        convergence: convergences.get(one.device),
      });
    });
    return {
      ...{ devices, settings, comparison: await this.compare(rollout, devices, now) },
      changed: devices.filter((one, i) => one !== kept[i]),
      there: new Set(there),
    };
  }

  /** Devices of a rollout have been written. */
  note(rollout: string, devices: readonly RolloutDevice[]): void {
    const known = this.known.get(rollout);
    if (known === undefined || devices.length === 0) return;
    const changed = devices.map((one) => [one.device, one] as const);
    this.known.set(rollout, new Map([...known, ...changed]));
  }

  /** Other rollouts are over. */
  forgetAllBut(rollouts: readonly string[]): void {
    for (const id of this.known.keys()) if (!rollouts.includes(id)) this.forget(id);
    if (rollouts.length === 0) this.touched.clear();
  }

  /** The next look is a first one again. */
  forget(rollout: string): void {
    this.known.delete(rollout);
    this.before.delete(rollout);
  }

  /** A device that is ready stays so until it is changed; what happened before the first look is not known. */
  private isToBeAsked({ state }: RolloutRow, one: RolloutDevice, isFirst: boolean): boolean {
    if (one.state !== 'ready') return UNSETTLED.has(one.state);
    return state !== 'rolling-back' && (isFirst || this.touched.has(one.device));
  }

  private async devicesOf({ id }: RolloutRow): Promise<RolloutDevice[]> {
    const known =
      this.known.get(id) ??
      new Map((await this.store.devices(id)).map((one) => [one.device, one] as const));
    this.known.set(id, known);
    return [...known.values()];
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
      return { device, fromMs: toMs - SPAN_MS, toMs };
    });
    const nowMs = now.getTime();
    const after = ready.map(({ device, readyAt }): FrameSpan => {
      const fromMs = Math.max((readyAt ?? now).getTime(), nowMs - SPAN_MS);
      return { device, fromMs, toMs: nowMs };
    });
    const { model } = storedOf(rollout).change;
    const document = model === undefined ? undefined : await this.models.documentOf(model);
    return {
      before: await this.costsBefore(rollout.id, before),
      after: await this.history.costs(after, document?.digest),
    };
  }

  /** What was before does not change: it is counted once for the same devices. */
  private async costsBefore(rollout: string, spans: readonly FrameSpan[]): Promise<FrameCosts> {
    const of = spans.map(({ device, toMs }) => `${device} ${toMs}`).join();
    const known = this.before.get(rollout);
    const costs = known?.of === of ? known.costs : await this.history.costs(spans);
    this.before.set(rollout, { of, costs });
    return costs;
  }
}

/** States in which a device has something to wait for. */
const UNSETTLED: ReadonlySet<string> = new Set(['waiting', 'switching', 'restoring']);
