/**
 * A played device that follows its documents by itself, as an agent does, and runs frames all the time: it serves the old model
 * until the new one and its plan are here. What a model does to it is up to the test.
 */
import { Clock, type Timer } from '../../../src/platform/index.js';
import type { DesiredPlan, FrameRecord, ModelDocument, Outcome } from '../../../src/wire/index.js';
import { linkOf, newFrameId, type PlayedDevice } from './played-device.js';

/** When a device ends for good: it has the document, times its blocks, or has reported its plan. */
export const deaths = ['on receipt', 'while timing', 'after ready'] as const;
export type Death = (typeof deaths)[number];

/** What a model, by its id, does to the device. */
export interface Behaviour {
  /** What its frames take. */
  readonly frameMs: number;
  /** It runs no frame. */
  readonly isIdle?: boolean;
  /** It cannot be loaded. */
  readonly isRefused?: boolean;
  readonly dies?: Death;
  readonly outcome?: Outcome;
}

const FRAMES_EVERY_MS = 100;
const FRAMES_AT_ONCE = 4;
const LOOK_MS = 20;
const DEVICE_MS = 40;
const LINK_MBPS = 20;

export class FollowingDevice {
  /** Ids of all frames it has recorded. */
  readonly frames: string[] = [];
  /** Ids of the models it has run frames of, in order. */
  readonly ran: string[] = [];
  private model: ModelDocument | undefined;
  private plan: DesiredPlan | undefined;
  private handled = { model: 0, plan: 0 };
  private readonly timers: Timer[] = [];
  private sending: Promise<unknown> = Promise.resolve();
  private isDead = false;

  private constructor(
    private readonly device: PlayedDevice,
    private readonly behaviourOf: (model: string) => Behaviour,
    private readonly clock: Clock,
  ) {}

  static async start(
    device: PlayedDevice,
    behaviourOf: (model: string) => Behaviour,
    clock = new Clock(),
  ): Promise<FollowingDevice> {
    const self = new FollowingDevice(device, behaviourOf, clock);
    await device.birth('tensor');
    await device.reportLink(linkOf(LINK_MBPS));
    self.timers.push(
      clock.every(LOOK_MS, () => self.inTurn(() => self.follow())),
      clock.every(FRAMES_EVERY_MS, () => self.inTurn(() => self.run())),
    );
    return self;
  }

  /** Runs no further frame, and resolves when all that it has to say is said. */
  async stop(): Promise<void> {
    for (const timer of this.timers) timer.cancel();
    await this.sending;
    if (!this.isDead) await this.device.leave();
  }

  /** Ends it without a word, as a loss of power does; it runs no further frame. */
  async die(): Promise<void> {
    for (const timer of this.timers) timer.cancel();
    this.isDead = true;
    await this.device.leave();
  }

  /** Stays connected, and sends nothing any more. */
  async fallSilent(): Promise<void> {
    for (const timer of this.timers) timer.cancel();
    await this.sending;
  }

  /** Sends records of frames that it finished alone, `ageMs` ago. */
  async reportFallbacks(count: number, ageMs: number): Promise<void> {
    const { plan } = this;
    if (plan === undefined) throw new Error('the device has no plan yet');
    const behaviour = { frameMs: plan.deadlineMs, outcome: 'local-fallback' } as const;
    const records = Array.from({ length: count }, () => ({
      ...recordOf(plan, behaviour, this.clock.now()),
      ageMs,
    }));
    await this.device.send('record', { v: 1, records });
  }

  private deathOf(model: string | undefined): Death | undefined {
    return model === undefined ? undefined : this.behaviourOf(model).dies;
  }

  private inTurn(task: () => Promise<void>): void {
    this.sending = this.sending
      .then(() => (this.isDead ? undefined : task()))
      .catch(() => undefined);
  }

  private async follow(): Promise<void> {
    const wanted = this.device.models.at(-1);
    if (wanted?.model && wanted.version > this.handled.model) {
      this.handled.model = wanted.version;
      await this.take(wanted.version, wanted.model);
    }
    const plan = this.device.plans.at(-1);
    if (plan === undefined || plan.version <= this.handled.plan) return;
    if (plan.model !== this.model?.digest) return;
    this.handled.plan = plan.version;
    this.plan = plan;
    // As a device that follows rows of a table: it names the cut.
    await this.report('reportedPlan', plan.version, 0);
    if (this.deathOf(this.model?.id) === 'after ready') await this.die();
  }

  private async take(version: number, model: ModelDocument): Promise<void> {
    const death = this.deathOf(model.id);
    if (death === 'on receipt') return await this.die();
    if (this.behaviourOf(model.id).isRefused) {
      const fault = { code: 'MODEL_REFUSED', message: 'a block cannot be loaded' };
      const at = this.clock.now().toISOString();
      await this.device.send('reportedModel', { v: 1, version, at, state: 'refused', fault });
      return;
    }
    this.model = model;
    await this.report('reportedModel', version);
    if (death === 'while timing') return await this.die();
    await this.device.reportProfile(model, DEVICE_MS / model.blocks.length);
  }

  private async report(
    name: 'reportedModel' | 'reportedPlan',
    version: number,
    cut?: number,
  ): Promise<void> {
    const at = this.clock.now().toISOString();
    const named = cut === undefined ? {} : { cut };
    await this.device.send(name, { v: 1, version, at, state: 'applied', ...named });
  }

  /** Frames of the plan that is applied: between two models it is still the old one's. */
  private async run(): Promise<void> {
    const { plan } = this;
    const id = this.device.models.findLast(({ model }) => model?.digest === plan?.model)?.model?.id;
    if (plan === undefined || id === undefined || this.behaviourOf(id).isIdle) return;
    if (this.ran.at(-1) !== id) this.ran.push(id);
    const records = Array.from({ length: FRAMES_AT_ONCE }, () =>
      recordOf(plan, this.behaviourOf(id), this.clock.now()),
    );
    await this.device.send('record', { v: 1, records });
    this.frames.push(...records.map(({ frame }) => frame));
  }
}

function linkNow(): FrameRecord['link'] {
  const { uplinkMsPerByte, rttMs, ageMs } = linkOf(LINK_MBPS);
  return { uplinkMsPerByte, rttMs, ageMs };
}

function recordOf(plan: DesiredPlan, { frameMs, outcome }: Behaviour, at: Date): FrameRecord {
  const { totalMs: _, ...measured } = plan.predicted;
  const usual = plan.cloud.length > 0 ? 'cloud' : 'local-plan';
  return {
    ...{ frame: newFrameId(), model: plan.model, planVersion: plan.version },
    ...{ at: at.toISOString(), ageMs: 0, deadlineMs: plan.deadlineMs },
    ...{ outcome: outcome ?? usual, totalMs: frameMs * (0.9 + 0.2 * Math.random()), measured },
    ...{ predicted: plan.predicted, link: linkNow(), sentBytes: 0 },
    ...(outcome === 'failed' && { fault: { code: 'FRAME_FAILED', message: 'a block failed' } }),
  };
}
