/**
 * As much of a cloud as an agent needs, for the agent's own tests: a real Aedes, blocks over real HTTP, and a tail that runs
 * in the test's process. It checks nothing, so that a test can make it answer late, wrongly or not at all.
 */
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { openSession, type Session } from '../../src/runtime/index.js';
import {
  type Birth,
  type Chunk,
  type DesiredPlan,
  decodeChunk,
  decodeMessage,
  type Encoding,
  encodeMessage,
  type FrameRecord,
  messages,
  type Payload,
  type Profile,
  parseTopic,
  type Reported,
  type SentBy,
  type Status,
  type Telemetry,
  type Tensor,
  tensorOfPixels,
  topicOf,
} from '../../src/wire/index.js';
import type { SplitModel } from './split-model.js';

interface Arriving {
  readonly encoding: Encoding;
  readonly data: Uint8Array;
  left: number;
}

/** What the tail does with a complete frame. */
export type Tail = 'answers' | 'is silent' | 'faults';

export class SmallCloud {
  tail: Tail = 'answers';
  sendsReceipts = true;
  url = '';
  mqttUrl = '';
  /** Bytes after which a block's download is cut, once. */
  cutDownloadAt: number | undefined;
  readonly births: Birth[] = [];
  readonly statuses: Status[] = [];
  readonly records: FrameRecord[] = [];
  readonly profiles: Profile[] = [];
  readonly reportedModels: Reported[] = [];
  readonly reportedPlans: Reported[] = [];
  readonly telemetry: Telemetry[] = [];
  readonly chunks: Chunk[] = [];
  readonly downloads: { digest: string; range: string | undefined; status: number }[] = [];

  private readonly sockets = new Set<Socket>();
  private readonly tcp = createServer({ noDelay: true });
  private readonly http = createHttpServer();
  private readonly sessions = new Map<string, Session>();
  private readonly frames = new Map<string, Map<number, Arriving>>();
  private model: SplitModel | undefined;
  private readonly plans = new Map<number, { plan: DesiredPlan; model: SplitModel }>();
  private isClosed = false;

  private constructor(
    private readonly broker: Aedes,
    readonly device: string,
    readonly secret: string,
  ) {}

  static async start(device: string, secret: string): Promise<SmallCloud> {
    const broker = await Aedes.createBroker();
    const cloud = new SmallCloud(broker, device, secret);
    broker.authenticate = (_client, name, password, done) => {
      const isKnown = name === device && password?.toString() === cloud.secret;
      done(
        isKnown ? null : Object.assign(new Error('refused'), { returnCode: 5 as const }),
        isKnown,
      );
    };
    broker.on('publish', (packet, client) => {
      if (client !== null) void cloud.receive(packet.topic, packet.payload as Uint8Array);
    });
    cloud.tcp.on('connection', (socket) => {
      cloud.sockets.add(socket);
      socket.on('close', () => cloud.sockets.delete(socket));
      broker.handle(socket);
    });
    cloud.http.on('request', ({ url, headers }, response) => {
      cloud.serveBlock(url?.split('/').at(-1) ?? '', headers, response);
    });
    await once(cloud.tcp.listen(0, '127.0.0.1'), 'listening');
    await once(cloud.http.listen(0, '127.0.0.1'), 'listening');
    cloud.mqttUrl = `mqtt://127.0.0.1:${(cloud.tcp.address() as AddressInfo).port}`;
    cloud.url = `http://127.0.0.1:${(cloud.http.address() as AddressInfo).port}`;
    return cloud;
  }

  /** Makes the model the desired one. */
  async assignModel(model: SplitModel, version = model.document.version): Promise<void> {
    this.model = model;
    for (const [digest, bytes] of model.blocks) {
      if (!this.sessions.has(digest)) this.sessions.set(digest, await openSession(bytes));
    }
    await this.send('desiredModel', {
      ...{ v: 1, version, cause: 'a test', at: new Date().toISOString() },
      model: model.document,
    });
  }

