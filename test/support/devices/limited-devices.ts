/** Devices of a service whose limits a test sets: played ones on a quick link, whose plans send the input where they may. */
import { expect } from 'vitest';
import { Replanner } from '../../../src/plans/control/replanner.js';
import {
  type Birth,
  cutsOf,
  type DesiredPlan,
  type FrameRecord,
  type ModelDocument,
} from '../../../src/wire/index.js';
import type { Tandem } from '../service/tandem.js';
import { waitFor } from '../wait-for.js';
import { newFrameId, type PlayedDevice } from './played-device.js';

/** A block takes 50 ms on the device and next to nothing in the cloud. */
const [MBPS, BLOCK_MS] = [20, 50];

export const NO_LIMITS = {
  ...{ bytesPrice: null, monthlyBytes: null, deviceMemoryBytes: null, deadline: null },
  uplink: null,
};

/** What `plan/explain` says of limits. */
export interface Explained {
  readonly because: string;
  readonly limits: {
    readonly maxFrameBytes: number | null;
    readonly month: Readonly<Record<string, unknown>> | null;
    readonly unmet: string | null;
  };
  readonly bytes: {
    readonly frameBytes: number;
    readonly latencyMs: number;
    readonly savedMsPerMegabyte: number | null;
    readonly furtherMsPerMegabyte: number | null;
    readonly withOneMoreMegabyteADayMs: number | null;
    readonly text: string;
  } | null;
}

/** Bytes that a frame of a cut sends. */
export const sent = ({ uploads }: Pick<DesiredPlan, 'uploads'>): number =>
  uploads.reduce((sum, { bytes }) => sum + bytes, 0);

/** The most that a frame may send under a plan, in any cut. */
export const most = (plan: DesiredPlan): number => Math.max(...cutsOf(plan).map(sent));

/** The next plan of a device. */
export const planAfter = (device: PlayedDevice, { version }: DesiredPlan): Promise<DesiredPlan> =>
  device.plan((plan) => plan.version > version);

export class LimitedDevice {
  private constructor(
    private readonly tandem: Tandem,
    readonly id: string,
    readonly device: PlayedDevice,
    readonly document: ModelDocument,
    readonly plan: DesiredPlan,
  ) {}

  /** One with a plan for its link. */
  static async start(
    tandem: Tandem,
    model: string,
    birth: Partial<Birth> = {},
  ): Promise<LimitedDevice> {
    const id = `limit-${newFrameId().slice(0, 8)}`;
    const device = await (await tandem.enrol(id, model))();
    const document = await device.model();
    await device.birth('tensor', birth);
    await device.introduceLink(document, BLOCK_MS, MBPS);
    const plan = await device.plan(({ link }) => link.samples > 0);
    return new LimitedDevice(tandem, id, device, document, plan);
  }

  limit(limits: unknown): Promise<{ status: number; body: unknown }> {
    return this.tandem.call('PATCH', `/devices/${this.id}`, { limits });
  }

  async explained(of = this.tandem): Promise<Explained> {
    return (await of.call('GET', `/devices/${this.id}/plan/explain`)).body as Explained;
  }

  /** Resolves when no news of the device can lead to a plan any more. */
  settled(): Promise<void> {
    const replanner = this.tandem.app.get(Replanner);
    return waitFor(() => expect(replanner.isPlanning(this.id)).toBe(false));
  }

  /** Reports frames that sent some bytes each; resolves when the history has the last of them. */
  async report(...sentBytes: number[]): Promise<void> {
    const records = sentBytes.map((one) => this.record(one));
    await this.device.send('record', { v: 1, records });
    const path = `/devices/${this.id}/frames/${records.at(-1)?.frame}`;
    await waitFor(async () => expect((await this.tandem.call('GET', path)).status).toBe(200));
  }

  private record(sentBytes: number): FrameRecord {
    const stages = { deviceMs: 1, encodeMs: 0, uplinkMs: 1, queueMs: 0, cloudMs: 1, downlinkMs: 1 };
    return {
      ...{ frame: newFrameId(), model: this.document.digest, planVersion: this.plan.version },
      ...{ at: new Date().toISOString(), ageMs: 0, outcome: 'cloud', deadlineMs: 1000 },
      ...{ totalMs: 5, measured: stages, predicted: null, link: null, sentBytes },
    };
  }
}

/** Devices of one model, which leave together. */
export class LimitedDevices {
  private readonly started: LimitedDevice[] = [];

  constructor(
    private readonly tandem: Tandem,
    private readonly model: string,
  ) {}

  async start(birth: Partial<Birth> = {}): Promise<LimitedDevice> {
    const one = await LimitedDevice.start(this.tandem, this.model, birth);
    this.started.push(one);
    return one;
  }

  async leave(): Promise<void> {
    await Promise.all(this.started.map(({ device }) => device.leave()));
  }
}
