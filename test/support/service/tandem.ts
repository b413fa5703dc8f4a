/** The service with everything a frame needs, an examined reference network, and devices that run it. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Broker, BrokerModule } from '../../../src/broker/index.js';
import { CommandsModule } from '../../../src/commands/index.js';
import { FleetModule } from '../../../src/fleet/index.js';
import { InferenceModule, InferenceService } from '../../../src/inference/index.js';
import { ModelsModule } from '../../../src/models/index.js';
import { referenceNetworks, serializeModel } from '../../../src/onnx/index.js';
import { PlansModule, PlansService } from '../../../src/plans/index.js';
import type { Clock } from '../../../src/platform/index.js';
import { RolloutsModule } from '../../../src/rollouts/index.js';
import type { ModelManifest } from '../../../src/wire/index.js';
import { PlayedDevice } from '../devices/played-device.js';
import { keepExaminations } from './kept-examinations.js';
import { type RunningService, startService } from './service.js';

const KEY = 'a-key-for-operators-that-is-long-enough';

export class Tandem {
  private readonly secrets = new Map<string, string>();

  private constructor(private readonly service: RunningService) {}

  /** Starts it, on the data of another run and on a clock of the test's where they are given. */
  static async start(
    environment: Record<string, string> = {},
    data?: string,
    clock?: Clock,
  ): Promise<Tandem> {
    const service = await startService({
      modules: [
        ...[BrokerModule, CommandsModule, FleetModule, ModelsModule, PlansModule],
        ...[InferenceModule, RolloutsModule],
      ],
      environment: { FLOTILLA_OPERATOR_KEY: KEY, FLOTILLA_WORKERS: '1', ...environment },
      beforeListening: keepExaminations,
      ...(data !== undefined && { data }),
      ...(clock !== undefined && { clock }),
    });
    return new Tandem(service);
  }

  get app(): NestFastifyApplication {
    return this.service.app;
  }

  /** Where REST answers. */
  get url(): string {
    return this.service.url;
  }

  /** The operator key of its REST calls. */
  get operatorKey(): string {
    return KEY;
  }

  get data(): string {
    return this.service.data;
  }

  get port(): number {
    return this.app.get(Broker).port;
  }

  get plans(): PlansService {
    return this.app.get(PlansService);
  }

  get inference(): InferenceService {
    return this.app.get(InferenceService);
  }

  /** A REST call as the operator: the status and the answer's JSON. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown }> {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.service.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${KEY}`,
        ...headers,
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** Uploads a reference network and waits for its examination; its id. */
  async addModel(name: string, manifest: Partial<ModelManifest> = {}): Promise<string> {
    const reference = referenceNetworks.find((one) => one.name === name);
    if (reference === undefined) throw new Error(`no reference network ${name}`);
    const form = new FormData();
    form.set('manifest', JSON.stringify({ ...reference.manifest, ...manifest }));
    form.set('file', new Blob([serializeModel(reference.build()).slice()]), `${name}.onnx`);
    const { status, body } = await this.call('POST', '/models', form);
    if (status !== 201) throw new Error(`model refused: ${JSON.stringify(body)}`);
    return (body as { id: string }).id;
  }

  /** Enrols a device; a function that connects it. */
  async enrol(id: string, model: string | null): Promise<() => Promise<PlayedDevice>> {
    const { status, body } = await this.call('POST', '/devices', {
      id,
      ...(model === null ? {} : { model }),
    });
    if (status !== 201) throw new Error(`device refused: ${JSON.stringify(body)}`);
    const { secret } = body as { secret: string };
    this.secrets.set(id, secret);
    return () => this.connectAs(id, secret);
  }

  /** The secret of a device that was enrolled here. */
  secretOf(id: string): string {
    return this.secrets.get(id) ?? '';
  }

  connectAs(id: string, secret: string): Promise<PlayedDevice> {
    return PlayedDevice.connect(this.port, id, secret);
  }

  /** The bytes of a block, as an operator gets them. */
  async block(digest: string): Promise<Uint8Array> {
    const response = await fetch(`${this.service.url}/api/v1/blocks/${digest}`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    return new Uint8Array(await response.arrayBuffer());
  }

  stop(keep?: { readonly data: boolean }): Promise<void> {
    return this.service.stop(keep);
  }
}
