/**
 * Takes rollouts forward, a step a second each: looks how their devices are, decides, does it. All it knows is in the database,
 * so a rollout goes on after a restart where it was; a step that was half done is done again and changes nothing twice.
 */
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { FleetService } from '../fleet/index.js';
import { Clock, Log } from '../platform/index.js';
import { asFault } from '../wire/index.js';
import { nextStep, type Step } from './next-step.js';
import {
  hasSettings,
  type RolloutDevice,
  type RolloutState,
  type SettingsBefore,
  settingsOf,
} from './rollout.js';
import { type Observed, RolloutObserver } from './rollout-observer.js';
import { RolloutTrail } from './rollout-trail.js';
import { storedOf, withEvent } from './rollout-view.js';
import { type RolloutPatch, type RolloutRow, RolloutsStore } from './rollouts.store.js';

const STEP_MS = 1000;

@Injectable()
export class RolloutRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log: Log;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isClosing = false;

  constructor(
    @Inject(RolloutsStore) private readonly store: RolloutsStore,
    @Inject(RolloutObserver) private readonly observer: RolloutObserver,
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(RolloutTrail) private readonly trail: RolloutTrail,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'rollouts' });
  }

  /** Goes on with what the last stop left. */
  onApplicationBootstrap(): void {
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** There may be something to do. */
  wake(): void {
    this.schedule(0);
  }

  private schedule(inMs: number): void {
    if (this.isClosing) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.running.then(() => this.round());
    }, inMs).unref();
  }

  /** A step of every rollout that is not over; another round follows as long as there is one. */
  private async round(): Promise<void> {
    try {
      const active = await this.store.active();
      let isInHaste = false;
      for (const rollout of active) {
        if (!this.isClosing) isInHaste = (await this.take(rollout)) || isInHaste;
      }
      this.observer.forgetAllBut(active.map(({ id }) => id));
      if (active.length > 0) this.schedule(isInHaste ? 0 : STEP_MS);
    } catch (err) {
      this.log.error({ err }, 'rollouts wait; again');
      this.schedule(STEP_MS);
    }
  }

  /** True when the next step need not wait. */
  private async take(rollout: RolloutRow): Promise<boolean> {
    try {
      const seen = await this.observer.observe(rollout);
      await this.write(rollout, seen.changed);
      const { gates, waves } = storedOf(rollout);
      const step = nextStep({
        ...{ state: rollout.state as RolloutState, wave: rollout.wave, waves: waves.length, gates },
        ...{ devices: seen.devices, there: seen.there, comparison: seen.comparison },
        now: this.clock.now(),
      });
      await this.execute(rollout, seen, step);
      return step.kind !== 'wait';
    } catch (err) {
      this.log.error({ err, rollout: rollout.id }, 'the rollout waits; again');
      return false;
    }
  }

  private async execute(rollout: RolloutRow, seen: Observed, step: Step): Promise<void> {
    const measured = { ...seen.comparison, at: this.clock.now().toISOString() };
    switch (step.kind) {
      case 'wait':
        // Why it is taken back, and by which figures, stays to be read.
        if (rollout.state === 'rolling-back') return;
        await this.move(rollout, { because: step.because, measured });
        return;
      case 'switch':
        await this.switch(rollout, seen, step.devices);
        return;
      case 'advance': {
        const wave = rollout.wave + 1;
        const text = `wave ${wave} of ${storedOf(rollout).waves.length} was good`;
        await this.tell(rollout, text, { wave, measured });
        return;
      }
      case 'complete':
        await this.tell(rollout, 'all waves were good', {
          ...{ state: 'done', measured, endedAt: this.clock.now() },
        });
        return;
      case 'roll back':
        await this.tell(rollout, step.because, { state: 'rolling-back', measured });
        return;
      case 'restore':
        await this.restore(rollout, step.devices);
        return;
      case 'end':
        await this.move(rollout, { state: 'rolled-back', endedAt: this.clock.now() });
    }
  }

  /** Gives devices the change; what they had by then is what they would get back. */
  private async switch(
    rollout: RolloutRow,
    { settings }: Observed,
    devices: readonly RolloutDevice[],
  ): Promise<void> {
    const { change } = storedOf(rollout);
    const switched: RolloutDevice[] = [];
    for (const one of devices) {
      const present = settings.get(one.device);
      if (present === undefined) {
        switched.push({ ...one, state: 'left' });
        continue;
      }
      const switchedAt = this.clock.now();
      const before = hasSettings(present, change) ? one.before : settingsOf(present, change);
      const fault = await this.give(rollout, one.device, change);
      const state = fault === null ? 'switching' : 'failed';
      switched.push({ ...one, state, before, switchedAt, fault });
    }
    await this.write(rollout, switched);
  }

  /** Gives devices back what they had, unless an operator gave them something else meanwhile. */
  private async restore(rollout: RolloutRow, devices: readonly RolloutDevice[]): Promise<void> {
    const { change } = storedOf(rollout);
    const settings = await this.store.settingsOf(devices.map(({ device }) => device));
    const restored: RolloutDevice[] = [];
    for (const one of devices) {
      const present = settings.get(one.device);
      const isOurs = present !== undefined && hasSettings(present, change);
      const fault = isOurs ? await this.give(rollout, one.device, one.before) : null;
      const state = isOurs && fault === null ? 'restoring' : 'left';
      const switchedAt = this.clock.now();
      restored.push({ ...one, state, switchedAt, fault: fault ?? one.fault });
    }
    await this.write(rollout, restored);
  }

  private async write(rollout: RolloutRow, devices: readonly RolloutDevice[]): Promise<void> {
    await this.store.writeDevices(rollout.id, devices);
    this.observer.note(rollout.id, devices);
  }

  /** Why a device could not be given settings; null when it was. */
  private async give(
    { id }: RolloutRow,
    device: string,
    settings: SettingsBefore,
  ): Promise<string | null> {
    try {
      await this.trail.device(id, device, settings, () => {
        return this.fleet.change(device, undefined, settings);
      });
      return null;
    } catch (error) {
      const fault = asFault(error);
      if (fault.kind === 'unavailable' || fault.kind === 'bug') throw error;
      return fault.message;
    }
  }

  /** Moves on from the state the rollout was seen in; an operator's order that came meanwhile goes first. */
  private async move(rollout: RolloutRow, patch: RolloutPatch): Promise<boolean> {
    return this.store.change(rollout.id, [rollout.state as RolloutState], patch);
  }

  private async tell(rollout: RolloutRow, because: string, patch: RolloutPatch): Promise<void> {
    const events = withEvent(rollout, because, this.clock.now());
    if (!(await this.move(rollout, { ...patch, because, events }))) return;
    const state = patch.state ?? rollout.state;
    this.log.info({ rollout: rollout.id, state }, because);
    if (state !== rollout.state) await this.trail.state(rollout.id, rollout.state, state, because);
  }
}
