/**
 * Gives the devices of a rollout its change, and gives them back what they had.
 *
 * What a device would get back is written before it is changed, and a device is changed only as long as no operator has changed
 * it since it was looked at: a stop at any place, and an operator at the same time, lose nothing.
 */
import { Inject, Injectable } from '@nestjs/common';
import { FleetService } from '../../fleet/index.js';
import { Clock } from '../../platform/index.js';
import { asFault, type Fault } from '../../wire/index.js';
import {
  type DeviceSettings,
  hasSettings,
  isHalfGiven,
  type RolloutDevice,
  type SettingsBefore,
  settingsOf,
} from '../rules/rollout.js';
import { DeviceSettingsStore } from '../store/device-settings.store.js';
import { RolloutTrail } from '../store/rollout-trail.js';
import { storedOf } from '../store/rollout-view.js';
import { type RolloutRow, RolloutsStore } from '../store/rollouts.store.js';
import { RolloutObserver } from './rollout-observer.js';

/** A device that others change all the time is left to the next step. */
const TRIES = 5;

@Injectable()
export class DeviceChanges {
  constructor(
    @Inject(DeviceSettingsStore) private readonly settings: DeviceSettingsStore,
    @Inject(RolloutsStore) private readonly store: RolloutsStore,
    @Inject(RolloutObserver) private readonly observer: RolloutObserver,
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(RolloutTrail) private readonly trail: RolloutTrail,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Gives waiting devices the change; what they had by then is what they would get back. One that has gone offline since it was
   * looked at waits on, unless it may have the change.
   */
  async give(rollout: RolloutRow, devices: readonly RolloutDevice[]): Promise<void> {
    const settings = await this.settingsOf(devices);
    const isNext = (one: RolloutDevice) =>
      isHalfGiven(one) || settings.get(one.device)?.isConnected !== false;
    const intended = devices
      .filter(isNext)
      .map((one) => this.intent(rollout, one, settings.get(one.device)));
    await this.write(rollout, intended);
    const given: RolloutDevice[] = [];
    for (const one of intended) {
      given.push(await this.giveOne(rollout, one, settings.get(one.device)));
    }
    await this.write(rollout, given);
  }

  /** Gives devices back what they had, unless an operator gave them something else meanwhile. */
  async restore(rollout: RolloutRow, devices: readonly RolloutDevice[]): Promise<void> {
    const settings = await this.settingsOf(devices);
    const restored: RolloutDevice[] = [];
    for (const one of devices) {
      const switchedAt = this.clock.now();
      const back = await this.restoreOne(rollout, one, settings.get(one.device));
      restored.push({ ...back, switchedAt: back.state === 'waiting' ? null : switchedAt });
    }
    await this.write(rollout, restored);
  }

  /** Writes what has become of devices. */
  async write(rollout: RolloutRow, devices: readonly RolloutDevice[]): Promise<void> {
    await this.store.writeDevices(rollout.id, devices);
    this.observer.note(rollout.id, devices);
  }

  private async giveOne(
    rollout: RolloutRow,
    one: RolloutDevice,
    present: DeviceSettings | undefined,
    tries = TRIES,
  ): Promise<RolloutDevice> {
    if (present === undefined) return { ...one, state: 'left' };
    if (tries === 0) return one;
    const { change } = storedOf(rollout);
    const fault = await this.put(rollout, present, change);
    if (fault === undefined) return { ...one, state: 'switching', fault: null };
    if (!isOutdated(fault)) return { ...one, state: 'failed', fault: fault.message };
    const now = (await this.settingsOf([one])).get(one.device);
    const intended = this.intent(rollout, one, now);
    await this.write(rollout, [intended]);
    return this.giveOne(rollout, intended, now, tries - 1);
  }

  private async restoreOne(
    rollout: RolloutRow,
    one: RolloutDevice,
    present: DeviceSettings | undefined,
    tries = TRIES,
  ): Promise<RolloutDevice> {
    const isOurs = present !== undefined && hasSettings(present, storedOf(rollout).change);
    if (!isOurs) {
      // The step was stopped before it came to this one, or after it had given this one back.
      if (one.state === 'waiting') return one;
      const isBack = present !== undefined && hasSettings(present, one.before);
      return { ...one, state: isBack ? 'restoring' : 'left' };
    }
    if (tries === 0) return one;
    const fault = await this.put(rollout, present, one.before);
    if (fault === undefined) return { ...one, state: 'restoring' };
    if (!isOutdated(fault)) return { ...one, state: 'left', fault: fault.message };
    const now = (await this.settingsOf([one])).get(one.device);
    return this.restoreOne(rollout, one, now, tries - 1);
  }

  /** A device that is about to be given the change: it waits still, with a time of its switch. */
  private intent(
    rollout: RolloutRow,
    one: RolloutDevice,
    present: DeviceSettings | undefined,
  ): RolloutDevice {
    const { change } = storedOf(rollout);
    const isGiven = present === undefined || hasSettings(present, change);
    const before = isGiven ? one.before : settingsOf(present, change);
    const onlineSince = present?.isConnected === true ? present.stateAt : one.onlineSince;
    return { ...one, before, onlineSince, switchedAt: this.clock.now() };
  }

  /** Why a device could not be given settings; undefined when it was. */
  private async put(
    { id }: RolloutRow,
    { device, version }: DeviceSettings,
    settings: SettingsBefore,
  ): Promise<Fault | undefined> {
    try {
      await this.trail.device(id, device, settings, () => {
        return this.fleet.change(device, version, settings);
      });
      return undefined;
    } catch (error) {
      const fault = asFault(error);
      if (fault.kind === 'unavailable' || fault.kind === 'bug') throw error;
      return fault;
    }
  }

  private settingsOf(devices: readonly RolloutDevice[]): Promise<Map<string, DeviceSettings>> {
    return this.settings.settingsOf(devices.map(({ device }) => device));
  }
}

/** True when the device was changed, or deleted, since it was looked at. */
function isOutdated({ code }: Fault): boolean {
  return code === 'VERSION_CONFLICT' || code === 'DEVICE_UNKNOWN';
}
