/** Devices of a service that share the line of a site: played cameras, for each of which sending less costs more and more time. */
import { expect } from 'vitest';
import type { DesiredPlan, ModelDocument } from '../../../src/wire/index.js';
import type { ServedPlan } from '../planner/shared/line-oracle.js';
import type { Tandem } from '../service/tandem.js';
import { waitFor } from '../wait-for.js';
import type { PlayedDevice } from './played-device.js';

/** Rate of the line, which is the most that a device can measure. */
export const LINE_MBPS = 1.2;
/** Five pictures of 12 KB a second: 0.5 Mbps. So two cameras fit the line, and three do not. */
export const CAMERA = { objective: 'stream', intervalMs: 200 } as const;

/** Device times of tiny-chain by the bytes of what a block makes: 8 KB after 35 ms, 4 KB after 50 ms more, nothing after 80 ms more. */
const BLOCK_MS = new Map([
  [8192, 35],
  [4096, 50],
  [40, 80],
]);

/** What `plan/explain` says of a line. */
export interface LineExplained {
  readonly because: string;
  readonly intervalMs: number | null;
  readonly margins: { readonly uplink: { readonly source: string } } | null;
  readonly limits: {
    readonly bytesPrice: number | null;
    readonly uplink: {
      readonly site: string;
      readonly mbps: number;
      readonly devices: number | null;
      readonly load: number | null;
      readonly bytesPrice: number | null;
      readonly shareMbps: number | null;
      readonly intervalMs: number | null;
      readonly slowdown: number | null;
      readonly text: string;
    } | null;
  };
}

export const priceOf = ({ limits }: DesiredPlan): number => limits?.bytesPrice ?? 0;

export class SiteDevice {
  private constructor(
    private readonly tandem: Tandem,
    readonly id: string,
    readonly device: PlayedDevice,
  ) {}

  /** One with a plan for its link and its interval. */
  static async start(tandem: Tandem, id: string, model: string): Promise<SiteDevice> {
    const device = await (await tandem.enrol(id, model))();
    return SiteDevice.introduce(tandem, id, device);
  }

  /** The same device at a service that was started again. */
  static async back(tandem: Tandem, id: string, secret: string): Promise<SiteDevice> {
    return SiteDevice.introduce(tandem, id, await tandem.connectAs(id, secret));
  }

  private static async introduce(
    tandem: Tandem,
    id: string,
    device: PlayedDevice,
  ): Promise<SiteDevice> {
    const document = await device.model();
    await device.birth('tensor', CAMERA);
    await device.introduceLink(document, blockMsOf(document), LINE_MBPS);
    await device.plan(({ link }) => link.samples > 0);
    return new SiteDevice(tandem, id, device);
  }

  /** The newest plan that was heard. */
  get plan(): DesiredPlan {
    const plan = this.device.plans.at(-1);
    if (plan === undefined) throw new Error(`${this.id} has no plan`);
    return plan;
  }

  /** How the plan of now loads the line. */
  get served(): ServedPlan {
    const { plan } = this;
    return { cut: plan, mix: plan.mix, servedMs: plan.paced?.sustainedMs ?? Number.NaN };
  }

  limit(limits: unknown): Promise<{ status: number; body: unknown }> {
    return this.tandem.call('PATCH', `/devices/${this.id}`, { limits });
  }

  async explained(): Promise<LineExplained> {
    const { body } = await this.tandem.call('GET', `/devices/${this.id}/plan/explain`);
    return body as LineExplained;
  }

  /** Resolves when the newest plan has a price that fits. */
  priced(fits: (price: number) => boolean): Promise<void> {
    return waitFor(async () => expect(priceOf(this.plan)).toSatisfy(fits));
  }
}

function blockMsOf({ blocks, tensors }: ModelDocument): (place: number) => number {
  const bytes = new Map(tensors.map((tensor) => [tensor.name, tensor.bytes]));
  const seen = new Set<number>();
  const times = blocks.map(({ outputs }) => {
    const made = outputs.reduce((sum, name) => sum + (bytes.get(name) ?? 0), 0);
    const ms = seen.has(made) ? 0.1 : (BLOCK_MS.get(made) ?? 0.1);
    seen.add(made);
    return ms;
  });
  return (place) => times[place] ?? 0.1;
}
