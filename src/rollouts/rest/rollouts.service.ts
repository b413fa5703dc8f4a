/** What operators do with rollouts: create, read, pause, resume, roll back. */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { FleetService } from '../../fleet/index.js';
import { Clock, KnownNames, newestCursor, newestPlaceOf } from '../../platform/index.js';
import { Fault, unknownDevice } from '../../wire/index.js';
import {
  type DeviceSettings,
  hasSettings,
  type RolloutState,
  settingsOf,
  waitingDevice,
} from '../rules/rollout.js';
import { RolloutRunner } from '../runner/rollout-runner.js';
import {
  deviceView,
  type RolloutDeviceView,
  type RolloutView,
} from '../schemas/rollout-answers.js';
import type {
  NewRolloutRequest,
  RolloutDevicePageRequest,
  RolloutPageRequest,
} from '../schemas/rollout-requests.js';
import { DeviceSettingsStore } from '../store/device-settings.store.js';
import { rolloutViewOf, withEvent } from '../store/rollout-view.js';
import { type RolloutRow, RolloutsStore } from '../store/rollouts.store.js';

const MAX_DEVICES = 10_000;

@Injectable()
export class RolloutsService {
  /** One after the other, so that no two rollouts take the same device. */
  private creating: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(RolloutsStore) private readonly store: RolloutsStore,
    @Inject(DeviceSettingsStore) private readonly settings: DeviceSettingsStore,
    @Inject(RolloutRunner) private readonly runner: RolloutRunner,
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(KnownNames) private readonly names: KnownNames,
  ) {}

  /**
   * Begins a rollout to the devices that are meant and have not what it brings.
   * Throws DEVICE_UNKNOWN, GROUP_UNKNOWN, MODEL_UNKNOWN, MODEL_NOT_READY, ROLLOUT_CONFLICT, REQUEST_INVALID when no device needs it.
   */
  create(request: NewRolloutRequest): Promise<RolloutView> {
    const created = this.creating.then(() => this.begin(request));
    this.creating = created.catch(() => undefined);
    return created;
  }

  private async begin(request: NewRolloutRequest): Promise<RolloutView> {
    const { target, waves, gates } = request;
    const { model } = request.change;
    const id = model === undefined ? undefined : await this.fleet.readyModel(model, 'change.model');
    const change = id === undefined ? request.change : { ...request.change, model: id };
    const meant = await this.meant({ ...request, change });
    const createdAt = this.clock.now();
    const devices = meant.map((one) => {
      return waitingDevice(one.device, waves.length, settingsOf(one, change));
    });
    const begun = `begun: ${devices.length} device(s) in ${waves.length} wave(s)`;
    const row: RolloutRow = {
      ...{ id: randomBytes(8).toString('hex'), change, target, waves, gates, createdAt },
      ...{ state: 'running', wave: 0, because: begun, measured: null, endedAt: null },
      events: [{ at: createdAt.toISOString(), text: begun }],
    };
    await this.store.create(row, devices);
    this.runner.wake();
    return this.get(row.id);
  }

  /** Throws ROLLOUT_UNKNOWN. */
  async get(id: string): Promise<RolloutView> {
    return rolloutViewOf(await this.find(id), await this.store.counts(id));
  }

  /** Newest first. Throws GROUP_UNKNOWN. */
  async page({
    cursor,
    ...page
  }: RolloutPageRequest): Promise<{ rollouts: RolloutView[]; next: string | null }> {
    const after = cursor === undefined ? undefined : newestPlaceOf(cursor);
    const rows = await this.store.page(page, after);
    if (rows.length === 0) await this.names.check({ group: page.group });
    const rollouts: RolloutView[] = [];
    for (const row of rows) rollouts.push(rolloutViewOf(row, await this.store.counts(row.id)));
    const last = rows.length === page.limit ? rows.at(-1) : undefined;
    return { rollouts, next: last === undefined ? null : newestCursor(last) };
  }

  /** Device by device. Throws ROLLOUT_UNKNOWN. */
  async devices(
    id: string,
    page: RolloutDevicePageRequest,
  ): Promise<{ devices: RolloutDeviceView[]; next: string | null }> {
    await this.find(id);
    const devices = await this.store.devices(id, page);
    const last = devices.length === page.limit ? devices.at(-1) : undefined;
    return { devices: devices.map(deviceView), next: last?.device ?? null };
  }

  /** Changes no further device; gates are still evaluated. Throws ROLLOUT_UNKNOWN, ROLLOUT_STATE. */
  pause(id: string): Promise<RolloutView> {
    return this.order(id, ['running'], 'paused', 'an operator paused it');
  }

  /** Goes on. Throws ROLLOUT_UNKNOWN, ROLLOUT_STATE. */
  resume(id: string): Promise<RolloutView> {
    return this.order(id, ['paused'], 'running', 'an operator resumed it');
  }

  /** Restores the settings of all devices. Throws ROLLOUT_UNKNOWN, ROLLOUT_STATE. */
  rollBack(id: string): Promise<RolloutView> {
    return this.order(id, ['running', 'paused'], 'rolling-back', 'an operator rolled it back');
  }

  private async order(
    id: string,
    from: readonly RolloutState[],
    state: RolloutState,
    because: string,
  ): Promise<RolloutView> {
    const row = await this.find(id);
    const events = withEvent(row, because, this.clock.now());
    if (!(await this.store.change(id, from, { state, because, events }))) {
      const { state: present } = await this.find(id);
      throw new Fault('ROLLOUT_STATE', `rollout '${id}' is ${present}, not ${from.join(' or ')}`);
    }
    this.runner.wake();
    return this.get(id);
  }

  private async find(id: string): Promise<RolloutRow> {
    const row = await this.store.find(id);
    if (row === null) throw new Fault('ROLLOUT_UNKNOWN', `rollout '${id}' not found`);
    return row;
  }

  private async meant({ change, target }: NewRolloutRequest): Promise<DeviceSettings[]> {
    const found = await this.settings.meant(target, MAX_DEVICES + 1);
    if (found.length > MAX_DEVICES) {
      throw new Fault('REQUEST_INVALID', `target: more than ${MAX_DEVICES} devices`);
    }
    if (found.length === 0) await this.names.check({ group: target.group });
    const missing = target.devices?.find((id) => !found.some(({ device }) => device === id));
    if (missing !== undefined) {
      throw unknownDevice(missing, 'the target');
    }
    const meant = found.filter((one) => !hasSettings(one, change));
    if (meant.length === 0) {
      throw new Fault('REQUEST_INVALID', 'target: every device has the change already');
    }
    const busy = await this.store.busyDevice(meant.map(({ device }) => device));
    if (busy !== undefined) {
      throw new Fault('ROLLOUT_CONFLICT', `device '${busy}' is part of an active rollout`);
    }
    return meant;
  }
}
