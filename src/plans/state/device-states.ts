/** The planning state of every device that was heard of, loaded at first use; what happens to one device happens in order. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import type { DeviceState } from './device-state.js';
import { KeyedQueue } from './keyed-queue.js';
import { ModelShelf } from './model-shelf.js';
import { loadState } from './state-loading.js';
import { PlansStore } from './twins.store.js';

@Injectable()
export class DeviceStates {
  private readonly states = new Map<string, DeviceState>();
  private readonly queue = new KeyedQueue();

  constructor(
    @Inject(PlansStore) private readonly store: PlansStore,
    @Inject(ModelShelf) private readonly shelf: ModelShelf,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** A device's state, if it is loaded. */
  get(device: string): DeviceState | undefined {
    return this.states.get(device);
  }

  /** All states that are loaded. */
  all(): Iterable<DeviceState> {
    return this.states.values();
  }

  /** Runs a task on a device's state after all earlier ones; throws DEVICE_UNKNOWN. */
  inOrder<T>(device: string, task: (state: DeviceState) => Promise<T>): Promise<T> {
    return this.queue.run(device, async () => task(this.get(device) ?? (await this.load(device))));
  }

  /** True while something happens to a device, or is about to. */
  isBusy(device: string): boolean {
    return this.queue.isBusy(device);
  }

  forget(device: string): void {
    this.get(device)?.dwell?.cancel();
    this.states.delete(device);
  }

  /** Starts nothing by itself any more, and resolves when nothing that was asked for so far is left. */
  async drained(): Promise<void> {
    for (const { dwell } of this.all()) dwell?.cancel();
    await this.queue.drained();
  }

  private async load(device: string): Promise<DeviceState> {
    const state = await loadState(device, this.store, this.shelf, this.clock);
    if (state === undefined) throw new Fault('DEVICE_UNKNOWN', `there is no device '${device}'`);
    this.states.set(device, state);
    return state;
  }
}
