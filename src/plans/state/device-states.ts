/** The planning states of devices, loaded at first use; tasks of one device run in order. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/index.js';
import { unknownDevice } from '../../wire/index.js';
import type { DeviceState } from './device-state.js';
import { KeyedQueue } from './keyed-queue.js';
import { ModelShelf } from './model-shelf.js';
import { loadState } from './state-loading.js';
import { TwinsStore } from './twins.store.js';

@Injectable()
export class DeviceStates {
  private readonly states = new Map<string, DeviceState>();
  private readonly queue = new KeyedQueue();

  constructor(
    @Inject(TwinsStore) private readonly store: TwinsStore,
    @Inject(ModelShelf) private readonly shelf: ModelShelf,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** A device's state, if it is loaded. */
  get(device: string): DeviceState | undefined {
    return this.states.get(device);
  }

  /** Devices whose states are loaded. */
  ids(): string[] {
    return [...this.states.keys()];
  }

  /** All states that are loaded. */
  all(): Iterable<DeviceState> {
    return this.states.values();
  }

  /** Runs a task on a device's state after all earlier ones; throws DEVICE_UNKNOWN. */
  inOrder<T>(device: string, task: (state: DeviceState) => Promise<T>): Promise<T> {
    return this.queue.run(device, async () => task(this.get(device) ?? (await this.load(device))));
  }

  /** True while a task of a device runs or waits. */
  isBusy(device: string): boolean {
    return this.queue.isBusy(device);
  }

  forget(device: string): void {
    this.get(device)?.cancel();
    this.states.delete(device);
  }

  /** Cancels timers; resolves when every task requested so far has ended. */
  async drained(): Promise<void> {
    for (const state of this.all()) state.cancel();
    await this.queue.drained();
  }

  private async load(device: string): Promise<DeviceState> {
    const state = await loadState(device, this.store, this.shelf, this.clock);
    if (state === undefined) throw unknownDevice(device);
    this.states.set(device, state);
    return state;
  }
}