  /** Makes a plan with the first blocks on the device the desired one; `changes` may make it wrong. */
  async assignPlan(
    version: number,
    blocksOnDevice: number,
    changes: Partial<DesiredPlan> = {},
  ): Promise<DesiredPlan> {
    if (this.model === undefined) throw new Error('assign a model first');
    const plan = { ...planOf(this.model, version, blocksOnDevice), ...changes };
    this.plans.set(version, { plan, model: this.model });
    await this.send('desiredPlan', plan);
    return plan;
  }

  async send<N extends SentBy<'cloud'>>(name: N, payload: Payload<N>): Promise<void> {
    const { qos, retain } = messages[name];
    await new Promise<void>((resolve, reject) => {
      const packet = {
        ...{ cmd: 'publish' as const, topic: topicOf(name, this.device), qos, retain, dup: false },
        payload: Buffer.from(encodeMessage(name, payload)),
      };
      this.broker.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Cuts every connection of the broker, as a link that fails does. */
  cutConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.cutConnections();
    this.http.closeAllConnections();
    this.tcp.close();
    this.http.close();
    await new Promise<void>((resolve) => this.broker.close(() => resolve()));
    for (const session of this.sessions.values()) await session.release();
  }

  private async receive(topic: string, bytes: Uint8Array): Promise<void> {
    const name = parseTopic(topic)?.name;
    if (name === 'birth') this.births.push(decodeMessage(name, bytes));
    if (name === 'status') this.statuses.push(decodeMessage(name, bytes));
    if (name === 'profile') this.profiles.push(decodeMessage(name, bytes));
    if (name === 'telemetry') this.telemetry.push(decodeMessage(name, bytes));
    if (name === 'reportedModel') this.reportedModels.push(decodeMessage(name, bytes));
    if (name === 'reportedPlan') this.reportedPlans.push(decodeMessage(name, bytes));
    if (name === 'tensor') await this.assemble(decodeChunk(bytes.slice()));
    if (name === 'record') {
      const { records } = decodeMessage(name, bytes);
      if (!this.sendsReceipts) return;
      this.records.push(...records);
      await this.send('receipt', { v: 1, frames: records.map(({ frame }) => frame) });
    }
  }

  private async assemble(chunk: Chunk): Promise<void> {
    this.chunks.push(chunk);
    const { frame, planVersion, tensorIndex, tensorBytes, encoding, offset, bytes } = chunk;
    const tensors = this.frames.get(frame) ?? new Map<number, Arriving>();
    this.frames.set(frame, tensors);
    const tensor = tensors.get(tensorIndex) ?? {
      ...{ encoding, data: new Uint8Array(tensorBytes), left: tensorBytes },
    };
    tensors.set(tensorIndex, tensor);
    tensor.data.set(bytes, offset);
    tensor.left -= bytes.length;
    const known = this.plans.get(planVersion);
    const isWhole = known?.plan.uploads.every((_, i) => tensors.get(i)?.left === 0);
    if (known && isWhole) await this.finish(frame, known.plan, known.model, tensors);
  }

  private async finish(
    frame: string,
    plan: DesiredPlan,
    { document }: SplitModel,
    tensors: ReadonlyMap<number, Arriving>,
  ): Promise<void> {
    if (this.tail === 'is silent') return;
    if (this.tail === 'faults') {
      const fault = { code: 'WORKER_LOST', message: 'the worker was lost' };
      return this.send('result', {
        head: { v: 1, kind: 'fault', frame, ...fault },
        body: new Uint8Array(),
      });
    }
    const startMs = performance.now();
    const values = new Map<string, Tensor>();
    for (const [i, { tensor }] of plan.uploads.entries()) {
      const { encoding, data = new Uint8Array() } = tensors.get(i) ?? {};
      const spec = document.tensors.find((one) => one.name === tensor);
      const image = document.inputs.find((one) => one.name === tensor)?.image;
      if (encoding === 'pixels' && image) values.set(tensor, tensorOfPixels(data, image));
      else if (spec) values.set(tensor, { dtype: spec.dtype, dims: spec.dims, data });
    }
    for (const digest of plan.cloud) {
      const made = await this.sessions.get(digest)?.run(values);
      for (const [name, value] of made ?? []) values.set(name, value);
    }
    const made = new Set(
      document.blocks
        .filter(({ digest }) => plan.cloud.includes(digest))
        .flatMap(({ outputs }) => outputs),
    );
    const outputs = document.outputs.flatMap(({ name }) => {
      const value = made.has(name) ? values.get(name) : undefined;
      return value === undefined ? [] : [{ name, value }];
    });
    await this.send('result', {
      head: {
        ...{ v: 1, kind: 'result', frame, queueMs: 0, cloudMs: performance.now() - startMs },
        outputs: outputs.map(({ name, value: { dtype, dims, data } }) => ({
          ...{ name, dtype, dims: [...dims], bytes: data.length },
        })),
      },
      body: Buffer.concat(outputs.map(({ value }) => value.data)),
    });
  }

  private serveBlock(
    digest: string,
    { authorization, range }: IncomingHttpHeaders,
    response: ServerResponse,
  ): void {
    const credential = Buffer.from(`${this.device}:${this.secret}`).toString('base64');
    const bytes = this.model?.blocks.get(digest);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const isKnown = authorization === `Basic ${credential}`;
    const found = bytes === undefined ? 404 : from > 0 ? 206 : 200;
    const status = isKnown ? found : 401;
    this.downloads.push({ digest, range, status });
    if (bytes === undefined || !isKnown) {
      response.writeHead(status).end();
      return;
    }
    response.writeHead(status, {
      'content-length': bytes.length - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    const cut = this.cutDownloadAt;
    if (cut === undefined || cut >= bytes.length) {
      response.end(bytes.subarray(from));
      return;
    }
    this.cutDownloadAt = undefined;
    response.write(bytes.subarray(from, cut), () => setTimeout(() => response.destroy(), 50));
  }
}

/** The first blocks on the device, the others in the cloud; pictures travel as pixels. */
function planOf({ document }: SplitModel, version: number, blocksOnDevice: number): DesiredPlan {
  const device = document.blocks.slice(0, blocksOnDevice);
  const cloud = document.blocks.slice(blocksOnDevice);
  const onDevice = new Set([
    ...document.inputs.map(({ name }) => name),
    ...device.flatMap(({ outputs }) => outputs),
  ]);
  const read = [...new Set(cloud.flatMap(({ inputs }) => inputs))].filter((name) =>
    onDevice.has(name),
  );
  const uploads = read.map((tensor) => {
    const bytes = document.tensors.find(({ name }) => name === tensor)?.bytes ?? 0;
    const isImage = document.inputs.some(({ name, image }) => name === tensor && image);
    return isImage
      ? { tensor, encoding: 'pixels' as const, bytes: bytes / 4 }
      : { tensor, encoding: 'raw' as const, bytes };
  });
  const zero = { deviceMs: 0, encodeMs: 0, uplinkMs: 0, queueMs: 0, cloudMs: 0, downlinkMs: 0 };
  return {
    ...{ v: 1, version, at: new Date().toISOString(), cause: { code: 'first', text: 'a test' } },
    model: document.digest,
    device: device.map(({ digest }) => digest),
    cloud: cloud.map(({ digest }) => digest),
    uploads,
    ...{ deadlineMs: 3000, creditBytes: 1 << 20, chunkBytes: 4096 },
    link: { uplinkMsPerByte: 0.001, rttMs: 1, ageMs: 0, confidence: 0, samples: 0 },
    predicted: { ...zero, totalMs: 10 },
    alternatives: [],
  };
}
