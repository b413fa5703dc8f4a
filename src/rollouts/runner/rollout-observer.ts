/** How the devices of a rollout are, and what their frames cost before and after: all that its next step depends on. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ShadowService } from '../../plans/index.js';
import { Clock, EventBus } from '../../platform/index.js';
import type { Comparison } from '../rules/breaches.js';
import { progressed } from '../rules/device-progress.js';
import { needsPresent } from '../rules/next-step.js';
import { type DeviceSettings, isThere, type RolloutDevice } from '../rules/rollout.js';
import { judged, type Presence } from '../rules/silence.js';
import { DeviceSettingsStore } from '../store/device-settings.store.js';
import { storedOf } from '../store/rollout-view.js';
import { type RolloutRow, RolloutsStore } from '../store/rollouts.store.js';
import { RolloutFrames } from './rollout-frames.js';

export interface Observed extends Presence {
  readonly devices: readonly RolloutDevice[];
  /** Those of them that are in another state now. */
  readonly changed: readonly RolloutDevice[];
  readonly settings: ReadonlyMap<string, DeviceSettings>;
  /** Of those that were asked: devices that are there, or were until just now. */
  readonly there: ReadonlySet<string>;
  readonly comparison: Comparison;
}

@Injectable()
export class RolloutObserver implements OnModuleInit {
  /** Devices of the rollouts that are not over, as they were written: no other part writes them. */
  private readonly known = new Map<string, ReadonlyMap<string, RolloutDevice>>();
  /** Devices that were changed, or deleted, since they were last looked at. */
  private readonly touched = new Set<string>();
  /** Silence of before is not known. */
  private listeningSince: Date;

  constructor(
    @Inject(DeviceSettingsStore) private readonly settings: DeviceSettingsStore,
    @Inject(RolloutsStore) private readonly store: RolloutsStore,
    @Inject(ShadowService) private readonly shadows: ShadowService,
    @Inject(RolloutFrames) private readonly frames: RolloutFrames,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.listeningSince = clock.now();
  }

  /** Devices can connect from now on. */
  begin(): void {
    this.listeningSince = this.clock.now();
  }

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
    const due = kept.filter((one) => this.isToBeAsked(rollout, one, isFirst));
    const asked = new Set(due.map(({ device }) => device));
    for (const device of asked) this.touched.delete(device);
    const settings = await this.settings.settingsOf([...asked]);
    const now = this.clock.now();
    const present = [...settings.values()].filter((one) => isThere(one, now));
    const there = present.map(({ device }) => device);
    // A device that is away gets no further meanwhile.
    const convergences = await this.shadows.convergenceOf(there);
    const presence = await this.presenceOf(rollout, kept);
    const seen = kept.map((one) => {
      if (!asked.has(one.device)) return one;
      return progressed(one, {
        ...{ change, gates, now, listeningSince: this.listeningSince },
        settings: settings.get(one.device),
        convergence: convergences.get(one.device),
      });
    });
    const counted = await this.frames.counted(rollout, seen, now);
    const devices = counted.map((one) => judged(one, presence, gates, now));
    return {
      ...{ ...presence, devices, settings },
      comparison: await this.frames.compare(rollout, devices, {
        ...{ now, listeningSince: this.listeningSince },
      }),
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
    this.frames.forget(rollout);
  }

  /**
   * A device that is ready stays so until it is changed, and one that waits until it is deleted; what happened before the first
   * look is not known.
   */
  private isToBeAsked(rollout: RolloutRow, one: RolloutDevice, isFirst: boolean): boolean {
    if (one.state === 'waiting') return this.touched.has(one.device);
    if (one.wave > rollout.wave) return false;
    if (one.state !== 'ready') return UNSETTLED.has(one.state);
    return rollout.state !== 'rolling-back' && (isFirst || this.touched.has(one.device));
  }

  private async presenceOf(
    { id, wave }: RolloutRow,
    devices: readonly RolloutDevice[],
  ): Promise<Presence> {
    const none: ReadonlyMap<string, Date> = new Map();
    const isAsked = needsPresent(devices, wave);
    return {
      present: isAsked ? await this.store.presence(id, ['waiting'], true) : none,
      gone: await this.store.presence(id, ['switching', 'ready'], false),
      listeningSince: this.listeningSince,
    };
  }

  private async devicesOf({ id }: RolloutRow): Promise<RolloutDevice[]> {
    const known =
      this.known.get(id) ??
      new Map((await this.store.devices(id)).map((one) => [one.device, one] as const));
    this.known.set(id, known);
    return [...known.values()];
  }
}

/** States in which a device has something to wait for. */
const UNSETTLED: ReadonlySet<string> = new Set(['switching', 'restoring']);
