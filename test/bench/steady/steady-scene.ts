/** What a steady bench runs: the built service and a real agent with one picture a second behind an emulated link. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referenceNetwork, serializeModel } from '../../../src/onnx/index.js';
import { LinkShaper } from '../../support/mqtt/link-shaper.js';
import { type Running, Service, startAgent } from '../../support/processes/processes.js';
import { paintPictures } from '../../testbed/pictures.js';

const DEVICE = 'pi-steady';
/** A cut in the middle is best on this link, so that other cuts are near. */
const LINK = { uplinkMbps: 8, downlinkMbps: 20, latencyMs: 10 };
const PICTURES = 8;
const PAGE = 200;

/** A plan document that the device got. */
export interface PlanDocument {
  readonly version: number;
  readonly atMs: number;
  readonly cause: { readonly code: string; readonly text: string };
}

interface Page {
  readonly plans: readonly {
    readonly desired: {
      readonly version: number;
      readonly at: string;
      readonly cause: PlanDocument['cause'];
    };
  }[];
}

export class SteadyScene {
  /** By version, oldest first. */
  readonly documents = new Map<number, PlanDocument>();
  frames = 0;
  private agent: Running | undefined;

  private constructor(
    readonly service: Service,
    private readonly link: LinkShaper,
    private readonly folder: string,
  ) {}

  static async start(network: string, intervalMs: number): Promise<SteadyScene> {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-steady-'));
    const env = { FLOTILLA_LOG_LEVEL: 'warn' };
    const service = await Service.start({ data: join(folder, 'cloud'), env });
    const link = await LinkShaper.start({ host: service.host, port: service.mqttPort }, LINK);
    const scene = new SteadyScene(service, link, folder);
    const { build, manifest } = referenceNetwork(network);
    const model = await service.addModel(network, serializeModel(build()), manifest);
    const secret = await service.addDevice(DEVICE, model);
    const pictures = await paintPictures(join(folder, 'pictures'), PICTURES);
    scene.agent = startAgent({
      ...{ device: DEVICE, secret, cloud: service.url, data: join(folder, DEVICE) },
      mqtt: `mqtt://127.0.0.1:${link.port}`,
      args: [
        ...['--input', pictures, '--loop', '--interval-ms', String(intervalMs), '--json'],
        ...['--threads', '1', '--slowdown', '4', '--log-level', 'warn'],
      ],
      onLine: (_, stream) => {
        if (stream === 'stdout') scene.frames += 1;
      },
    });
    return scene;
  }

  /** Takes the documents that the device got since; throws when a process has ended. */
  async look(): Promise<void> {
    this.agent?.assertRunning();
    const { plans } = await this.service.request<Page>(
      'GET',
      `/api/v1/devices/${DEVICE}/plans?limit=${PAGE}`,
    );
    for (const { desired } of plans.toReversed()) {
      const { version, at, cause } = desired;
      this.documents.set(version, { version, atMs: Date.parse(at), cause });
    }
  }

  async end(): Promise<void> {
    await this.agent?.stop();
    await this.link.close();
    await this.service.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
