/** A device played by a test: a real MQTT client that keeps what it hears, and sends what the test wants, true or not. */
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import mqtt, { type MqttClient } from 'mqtt';
import { openSession } from '../../../src/runtime/index.js';
import {
  type Birth,
  type Chunk,
  type Command,
  type DesiredModel,
  type DesiredPlan,
  decodeMessage,
  encodeChunk,
  encodeMessage,
  encodeTensor,
  type FramePlan,
  isLossy,
  type LinkEstimate,
  type ModelDocument,
  type Payload,
  parseTopic,
  type ResultHead,
  type SentBy,
  type Telemetry,
  type Tensor,
  topicOf,
  unscaled,
} from '../../../src/wire/index.js';

export interface Heard {
  readonly head: ResultHead;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** What a block takes on the device: all the same, or by its place in the model. */
export type BlockMs = number | ((place: number) => number);

const PATIENCE_MS = 15_000;

/** A link estimate of a rate that is sure. */
export function linkOf(mbps: number, more: Partial<LinkEstimate> = {}): LinkEstimate {
  const uplinkMsPerByte = 8 / (1000 * mbps);
  return { uplinkMsPerByte, rttMs: 10, ageMs: 0, confidence: 1, samples: 20, ...more };
}

export const newFrameId = (): string => randomBytes(16).toString('hex');

export class PlayedDevice {
  readonly models: DesiredModel[] = [];
  readonly plans: DesiredPlan[] = [];
  readonly results: Heard[] = [];
  readonly commands: Command[] = [];
  /** Gets every answer instead of the list, when set. */
  onAnswer: ((head: ResultHead) => void) | undefined;
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly id: string,
    private readonly client: MqttClient,
  ) {
    client.on('message', (topic, bytes) => this.hear(topic, bytes));
  }

  /** Connects and subscribes to all that the cloud sends. */
  static async connect(port: number, id: string, secret: string): Promise<PlayedDevice> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
      ...{ clientId: id, username: id, password: secret, reconnectPeriod: 0, protocolVersion: 4 },
    });
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    const device = new PlayedDevice(id, client);
    for (const name of ['desiredModel', 'desiredPlan', 'result', 'command'] as const) {
      await client.subscribeAsync(topicOf(name, id), { qos: 1 });
    }
    return device;
  }

  async send<N extends SentBy<'device'>>(name: N, payload: Payload<N>): Promise<void> {
    await this.sendBytes(name, encodeMessage(name, payload));
  }

  /** Sends bytes as a message, whatever they hold. */
  async sendBytes(name: SentBy<'device'>, bytes: Uint8Array): Promise<void> {
    await this.client.publishAsync(topicOf(name, this.id), Buffer.from(bytes), { qos: 1 });
  }

  /** Says what a device says when it has come. */
  async introduce(
    model: ModelDocument,
    blockMs: BlockMs,
    mbps: number,
    source: 'image' | 'tensor',
  ): Promise<void> {
    await this.birth(source);
    await this.introduceLink(model, blockMs, mbps);
  }

  /** Sends its link and its times. */
  async introduceLink(model: ModelDocument, blockMs: BlockMs, mbps: number): Promise<void> {
    await this.reportLink(linkOf(mbps));
    await this.reportProfile(model, blockMs);
  }

  async birth(source: 'image' | 'tensor', more: Partial<Birth> = {}): Promise<void> {
    await this.send('birth', {
      ...{ v: 1, sid: 's', agent: 'test', platform: 'test', cores: 1, memoryBytes: 1, slowdown: 1 },
      ...{ runtimes: {}, encodings: ['raw', 'pixels'], source, blocks: [], ...more },
    });
  }

  async reportLink(link: LinkEstimate, more: Partial<Telemetry> = {}): Promise<void> {
    await this.send('telemetry', {
      ...{ v: 1, sid: 's', at: new Date().toISOString(), link, load: 0, freeMemoryBytes: 1 },
      ...{ framesWaiting: 0, ...more },
    });
  }

  async reportProfile(model: ModelDocument, blockMs: BlockMs): Promise<void> {
    await this.send('profile', {
      ...{ v: 1, model: model.digest },
      blocks: model.blocks.map(({ digest }, i) => ({
        ...{ digest, spreadMs: 0, runs: 5 },
        medianMs: typeof blockMs === 'number' ? blockMs : blockMs(i),
      })),
    });
  }

  /** The newest plan that fits; waits for one. */
  async plan(fits: (plan: DesiredPlan) => boolean = () => true): Promise<DesiredPlan> {
    return this.until(() => this.plans.findLast(fits), 'a plan that fits');
  }

  /** The newest command; waits for one. */
  async command(): Promise<Command> {
    return this.until(() => this.commands.at(-1), 'a command');
  }

  async model(): Promise<ModelDocument> {
    return this.until(() => this.models.at(-1)?.model ?? undefined, 'a model');
  }

  /** The first answer to a frame (or to none in particular) after those already heard. */
  async answer(frame: string | undefined, heardBefore = 0): Promise<Heard> {
    return this.until(
      () => this.results.filter(({ head }) => head.frame === frame)[heardBefore],
      `answer ${heardBefore + 1} to ${frame}`,
    );
  }

  async sendChunk(chunk: Chunk): Promise<void> {
    await this.sendPacket(encodeChunk(chunk));
  }

  async sendPacket(packet: Uint8Array): Promise<void> {
    await this.sendBytes('tensor', packet);
  }

  /** Calls back when the connection is gone. */
  onClose(listener: () => void): void {
    if (this.client.connected) this.client.once('close', listener);
    else listener();
  }

  async leave(): Promise<void> {
    await this.client.endAsync(true);
  }

  private hear(topic: string, bytes: Uint8Array): void {
    const name = parseTopic(topic)?.name;
    if (name === 'desiredModel') this.models.push(decodeMessage(name, bytes));
    if (name === 'desiredPlan') this.plans.push(decodeMessage(name, bytes));
    if (name === 'command') this.commands.push(decodeMessage(name, bytes));
    if (name === 'result') this.hearResult(decodeMessage(name, bytes));
    for (const wake of [...this.waiting]) wake();
  }

  private hearResult(result: Payload<'result'>): void {
    if (this.onAnswer === undefined) this.results.push(heardOf(result));
    else this.onAnswer(result.head);
  }

  private until<T>(look: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        this.waiting.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(check);
        reject(new Error(`${this.id} waited in vain for ${what}`));
      }, PATIENCE_MS);
      this.waiting.add(check);
      check();
    });
  }
}

