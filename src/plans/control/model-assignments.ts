/**
 * Which model each device should hold: the one owner of model assignments.
 *
 * Tasks of one device run in order; a document is stored before the device hears of it.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../wire/index.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { ModelShelf } from '../state/model-shelf.js';
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
      await this.handOut(device, state);
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

  /** The allowed loss on the wire changed: devices that run the model are planned for again. */
  async policyChanged(modelId: string): Promise<void> {
    this.shelf.reread(modelId);
    const devices = await this.store.devicesOf(modelId);
    for (const device of devices.filter((one) => this.states.get(one) !== undefined)) {
      await this.states.inOrder(device, async ({ documents }) => {
        if (documents.model?.id !== modelId) return;
        documents.modelReread(await this.shelf.find(modelId));
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

  /** True when the device got another model document. */
  private async handOut(device: string, state: DeviceState): Promise<boolean> {
    const facts = await this.store.facts(device);
    const wanted = facts?.modelId ? await this.shelf.find(facts.modelId) : undefined;
    const isWaiting = facts?.modelId && wanted === undefined;
    if (isWaiting || wanted?.id === state.documents.model?.id) return false;
    await this.documents.issueModel(device, state, wanted);
    return true;
  }
}
