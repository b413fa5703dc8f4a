/** What a soak runs: the built service and real agents behind shaped links, streaming pictures as fast as their plans allow. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referenceNetwork, serializeModel } from '../../../src/onnx/index.js';
import { LinkShaper } from '../../support/mqtt/link-shaper.js';
import { type Running, Service, startAgent } from '../../support/processes/processes.js';
import { paintPictures } from '../../testbed/pictures.js';

const LINK = { uplinkMbps: 50, downlinkMbps: 50, latencyMs: 2 };
const PICTURES = 8;
const AGENT_FLAGS = [
  '--loop',
  '--json',
  '--threads',
  '1',
  '--slowdown',
  '3',
  '--log-level',
  'warn',
];

export interface SoakAgent {
  readonly id: string;
  readonly process: Running;
  readonly link: LinkShaper;
  /** Frames that ended, by outcome. */
  readonly outcomes: Record<string, number>;
}

export class SoakFleet {
  readonly agents: SoakAgent[] = [];
  /** What Node says of listeners that were added and never taken away. */
  readonly warnings: string[] = [];

  private constructor(
    readonly service: Service,
    /** Ids of the models a device is switched between. */
    readonly models: readonly string[],
    private readonly folder: string,
  ) {}

  static async start(networks: readonly string[], agents: number): Promise<SoakFleet> {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-soak-'));
    const warnings: string[] = [];
    const service = await Service.start({
      data: join(folder, 'cloud'),
      env: { FLOTILLA_LOG_LEVEL: 'warn' },
      onLine: (line) => {
        if (line.includes('MaxListeners')) warnings.push(line);
      },
    });
    const models: string[] = [];
    for (const name of networks) {
      const { build, manifest } = referenceNetwork(name);
      models.push(await service.addModel(name, serializeModel(build()), manifest));
    }
    const fleet = new SoakFleet(service, models, folder);
    const pictures = await paintPictures(join(folder, 'pictures'), PICTURES);
    for (let i = 0; i < agents; i++) await fleet.addAgent(`pi-${i}`, pictures);
    return fleet;
  }

  /** Frames that ended so far. */
  get frames(): number {
    return this.agents.reduce((sum, { outcomes }) => {
      return sum + Object.values(outcomes).reduce((all, count) => all + count, 0);
    }, 0);
  }

  async stopAgents(): Promise<void> {
    await Promise.all(this.agents.map(({ process }) => process.stop()));
    await Promise.all(this.agents.map(({ link }) => link.close()));
  }

  async end(): Promise<void> {
    await this.stopAgents();
    await this.service.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async addAgent(id: string, pictures: string): Promise<void> {
    const { service } = this;
    const secret = await service.addDevice(id, this.models[0]);
    const link = await LinkShaper.start({ host: service.host, port: service.mqttPort }, LINK);
    const outcomes: Record<string, number> = {};
    const agent = startAgent({
      ...{ device: id, secret, cloud: service.url, data: join(this.folder, id) },
      mqtt: `mqtt://127.0.0.1:${link.port}`,
      args: ['--input', pictures, ...AGENT_FLAGS],
      onLine: (line, stream) => {
        if (stream === 'stdout') {
          const { outcome } = JSON.parse(line) as { outcome: string };
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        } else if (line.includes('MaxListeners')) this.warnings.push(line);
      },
    });
    this.agents.push({ id, process: agent, link, outcomes });
  }
}
