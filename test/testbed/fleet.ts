/** Three emulated Pis behind shaped links, for the demo: devices registered, agents started, links in hand. */
import { join } from 'node:path';
import type { Encoding } from '../../src/wire/index.js';
import type { LinkSettings } from '../support/mqtt/link-shaper.js';
import { LinkShaper } from '../support/mqtt/link-shaper.js';
import { type Running, type Service, startAgent } from '../support/processes/processes.js';

/** A device's plan as REST shows it; only what the demo prints. */
export interface PlanView {
  readonly version: number;
  /** Number of the row that the device follows by its own choice; 0 or none: the plan's own cut. */
  readonly cut?: number;
  readonly cause: { readonly code: string; readonly text: string };
  readonly model: string;
  readonly device: readonly string[];
  readonly cloud: readonly string[];
  readonly uploads: readonly {
    readonly tensor: string;
    readonly encoding: Encoding;
    readonly bytes: number;
  }[];
  readonly deadlineMs: number;
  readonly predicted: { readonly totalMs: number };
  /** Present for a stream that several cuts serve in turn. */
  readonly mix?: {
    readonly periodMs: number;
    readonly cuts: readonly Pick<PlanView, 'device' | 'cloud' | 'uploads'>[];
    readonly pattern: readonly number[];
  };
  readonly alternatives: readonly { readonly strategy: string; readonly totalMs: number }[];
}

/** The plan a device should follow, with the link it was made for and the link as it is known now. */
export interface PlanState {
  readonly desired: PlanView;
  readonly explanation: {
    readonly uplinkMbps: number;
    readonly linkNow: { readonly uplinkMbps: number };
    readonly follows: { readonly cut: number };
  };
}

/** A frame of the history as REST shows it. */
export interface FrameView {
  readonly frame: string;
  readonly model: string;
  readonly planVersion: number;
  readonly outcome: 'cloud' | 'local-plan' | 'local-fallback' | 'failed';
  readonly totalMs: number;
}

export class EmulatedPi {
  private constructor(
    readonly id: string,
    readonly shaper: LinkShaper,
    readonly agent: Running,
  ) {}

  static async start(
    service: Service,
    { id, link, folder, args }: { id: string; link: LinkSettings; folder: string; args: string[] },
  ): Promise<EmulatedPi> {
    const { secret } = await service.request<{ secret: string }>('POST', '/api/v1/devices', { id });
    const shaper = await LinkShaper.start({ host: '127.0.0.1', port: service.mqttPort }, link);
    const agent = startAgent({
      device: id,
      secret,
      cloud: service.url,
      mqtt: `mqtt://127.0.0.1:${shaper.port}`,
      data: join(folder, id),
      args,
    });
    return new EmulatedPi(id, shaper, agent);
  }

  get linkText(): string {
    return `${this.shaper.settings.uplinkMbps} Mbps`;
  }

  async stop(): Promise<void> {
    await this.agent.stop();
    await this.shaper.close();
  }
}
