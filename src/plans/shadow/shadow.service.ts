/** Desired documents compared with reported ones: shadows, drifts, and which devices have converged. */
import { Inject, Injectable } from '@nestjs/common';
import { FleetService } from '../../fleet/index.js';
import { Clock, KnownNames } from '../../platform/index.js';
import { Replanner } from '../control/replanner.js';
import { DeviceStates } from '../state/device-states.js';
import type { TwinName } from '../state/twins.store.js';
import { ShadowStore, type TwinState } from './shadow.store.js';
import type { DriftPageRequest } from './shadow-requests.js';
import {
  cursorOf,
  type Drift,
  driftOf,
  placeOf,
  type Shadow,
  type TwinView,
  viewOf,
} from './shadow-view.js';

/** How far a device is with its newest documents; absent ones were never issued. */
export interface Convergence {
  readonly model?: TwinState;
  /** The model that the newest model document hands out; null: none. */
  readonly modelId?: string | null;
  readonly plan?: TwinState;
  /** News of the device may still lead to another plan. */
  readonly isPlanning?: boolean;
}

@Injectable()
export class ShadowService {
  constructor(
    @Inject(ShadowStore) private readonly store: ShadowStore,
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(Replanner) private readonly replanner: Replanner,
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(KnownNames) private readonly names: KnownNames,
  ) {}

  /** Throws DEVICE_UNKNOWN. */
  async of(device: string): Promise<Shadow> {
    const { version, state } = await this.fleet.get(device);
    const [model, plan] = [await this.twin(device, 'model'), await this.twin(device, 'plan')];
    return { device, version, isConnected: state === 'online', twins: { model, plan } };
  }

  /**
   * Gives a device another model, or none. With a version, only if the desired document still has it.
   * Throws DEVICE_UNKNOWN, MODEL_UNKNOWN, MODEL_NOT_READY, VERSION_CONFLICT.
   */
  async desireModel(
    device: string,
    version: number | undefined,
    model: string | null,
  ): Promise<TwinView> {
    await this.fleet.change(device, undefined, { model }, version);
    return this.twin(device, 'model');
  }

  /** Devices whose newest documents are not applied. Throws GROUP_UNKNOWN. */
  async drifts({
    group,
    limit,
    cursor,
  }: DriftPageRequest): Promise<{ drifts: Drift[]; next: string | null }> {
    const after = cursor === undefined ? undefined : placeOf(cursor);
    const rows = await this.store.drifted(group, limit, after);
    if (rows.length === 0) await this.names.check({ group });
    const connected = await this.fleet.connectedOf(rows.map(({ deviceId }) => deviceId));
    const last = rows.length === limit ? rows.at(-1) : undefined;
    const now = this.clock.now();
    return {
      drifts: rows.map((row) => driftOf(row, connected.has(row.deviceId), now)),
      next: last === undefined ? null : cursorOf({ device: last.deviceId, name: last.name }),
    };
  }

  /** How far many devices are; those that never got a document are left out. */
  async convergenceOf(devices: readonly string[]): Promise<Map<string, Convergence>> {
    // First, so that a plan made by now is among those that are read.
    const planning = new Set(devices.filter((device) => this.replanner.isPlanning(device)));
    const states = await this.store.newestOf(devices);
    const models = await this.store.modelsOf(states.filter(({ name }) => name === 'model'));
    const found = new Map<string, Convergence>();
    for (const state of states) {
      const { deviceId, name } = state;
      const modelId = models.get(deviceId);
      found.set(deviceId, {
        ...found.get(deviceId),
        ...(name === 'model' ? { model: state } : { plan: state }),
        ...((typeof modelId === 'string' || modelId === null) && { modelId }),
        isPlanning: planning.has(deviceId),
      });
    }
    return found;
  }

  /** One document of a device. Throws DEVICE_UNKNOWN. */
  async document(device: string, name: TwinName): Promise<TwinView> {
    await this.states.inOrder(device, async () => undefined);
    return this.twin(device, name);
  }

  private async twin(device: string, name: TwinName): Promise<TwinView> {
    const newest = await this.store.newest(device, name);
    return viewOf(newest, await this.store.newestReported(device, name));
  }
}
