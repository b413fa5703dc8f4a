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
import { Clock, LimitedLog, Log, type Timer } from '../../platform/index.js';
import { nextStep, type Step } from '../rules/next-step.js';
import type { RolloutState } from '../rules/rollout.js';
import { standingOf } from '../rules/silence.js';
import { RolloutTrail } from '../store/rollout-trail.js';
import { storedOf, withEvent } from '../store/rollout-view.js';
import { type RolloutPatch, type RolloutRow, RolloutsStore } from '../store/rollouts.store.js';
import { DeviceChanges } from './device-changes.js';
import { type Observed, RolloutObserver } from './rollout-observer.js';

const STEP_MS = 1000;

@Injectable()
export class RolloutRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log: Log;
  private readonly lines: LimitedLog;
  private timer: Timer | undefined;
  private running: Promise<void> = Promise.resolve();
  private isClosing = false;

  constructor(
    @Inject(RolloutsStore) private readonly store: RolloutsStore,
    @Inject(RolloutObserver) private readonly observer: RolloutObserver,
    @Inject(DeviceChanges) private readonly devices: DeviceChanges,
    @Inject(RolloutTrail) private readonly trail: RolloutTrail,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'rollouts' });
    this.lines = new LimitedLog(this.log, clock);
  }

  /** Goes on with what the last stop left. */
  onApplicationBootstrap(): void {
    this.observer.begin();
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    this.isClosing = true;
    this.timer?.cancel();
    await this.running;
  }

  /** There may be something to do. */
  wake(): void {
    this.schedule(0);
  }

  private schedule(inMs: number): void {
    if (this.isClosing) return;
    this.timer?.cancel();
    this.timer = this.clock.after(inMs, () => {
      this.running = this.running.then(() => this.round());
    });
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
      this.lines.error({ err }, 'rollouts not advanced; retrying');
      this.schedule(STEP_MS);
    }
  }

  /** True when the next step need not wait. */
  private async take(rollout: RolloutRow): Promise<boolean> {
    try {
      const seen = await this.observer.observe(rollout);
      await this.devices.write(rollout, seen.changed);
      const { gates, waves } = storedOf(rollout);
      const step = nextStep({
        ...{ ...seen, gates, shares: waves, wave: rollout.wave },
        ...{ state: rollout.state as RolloutState, createdAt: rollout.createdAt },
        now: this.clock.now(),
      });
      await this.execute(rollout, seen, step);
      return step.kind !== 'wait';
    } catch (err) {
      this.observer.forget(rollout.id);
      this.lines.error({ err, rollout: rollout.id }, 'rollout not advanced; retrying');
      return false;
    }
  }

  private async execute(rollout: RolloutRow, seen: Observed, step: Step): Promise<void> {
    const at = this.clock.now().toISOString();
    const { before, after, comparedFrames } = seen.comparison;
    const standing = standingOf(seen.devices, seen, storedOf(rollout).gates, seen.now);
    const measured = { ...{ at, before, after, comparedFrames }, ...standing };
    switch (step.kind) {
      case 'wait':
        // The reason of the rollback and its figures stay readable.
        if (rollout.state === 'rolling-back') return;
        await this.move(rollout, { because: step.because, measured });
        return;
      case 'switch':
        await this.devices.give(rollout, step.devices);
        return;
      case 'draw':
        await this.devices.write(rollout, step.devices);
        return;
      case 'expire': {
        // The state last: a step that is stopped in between is taken again.
        await this.transition(rollout, step.because, { measured });
        const absent = step.devices.map((one) => ({ ...one, state: 'absent' as const }));
        await this.devices.write(rollout, absent);
        return;
      }
      case 'advance': {
        const wave = rollout.wave + 1;
        const verdict = step.isEmpty ? 'had no device' : 'was good';
        const text = `wave ${wave} of ${storedOf(rollout).waves.length} ${verdict}`;
        await this.transition(rollout, withNotes(text, step.notes), { wave, measured });
        return;
      }
      case 'complete':
        await this.transition(rollout, withNotes('all waves were good', step.notes), {
          ...{ state: 'done', measured, endedAt: this.clock.now() },
        });
        return;
      case 'roll back':
        await this.transition(rollout, step.because, { state: 'rolling-back', measured });
        return;
      case 'restore':
        await this.devices.restore(rollout, step.devices);
        return;
      case 'end':
        await this.end(rollout, step.because);
    }
  }

  /** Ends a rollback; why it was rolled back stays readable. */
  private async end(rollout: RolloutRow, because: string | undefined): Promise<void> {
    const endedAt = this.clock.now();
    await this.move(rollout, {
      ...{ state: 'rolled-back', endedAt },
      ...(because !== undefined && { events: withEvent(rollout, because, endedAt) }),
    });
  }

  /** Moves on from the state the rollout was seen in; an operator's order that came meanwhile goes first. */
  private async move(rollout: RolloutRow, patch: RolloutPatch): Promise<boolean> {
    return this.store.change(rollout.id, [rollout.state as RolloutState], patch);
  }

  private async transition(
    rollout: RolloutRow,
    because: string,
    patch: RolloutPatch,
  ): Promise<void> {
    const events = withEvent(rollout, because, this.clock.now());
    if (!(await this.move(rollout, { ...patch, because, events }))) return;
    const state = patch.state ?? rollout.state;
    this.log.info({ rollout: rollout.id, state }, because);
    if (state !== rollout.state) await this.trail.state(rollout.id, rollout.state, state, because);
  }
}

const withNotes = (text: string, notes: readonly string[]) => [text, ...notes].join('; ');