function heardOf({ head, body }: Payload<'result'>): Heard {
  const outputs = new Map<string, Tensor>();
  let at = 0;
  for (const { name, dtype, dims, bytes } of head.kind === 'result' ? head.outputs : []) {
    outputs.set(name, { dtype, dims, data: body.slice(at, at + bytes) });
    at += bytes;
  }
  return { head, outputs };
}

/** The tensors a device has after its part of a plan. */
export async function runBlocks(
  digests: readonly string[],
  inputs: ReadonlyMap<string, Tensor>,
  bytesOf: (digest: string) => Promise<Uint8Array>,
): Promise<Map<string, Tensor>> {
  const tensors = new Map(inputs);
  for (const digest of digests) {
    const session = await openSession(await bytesOf(digest));
    const feeds = new Map(
      session.inputs.flatMap((name) => {
        const tensor = tensors.get(name);
        return tensor === undefined ? [] : [[name, tensor] as const];
      }),
    );
    for (const [name, tensor] of await session.run(feeds)) tensors.set(name, tensor);
    await session.release();
  }
  return tensors;
}

/** The chunks of a frame under a plan, cut at `chunkBytes`, encoded as planned; a picture's pixels or its file stand in for a tensor that is planned so. */
export function chunksOf(
  frame: string,
  plan: DesiredPlan & Partial<FramePlan>,
  tensors: ReadonlyMap<string, Tensor>,
  pictures: ReadonlyMap<string, Uint8Array> = new Map(),
  more: Partial<Chunk> = {},
  chunkBytes = 2048,
): Chunk[] {
  return plan.uploads.flatMap(({ tensor: name, encoding }, i) => {
    const tensorIndex = (plan.firstTensor ?? 0) + i;
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`no tensor ${name}`);
    const isPicture = encoding === 'pixels' || encoding === 'jpeg';
    const picture = isPicture ? pictures.get(name) : undefined;
    const numbers = encodeTensor(tensor, isLossy(encoding) ? encoding : 'raw');
    const { bytes, ...head } = picture ? unscaled(encoding, picture) : numbers;
    const chunkCount = Math.max(1, Math.ceil(bytes.length / chunkBytes));
    return Array.from({ length: chunkCount }, (_, chunkIndex): Chunk => {
      const offset = chunkIndex * chunkBytes;
      return {
        ...{ frame, model: plan.model.slice(0, 16), planVersion: plan.version, tensorIndex },
        ...{ ...head, dtype: tensor.dtype, dims: tensor.dims },
        ...{ deadlineMs: 10_000, ageMs: 0, chunkIndex, chunkCount, offset },
        ...{ tensorBytes: bytes.length, isLastOfTensor: chunkIndex === chunkCount - 1 },
        ...{ isLastOfFrame: false, bytes: bytes.slice(offset, offset + chunkBytes) },
        ...more,
      };
    });
  });
}
