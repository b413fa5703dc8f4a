/** What operators do with devices: enrol, look, change, remove. */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { hashOf, newSecret } from '../../access/index.js';
import { Broker } from '../../broker/index.js';
import { EventBus, KnownNames, ModelReferences, type NamedModel } from '../../platform/index.js';
import { Fault, unknownDevice } from '../../wire/index.js';
import { Credentials } from '../credentials/credentials.js';
import type { Heard } from '../presence/live-devices.js';
import { liveStateOf, withLive } from '../presence/live-row.js';
import { Presence } from '../presence/presence.js';
import type { DevicePage } from '../store/device-conditions.js';
import { type DeviceRow, FleetStore, type NewDevice } from '../store/devices.store.js';
import type { DeviceChangeRequest, NewDeviceRequest } from './device-requests.js';
import { ModelAssignmentPort } from './model-assignment-port.js';

export interface Enrolled {
  readonly device: DeviceRow;
  /** Shown only once; only its hash is kept. */
  readonly secret: string;
}

type Known = Pick<NewDevice, 'id' | 'secretHash' | 'access' | 'modelId'>;

@Injectable()
export class FleetService {
  constructor(
    @Inject(FleetStore) private readonly store: FleetStore,
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(ModelAssignmentPort) private readonly assignments: ModelAssignmentPort,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(ModelReferences) private readonly models: ModelReferences,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(KnownNames) private readonly names: KnownNames,
  ) {}

  /** Enrols one device. Throws DEVICE_EXISTS, MODEL_UNKNOWN, MODEL_NOT_READY. */
  async create(request: NewDeviceRequest): Promise<Enrolled> {
    const secret = newSecret();
    const model = request.model === undefined ? undefined : await this.readyModel(request.model);
    const own = { secretHash: hashOf(secret), access: 'approved' } as const;
    const device = newDeviceOf({ ...request, model }, own);
    const row = await this.credentials.turns.of(device.id, () => this.add(device));
    return { device: row, secret };
  }

  /** Puts a device into the database, in its turn, and makes it known. Throws DEVICE_EXISTS, MODEL_UNKNOWN. */
  async add(device: NewDevice): Promise<DeviceRow> {
    const row = await this.store.create(device);
    this.added(device);
    return row;
  }

  /** A device is in the database: from now on it is known everywhere. */
  added({ id, secretHash, access, modelId }: Known): void {
    if (access !== 'revoked') this.credentials.set(id, { access, secretHash, previous: null });
    this.events.emit('fleet.deviceCreated', { device: id });
    if (modelId !== null) this.events.emit('fleet.modelAssigned', { device: id, model: modelId });
  }

  /**
   * `model`: as a filter of a request names it. Throws MODEL_UNKNOWN, and GROUP_UNKNOWN where the page is empty because of a name that
   * nothing has.
   */
  async page({
    model,
    ...page
  }: DevicePage & { readonly model?: string | undefined }): Promise<DeviceRow[]> {
    const meant = model === undefined ? undefined : await this.models.filtered(model);
    const models = meant?.map(({ id }) => id);
    const unstored = this.presence.allUnstored();
    const rows = await this.store.page(
      { ...page, models },
      [...unstored.values()].map(liveStateOf),
    );
    const { group, modelVersion: version } = page;
    if (rows.length === 0) await this.names.check({ group, model, version });
    return rows.map((row) => withLive(row, unstored.get(row.id)));
  }

  /** Throws DEVICE_UNKNOWN. */
  async get(id: string): Promise<DeviceRow> {
    const unstored = this.presence.unstoredOf(id);
    const device = await this.store.find(id);
    if (device === null) throw unknownDevice(id);
    return withLive(device, unstored);
  }

  /** Those of some devices that are connected now. */
  async connectedOf(devices: readonly string[]): Promise<Set<string>> {
    const unstored = this.presence.allUnstored();
    const stored = await this.store.connected(devices);
    const isConnected = (device: string) =>
      unstored.get(device)?.state === 'online' || (!unstored.has(device) && stored.has(device));
    return new Set(devices.filter(isConnected));
  }

  /** The session of a device, as this process knows it; undefined for a device that is not connected. */
  heardOf(id: string): Heard | undefined {
    return this.presence.heardOf(id);
  }

  /**
   * With a version, only if the device has not changed since; with one of the desired model, only if that is current.
   * A model is handed out before this resolves. Throws VERSION_CONFLICT and what `create` throws.
   */
  async change(
    id: string,
    version: number | undefined,
    request: DeviceChangeRequest,
    desiredVersion?: number,
  ): Promise<DeviceRow> {
    const write = () => this.write(id, version, request);
    if (request.model === undefined) return write();
    if ((await this.store.modelOf(id)) === undefined) throw unknownDevice(id);
    return this.assignments.assign(id, write, desiredVersion);
  }

  /** The device, its history, its retained messages and its live session. Throws DEVICE_UNKNOWN. */
  async remove(id: string): Promise<void> {
    await this.credentials.turns.of(id, async () => {
      if (!(await this.store.remove(id))) throw unknownDevice(id);
      this.credentials.remove(id);
    });
    this.broker.disconnect(id, 'the device was deleted');
    this.broker.clearRetained(id);
    this.events.emit('fleet.deviceDeleted', { device: id });
  }

  private async write(
    id: string,
    version: number | undefined,
    { model, ...others }: DeviceChangeRequest,
  ): Promise<DeviceRow> {
    const modelId = typeof model === 'string' ? await this.readyModel(model) : model;
    const unstored = this.presence.unstoredOf(id);
    const row = await this.store.change(id, version, { ...others, modelId });
    if (row === undefined) {
      const { version: current } = await this.get(id);
      throw new Fault(
        'VERSION_CONFLICT',
        `device '${id}' is at version ${current}, not ${version}`,
      );
    }
    this.events.emit('fleet.deviceChanged', { device: id });
    return withLive(row, unstored);
  }

  /**
   * The id of the model that a request names: a device may be given one that has passed its examination. Throws MODEL_UNKNOWN and
   * MODEL_NOT_READY with the field.
   */
  async readyModel(reference: string, field = 'model'): Promise<string> {
    return (await this.models.ready(reference, field)).id;
  }

  /** Models of devices, groups and tokens, as answers name them; by id. */
  modelsOf(ids: Iterable<string | null>): Promise<ReadonlyMap<string, NamedModel>> {
    return this.models.named(ids);
  }
}

/** A device as it is to be stored: absent fields get their defaults. */
export function newDeviceOf(
  request: NewDeviceRequest,
  own: Pick<NewDevice, 'secretHash' | 'access'> & { readonly tokenId?: string },
): NewDevice {
  const id = request.id ?? `pi-${randomBytes(5).toString('hex')}`;
  const { name = id, deadlineMs = null, group = null, tags = [], model = null } = request;
  return { tokenId: null, ...own, id, name, deadlineMs, group, tags, modelId: model };
}
