/**
 * As much of a cloud as an agent needs, for the agent's own tests: a real Aedes, blocks over real HTTP, and a tail that runs
 * in the test's process. It checks nothing, so that a test can make it answer late, wrongly or not at all.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aedes } from 'aedes';
import {
  type Birth,
  type Chunk,
  type CommandReport,
  cutOfTensor,
  cutsOf,
  type DesiredPlan,
  decodeChunk,
  decodeMessage,
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
  topicOf,
} from '../../../src/wire/index.js';
import { BlockServer } from './block-server.js';
import { SmallTail } from './small-tail.js';
import { planOf, type SplitModel } from './split-model.js';

/** What the tail does with a complete frame. */
export type Tail = 'answers' | 'is silent' | 'faults';

export class SmallCloud {
  tail: Tail = 'answers';
  /** How long it holds the answer to the n-th complete frame back. */
  holdMs: (nth: number) => number = () => 0;
  sendsReceipts = true;
  /** In the next message of this name one bit is flipped on its way: the lowest of the last byte of `text`. */
  flipNext: { readonly name: SentBy<'cloud'>; readonly text: string } | undefined;
  mqttUrl = '';
  readonly births: Birth[] = [];
  readonly statuses: Status[] = [];
  readonly records: FrameRecord[] = [];
  readonly profiles: Profile[] = [];
  readonly reportedModels: Reported[] = [];
  readonly reportedPlans: Reported[] = [];
  readonly telemetry: Telemetry[] = [];
  readonly commandReports: CommandReport[] = [];
  readonly chunks: Chunk[] = [];
  /** Ids of frames whose tensors are all here, and of those answered, in order. */
  readonly complete: string[] = [];
  readonly answered: string[] = [];
  /** Names of all messages it sent, in order. */
  readonly sent: SentBy<'cloud'>[] = [];

  private readonly sockets = new Set<Socket>();
  private readonly tcp = createServer({ noDelay: true });
  private readonly runner = new SmallTail();
  private model: SplitModel | undefined;
  private readonly plans = new Map<number, { plan: DesiredPlan; model: SplitModel }>();
  private isClosed = false;

  private constructor(
    private readonly broker: Aedes,
    /** Where the agent downloads. */
    readonly blocks: BlockServer,
    readonly device: string,
    readonly secret: string,
  ) {}

  static async start(device: string, secret: string): Promise<SmallCloud> {
    const broker = await Aedes.createBroker();
    const blocks = await BlockServer.start(device, secret);
    const cloud = new SmallCloud(broker, blocks, device, secret);
    broker.authenticate = (_client, name, password, done) => {
      const isKnown = name === device && password?.toString() === cloud.secret;
      done(
        isKnown ? null : Object.assign(new Error('refused'), { returnCode: 4 as const }),
        isKnown,
      );
    };
    broker.authorizePublish = (_client, { topic, payload }, done) => {
      const name = parseTopic(topic)?.name;
      const isTooLong = name !== undefined && payload.length > messages[name].maxBytes;
      done(isTooLong ? new Error(`a ${name} of ${payload.length} bytes`) : null);
    };
    broker.authorizeForward = (_client, packet) => {
      const { flipNext } = cloud;
      if (flipNext === undefined || parseTopic(packet.topic)?.name !== flipNext.name) return packet;
      cloud.flipNext = undefined;
      const payload = Buffer.from(packet.payload);
      const at = payload.indexOf(flipNext.text) + flipNext.text.length - 1;
      payload.writeUInt8(payload.readUInt8(at) ^ 1, at);
      return Object.assign(packet, { payload });
    };
    broker.on('publish', (packet, client) => {
      if (client !== null) void cloud.receive(packet.topic, packet.payload as Uint8Array);
    });
    cloud.tcp.on('connection', (socket) => {
      cloud.sockets.add(socket);
      socket.on('close', () => cloud.sockets.delete(socket));
      broker.handle(socket);
    });
    await once(cloud.tcp.listen(0, '127.0.0.1'), 'listening');
    cloud.mqttUrl = `mqtt://127.0.0.1:${(cloud.tcp.address() as AddressInfo).port}`;
    return cloud;
  }

  /** Makes the model the desired one. */
  async assignModel(model: SplitModel, version = model.document.version): Promise<void> {
    this.model = model;
    this.blocks.blocks = model.blocks;
    await this.runner.open(model.blocks);
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
    this.sent.push(name);
    const { qos, retain } = messages[name];
    await new Promise<void>((resolve, reject) => {
      const packet = {
        ...{ cmd: 'publish' as const, topic: topicOf(name, this.device), qos, retain, dup: false },
        payload: retain
          ? sealed(encodeMessage(name, payload))
          : Buffer.from(encodeMessage(name, payload)),
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
    this.blocks.close();
    this.tcp.close();
    await new Promise<void>((resolve) => this.broker.close(() => resolve()));
    await this.runner.release();
  }

  private async receive(topic: string, bytes: Uint8Array): Promise<void> {
    const name = parseTopic(topic)?.name;
    if (name === 'birth') this.births.push(decodeMessage(name, bytes));
    if (name === 'status') this.statuses.push(decodeMessage(name, bytes));
    if (name === 'profile') this.profiles.push(decodeMessage(name, bytes));
    if (name === 'commandReport') this.commandReports.push(decodeMessage(name, bytes));
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
    const { frame, planVersion } = chunk;
    const known = this.plans.get(planVersion);
    const cuts = known && cutsOf(known.plan);
    const plan = cuts?.[cutOfTensor(cuts, chunk.tensorIndex)];
    const isWhole = this.runner.take(chunk, plan);
    if (known === undefined || plan === undefined || !isWhole) return;
    const heldMs = this.holdMs(this.complete.push(frame) - 1);
    if (this.tail === 'is silent') return;
    if (heldMs > 0) await sleep(heldMs);
    if (this.isClosed) return;
    this.answered.push(frame);
    if (this.tail === 'answers') {
      await this.send('result', await this.runner.run(frame, plan, known.model.document));
      return;
    }
    const fault = { code: 'WORKER_LOST', message: 'the worker was lost' };
    const head = { v: 1 as const, kind: 'fault' as const, frame, ...fault };
    await this.send('result', { head, body: new Uint8Array() });
  }
}

/** A document with the digest of all before it as its last field (docs/protocol.md). */
function sealed(bytes: Uint8Array): Buffer {
  const before = Buffer.from(bytes).toString().slice(0, -1);
  const sha256 = createHash('sha256').update(before).digest('hex');
  return Buffer.from(`${before},"sha256":"${sha256}"}`);
}
