/** How the devices of a rollout are, and what their frames cost before and after: all that its next step depends on. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { FleetService } from '../../fleet/index.js';
import { ShadowService } from '../../plans/index.js';
import { Clock, EventBus } from '../../platform/index.js';
import type { Comparison } from '../rules/breaches.js';
import { progressed } from '../rules/device-progress.js';
import { needsPresent } from '../rules/next-step.js';
import { type DeviceSettings, isThere, type RolloutDevice } from '../rules/rollout.js';
import { type LiveSession, SessionWatch } from '../rules/sessions.js';
import { hasChange, judged, type Presence } from '../rules/silence.js';
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
  /** When they were looked at. */
  readonly now: Date;
}

@Injectable()
export class RolloutObserver implements OnModuleInit {
  /** Devices of the rollouts that are not over, as they were written: no other part writes them. */
  private readonly known = new Map<string, ReadonlyMap<string, RolloutDevice>>();
  /** Devices that were changed, or deleted, since they were last looked at. */
  private readonly touched = new Set<string>();
  private readonly sessions = new SessionWatch();
  /** Silence of before is not known. */
  private listeningSince: Date;

  constructor(
    @Inject(DeviceSettingsStore) private readonly settings: DeviceSettingsStore,
    @Inject(RolloutsStore) private readonly store: RolloutsStore,
    @Inject(ShadowService) private readonly shadows: ShadowService,
    @Inject(FleetService) private readonly fleet: FleetService,
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
    this.events.on('device.connected', (source) => {
      if (this.isKnown(source.device)) this.sessions.connected(source, this.clock.now());
    });
    this.events.on('device.disconnected', (source) => {
      this.sessions.disconnected(source, this.clock.now());
    });
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
    const presence = await this.presenceOf(rollout, kept, now);
    const seen = kept.map((one) => {
      if (!asked.has(one.device)) return one;
      return progressed(one, {
        ...{ change, gates, now, listeningSince: this.listeningSince },
        settings: settings.get(one.device),
        convergence: convergences.get(one.device),
      });
    });
    const counted = await this.frames.counted(rollout, seen, now);
    // Births are read only of devices that would fail now.
    const failing = counted.filter((one) => judged(one, presence, gates, now) !== one);
    const claims = await this.store.silenceClaims(failing.map(({ device }) => device));
    const devices = counted.map((one) =>
      judged(one, presence, gates, now, claims.get(one.device) ?? 0),
    );
    return {
      ...{ ...presence, devices, settings },
      now,
      comparison: await this.frames.compare(rollout, devices, presence.live, now),
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
    this.sessions.keep((device) => this.isKnown(device));
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

  /** What is known of sessions in this process is newer than the database, also while its disk is full. */
  private async presenceOf(
    rollout: RolloutRow,
    devices: readonly RolloutDevice[],
    now: Date,
  ): Promise<Presence> {
    const { id, wave } = rollout;
    const none: ReadonlyMap<string, Date> = new Map();
    const isAsked = needsPresent(devices, wave);
    const present = isAsked ? await this.store.presence(id, ['waiting'], true) : none;
    const gone = await this.store.presence(id, ['switching', 'ready'], false);
    const { silentS } = storedOf(rollout).gates;
    const quietSince = new Date(now.getTime() - 1000 * silentS);
    const live = await this.liveOf(devices.filter(hasChange), quietSince);
    return {
      ...{ present, live, ended: this.sessions.ended, listeningSince: this.listeningSince },
      gone: new Map([...gone].filter(([device]) => !live.has(device))),
    };
  }

  /** The sessions of some devices. Whether one sent telemetry in earlier sessions is read where it has long been quiet. */
  private async liveOf(
    devices: readonly RolloutDevice[],
    quietSince: Date,
  ): Promise<ReadonlyMap<string, LiveSession>> {
    const heard = devices.flatMap(({ device }) => {
      const one = this.fleet.heardOf(device);
      return one === undefined ? [] : [[device, one] as const];
    });
    const quiet = heard.filter(([, { heardAt, telemetry }]) => {
      return telemetry === undefined && heardAt <= quietSince;
    });
    const stored = await this.settings.settingsOf(quiet.map(([device]) => device));
    const entries = heard.map(([device, { beganAt, heardAt, telemetry }]) => {
      const sendsTelemetry = telemetry !== undefined || stored.get(device)?.telemetryAt != null;
      return [device, { beganAt, heardAt, sendsTelemetry }] as const;
    });
    return new Map(entries);
  }

  private isKnown(device: string): boolean {
    return [...this.known.values()].some((devices) => devices.has(device));
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
