/** What operators do with groups: look at them, and give all devices of one a model, a deadline, a strategy or limits. */
import { Inject, Injectable } from '@nestjs/common';
import { EventBus, type NamedModel, shownModel } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { FleetService } from '../devices/fleet.service.js';
import { liveStateOf } from '../presence/live-row.js';
import { Presence } from '../presence/presence.js';
import type { LiveState } from '../store/live-state.js';
import type { GroupChangeRequest, GroupView } from './group-requests.js';
import { type GroupPart, GroupsStore } from './groups.store.js';

@Injectable()
export class GroupsService {
  constructor(
    @Inject(GroupsStore) private readonly store: GroupsStore,
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(EventBus) private readonly events: EventBus,
  ) {}

  /** By name. */
  async all(): Promise<GroupView[]> {
    const parts = await this.store.parts(this.live());
    const models = await this.modelsOf(parts);
    const names = [...new Set(parts.map(({ group }) => group))].sort();
    return names.map((name) =>
      groupViewOf(
        name,
        parts.filter(({ group }) => group === name),
        models,
      ),
    );
  }

  /** Throws GROUP_UNKNOWN: a group is there as long as a device is in it. */
  async get(name: string): Promise<GroupView> {
    const parts = await this.store.parts(this.live(), name);
    if (parts.length === 0) throw new Fault('GROUP_UNKNOWN', `no device is in group '${name}'`);
    return groupViewOf(name, parts, await this.modelsOf(parts));
  }

  /** Changes all devices that are in the group now. Throws GROUP_UNKNOWN, MODEL_UNKNOWN, MODEL_NOT_READY. */
  async change(name: string, { model: given, ...others }: GroupChangeRequest): Promise<GroupView> {
    const model = typeof given === 'string' ? await this.fleet.readyModel(given) : given;
    const devices = await this.store.devicesOf(name);
    if (devices.length === 0) throw new Fault('GROUP_UNKNOWN', `no device is in group '${name}'`);
    await this.store.change(name, { ...others, modelId: model });
    for (const { id, modelId } of devices) {
      this.events.emit('fleet.deviceChanged', { device: id });
      if (model !== undefined && model !== modelId) {
        this.events.emit('fleet.modelAssigned', { device: id, model });
      }
    }
    return this.get(name);
  }

  private modelsOf(parts: readonly GroupPart[]): Promise<ReadonlyMap<string, NamedModel>> {
    return this.fleet.modelsOf(parts.map(({ modelId }) => modelId));
  }

  private live(): LiveState[] {
    return [...this.presence.allUnstored().values()].map(liveStateOf);
  }
}

function groupViewOf(
  name: string,
  parts: readonly GroupPart[],
  named: ReadonlyMap<string, NamedModel>,
): GroupView {
  const sum = (some: readonly GroupPart[]) => some.reduce((n, { devices }) => n + devices, 0);
  const models = [...new Set(parts.map(({ modelId }) => modelId))];
  return {
    name,
    devices: sum(parts),
    connected: sum(parts.filter(({ state }) => state === 'online')),
    models: models.map((model) => ({
      model: shownModel(model, named),
      devices: sum(parts.filter(({ modelId }) => modelId === model)),
    })),
  };
}
