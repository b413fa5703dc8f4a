/** The plans of devices, as other folders ask for them. */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock, type Timer } from '../../platform/index.js';
import type { LinkEstimate } from '../../wire/index.js';
import type { AssignedPlan } from '../state/device-documents.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { ModelShelf } from '../state/model-shelf.js';
import { DesiredDocuments } from './desired-documents.js';
import { Replanner } from './replanner.js';

/** How often times of an overloaded cloud may fade. */
const FADE_LOOK_MS = 1000;

@Injectable()
export class PlansService implements OnModuleInit, OnModuleDestroy {
  private fading: Timer | undefined;

  constructor(
    @Inject(ModelShelf) private readonly shelf: ModelShelf,
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(DesiredDocuments) private readonly documents: DesiredDocuments,
    @Inject(Replanner) private readonly replanner: Replanner,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The plan of a version; undefined for an old one, and while the device's state is not loaded. */
  assigned(device: string, version: number): AssignedPlan | undefined {
    return this.states.get(device)?.documents.plan(version);
  }

  /** True when `assigned` knows all plans of this device. */
  isLoaded(device: string): boolean {
    return this.states.get(device) !== undefined;
  }

  /** The present state of a device; throws DEVICE_UNKNOWN. */
  state(device: string): Promise<DeviceState> {
    return this.states.inOrder(device, async (state) => state);
  }

  /** The newest estimate of a device's link, with its age now. */
  linkOf(state: DeviceState): LinkEstimate {
    return state.link.at(this.clock.monotonicMs());
  }

  /** Sends the device its plan again, when one of its frames named an unknown plan. */
  sendPlanAgain(device: string): void {
    const state = this.states.get(device);
    if (state !== undefined) this.documents.sendPlan(device, state);
  }

  forget(device: string): void {
    this.replanner.forget(device);
    this.states.forget(device);
  }

  onModuleInit(): void {
    this.fading = this.clock.every(FADE_LOOK_MS, () => this.shelf.fade(this.clock.monotonicMs()));
  }

  async onModuleDestroy(): Promise<void> {
    this.fading?.cancel();
    await this.replanner.close();
    await this.states.drained();
  }
}
