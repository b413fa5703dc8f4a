/**
 * Which model each device should hold: the one owner of model assignments.
 *
 * Tasks of one device run in order; a document is stored before the device hears of it.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../wire/index.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { ModelShelf, type ReadyModel } from '../state/model-shelf.js';
import { TwinsStore } from '../state/twins.store.js';
import { DesiredDocuments } from './desired-documents.js';
import { Replanner } from './replanner.js';

@Injectable()
export class ModelAssignments {
  constructor(
    @Inject(TwinsStore) private readonly store: TwinsStore,
    @Inject(ModelShelf) private readonly shelf: ModelShelf,
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(DesiredDocuments) private readonly documents: DesiredDocuments,
    @Inject(Replanner) private readonly replanner: Replanner,
  ) {}

  /** A device connected: it gets its documents, and a plan if there can be one. */
  async welcome(device: string): Promise<void> {
    await this.states.inOrder(device, async (state) => {
      const { isUpToDate, assignedAtLoad } = state.documents;
      if (!isUpToDate) await this.handOut(device, state, assignedAtLoad);
      if (!state.documents.isPublished) this.documents.publish(device, state);
      if (state.documents.current === undefined) this.replanner.request(device, 'first');
    });
  }

  /** Hands out the model that is assigned to a device, if it is another and ready; then a plan for it. */
  async assigned(device: string): Promise<void> {
    await this.states.inOrder(device, (state) => this.handOutAndPlan(device, state));
  }

  /**
   * Writes which model a device is to have and hands it out, if the desired document still has a version.
   * Throws DEVICE_UNKNOWN, VERSION_CONFLICT, and what `write` throws.
   */
  assign<T>(device: string, write: () => Promise<T>, desiredVersion?: number): Promise<T> {
    return this.states.inOrder(device, async (state) => {
      const { modelVersion } = state.documents;
      if (desiredVersion !== undefined && desiredVersion !== modelVersion) {
        const text = `the desired model of '${device}' is at version ${modelVersion}, not ${desiredVersion}`;
        throw new Fault('VERSION_CONFLICT', text);
      }
      state.documents.doubted();
      const written = await write();
      await this.handOutAndPlan(device, state);
      return written;
    });
  }

  /** A model became ready: devices that wait for it get it. */
  async modelReady(modelId: string): Promise<void> {
    const devices = await this.store.devicesOf(modelId);
    await Promise.all(devices.map((device) => this.assigned(device)));
  }

  /**
   * A policy of a model changed, or what its inputs and outputs mean, or its accuracy: devices that run it are planned for again. They
   * get another document where it is another; a device that is not loaded gets it at its next connection.
   */
  async modelChanged(modelId: string): Promise<void> {
    this.shelf.reread(modelId);
    const runs = (device: string): boolean =>
      this.states.get(device)?.documents.model?.id === modelId;
    // One that is being loaded may have read the model before the change.
    const loading = (await this.store.devicesOf(modelId)).filter((id) => this.states.isBusy(id));
    for (const device of new Set([...loading, ...this.states.ids().filter(runs)])) {
      await this.states.inOrder(device, async (state) => {
        if (!runs(device)) return;
        state.documents.doubted();
        const model = await this.shelf.find(modelId);
        state.documents.modelReread(model);
        if (!isHandedOut(state, model)) await this.documents.issueModel(device, state, model);
        this.replanner.request(device, 'operator');
      });
    }
  }

  /** Ends planning with a deleted model. */
  modelDeleted(modelId: string): void {
    this.shelf.forget(modelId);
    for (const { documents } of this.states.all()) documents.modelDeleted(modelId);
  }

  private async handOutAndPlan(device: string, state: DeviceState): Promise<void> {
    if (await this.handOut(device, state)) this.replanner.request(device, 'model');
  }

  /** True when the device got another model document. `assigned`: the model that the database assigns, where that is known. */
  private async handOut(
    device: string,
    state: DeviceState,
    assigned?: string | null,
  ): Promise<boolean> {
    // Until all is done: where something fails, the next connection of the device tries again.
    const doubt = state.documents.doubted();
    const modelId = assigned === undefined ? (await this.store.facts(device))?.modelId : assigned;
    const wanted = modelId ? await this.shelf.find(modelId) : undefined;
    if (modelId && wanted === undefined) return false;
    const isOther = !isHandedOut(state, wanted);
    if (isOther) await this.documents.issueModel(device, state, wanted);
    state.documents.comparedSince(doubt);
    return isOther;
  }
}

/** True when the newest model document hands out this model as it is now. */
function isHandedOut({ documents }: DeviceState, wanted: ReadyModel | undefined): boolean {
  if (wanted?.id !== documents.model?.id) return false;
  return wanted === undefined || wanted.content === documents.desiredContent;
}
