/** Without root: a proxy stands for the link, and the agent stretches its blocks by sleeping. Works on every machine. */
import { LinkShaper } from '../../support/mqtt/link-shaper.js';
import { type Service, startAgent } from '../../support/processes/processes.js';
import {
  type DeviceOptions,
  type EmulatedDevice,
  type Emulation,
  slowedArgs,
} from './emulation.js';

const OPEN = { uplinkMbps: 10_000, downlinkMbps: 10_000, latencyMs: 0 };

export class UserEmulation implements Emulation {
  readonly host = '127.0.0.1';
  readonly about: readonly string[];

  constructor(private readonly slowdown: number) {
    this.about = [
      'Link: a proxy in user space gives rate and latency both ways.',
      `Processor: every block is stretched ×${slowdown} by sleeping (--slowdown).`,
    ];
  }

  async start(
    service: Service,
    { id, secret, data, args, onLine }: DeviceOptions,
  ): Promise<EmulatedDevice> {
    const shaper = await LinkShaper.start({ host: this.host, port: service.mqttPort }, OPEN);
    const agent = startAgent({
      ...{ device: id, secret, data, cloud: service.url },
      mqtt: `mqtt://${this.host}:${shaper.port}`,
      args: [...args, ...slowedArgs(this.slowdown)],
      ...(onLine && { onLine }),
    });
    return {
      agent,
      setLink: async (link) => {
        shaper.restore();
        shaper.set(link === 'open' ? OPEN : link);
      },
      setUplink: async (mbps) => {
        if (mbps === 0) return shaper.freeze();
        shaper.set({ uplinkMbps: mbps });
        shaper.restore();
      },
      stop: async () => {
        await agent.stop();
        await shaper.close();
      },
    };
  }

  async end(): Promise<void> {
    // Devices are stopped by those who started them, and nothing else was made.
  }
}
