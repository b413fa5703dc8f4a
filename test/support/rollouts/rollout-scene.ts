/** The service with two models, devices that follow it, and rollouts to them; its clock runs five times as fast. */
import { expect } from 'vitest';
import type {
  RolloutDeviceView,
  RolloutView,
} from '../../../src/rollouts/schemas/rollout-answers.js';
import { type Behaviour, FollowingDevice } from '../devices/following-device.js';
import { eventually } from '../processes/processes.js';
import { scaled } from '../service/scaled-clock.js';
import { Tandem } from '../service/tandem.js';

/** What frames of the old model take. */
export const USUAL_MS = 40;
export const GATES = { minFrames: 40, observeS: 1, convergeS: 100, maxP95Factor: 2, warmUpS: 0 };

export class RolloutScene {
  /** Devices that are stopped after the test. */
  running: FollowingDevice[] = [];
  private fleets = 0;

  private constructor(
    readonly tandem: Tandem,
    readonly clock: ReturnType<typeof scaled>,
    /** The model that devices run at first. */
    readonly old: string,
    /** The model of the rollout. */
    readonly next: string,
  ) {}

  static async start(): Promise<RolloutScene> {
    // Rollouts step and settle by seconds.
    const clock = scaled(5);
    const tandem = await Tandem.start({}, undefined, clock);
    const [old, next] = [await tandem.addModel('tiny-chain'), await tandem.addModel('tiny-fork')];
    return new RolloutScene(tandem, clock, old, next);
  }

  /** A group of devices that run the old model and have run some frames, the first of them slowly where that is asked for. */
  async fleet(count: number, ofNext: Behaviour, slowFrames = 0) {
    const group = `fleet-${++this.fleets}`;
    const ids = Array.from({ length: count }, (_, i) => `${group}-${i}`);
    const devices: FollowingDevice[] = [];
    for (const [i, id] of ids.entries()) {
      const connect = await this.enrol(id, group);
      const isSlow = () => (devices[i]?.frames.length ?? 0) < slowFrames;
      const ofOld = () => ({ frameMs: isSlow() ? 20 * USUAL_MS : USUAL_MS });
      const behaviourOf = (model: string) => (model === this.old ? ofOld() : ofNext);
      devices.push(await FollowingDevice.start(await connect(), behaviourOf, this.clock));
    }
    this.running.push(...devices);
    await someFrames(devices, slowFrames);
    return { group, ids, devices };
  }

  /** A device of a group that is not online yet; a function that connects it. */
  async enrol(id: string, group: string) {
    const connect = await this.tandem.enrol(id, this.old);
    await this.tandem.call('PATCH', `/devices/${id}`, { group });
    return connect;
  }

  /** A rollout of the next model to a group. */
  async begin(group: string, more: object = {}, of = this.tandem): Promise<RolloutView> {
    const usual = { target: { group }, waves: [0.25, 1], gates: GATES };
    const body = { change: { model: this.next }, ...usual, ...more };
    const answer = await of.call('POST', '/rollouts', body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body as RolloutView;
  }

  async viewOf(id: string, of = this.tandem): Promise<RolloutView> {
    return (await of.call('GET', `/rollouts/${id}`)).body as RolloutView;
  }

  /** The rollout, once it is in a state. */
  async until(id: string, state: RolloutView['state'], of = this.tandem): Promise<RolloutView> {
    let seen: RolloutView | undefined;
    return eventually(
      `state ${state} of the rollout`,
      async () => {
        seen = await this.viewOf(id, of);
        return seen.state === state ? seen : undefined;
      },
      25_000,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
    });
  }

  async devicesOf(id: string): Promise<RolloutDeviceView[]> {
    const { body } = await this.tandem.call('GET', `/rollouts/${id}/devices`);
    return (body as { devices: RolloutDeviceView[] }).devices;
  }

  async modelOf(id: string): Promise<string | null> {
    const { body } = await this.tandem.call('GET', `/devices/${id}`);
    return (body as { model: { id: string } | null }).model?.id ?? null;
  }

  /** The automatic actions of a rollout, newest first. */
  async auditOf(id: string): Promise<{ subject: string }[]> {
    const actor = encodeURIComponent(`rollout ${id}`);
    const { body } = await this.tandem.call('GET', `/audit?actor=${actor}`);
    return (body as { entries: { subject: string }[] }).entries;
  }

  /** Stops the devices of a test. */
  async rest(): Promise<void> {
    await Promise.all(this.running.splice(0).map((device) => device.stop()));
  }
}

/** Resolves when each device has run more than twenty frames after a number of them. */
export const someFrames = (devices: readonly FollowingDevice[], after = 0) =>
  eventually('frames of all', () => {
    return devices.every(({ frames }) => frames.length > after + 20) || undefined;
  });
