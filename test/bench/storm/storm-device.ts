/**
 * One device of the storm: the agent's own back-off and options of connection, a real MQTT session, and everything an agent says
 * when it comes back. It runs nothing.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MqttClient } from 'mqtt';
import { connectOptions } from '../../../firmware-agent/src/cloud/mqtt/connection.js';
import { Backoff, STEADY_MS } from '../../../firmware-agent/src/cloud/rest/backoff.js';
import { profileOf } from '../../../firmware-agent/src/traffic/profiles.js';
import {
  decodeMessage,
  encodeMessage,
  isSentBy,
  type ModelDocument,
  messageNames,
  messages,
  type Payload,
  parseTopic,
  type SentBy,
  type Status,
  topicOf,
} from '../../../src/wire/index.js';
import { secretIdentity } from '../../support/service/secret-identity.js';

/** Of the profile `normal`. */
const KEEP_ALIVE_S = profileOf('normal').keepAliveS;

/** Who a device is, and from which address of this machine it comes. */
export interface StormOrder {
  readonly id: string;
  readonly secret: string;
  readonly address: string;
}

/** How a device came back. */
export interface Return {
  /** From the drop until its plan was there again. */
  readonly tookMs: number;
  /** From the drop until its first attempt. */
  readonly firstMs: number;
  readonly attempts: number;
}

const HOST = '127.0.0.1';
const DEVICE_MS = 1500;
const PROBE_BYTES = 4096;
const at = (): string => new Date().toISOString();

export class StormDevice {
  private client: MqttClient | undefined;
  private planVersion = 0;
  private onPlan: () => void = () => undefined;
  private hasPlan = false;
  private onModel: (model: ModelDocument) => void = () => undefined;
  private model: Promise<ModelDocument> | undefined;

  constructor(
    private readonly port: number,
    private readonly order: StormOrder,
  ) {}

  /** Connects, says what it is, and resolves when it has its model. */
  async join(): Promise<void> {
    this.model = new Promise<ModelDocument>((resolve) => {
      this.onModel = resolve;
    });
    await this.comeIn();
    await this.model;
  }

  /** Says how fast it is, and resolves when it has a plan. */
  async measure(): Promise<void> {
    if (this.model === undefined) throw new Error(`${this.order.id} has not joined`);
    const { digest, blocks } = await this.model;
    this.model = undefined;
    this.onModel = () => undefined;
    await this.send('profile', {
      ...{ v: 1, model: digest },
      blocks: blocks.map((block) => ({
        ...{ digest: block.digest, spreadMs: 0, runs: 5 },
        medianMs: DEVICE_MS / blocks.length,
      })),
    });
    if (!this.hasPlan) await this.nextPlan();
  }

  /** Its connection is gone, without a word; resolves when it is back with its plan. */
  async dropAndReturn(): Promise<Return> {
    const droppedMs = performance.now();
    const versionBefore = this.planVersion;
    this.client?.stream.destroy();
    const backoff = new Backoff();
    let firstMs: number | undefined;
    for (let attempts = 1; ; attempts++) {
      // It had been connected for long: the shortest pauses, and so the hardest storm.
      await sleep(backoff.pauseMs(attempts === 1 ? STEADY_MS : 0));
      firstMs ??= performance.now() - droppedMs;
      const isIn = await this.comeIn(this.nextPlan()).then(
        () => true,
        () => false,
      );
      if (!isIn) continue;
      if (this.planVersion < versionBefore) throw new Error(`${this.order.id} got an older plan`);
      return { tookMs: performance.now() - droppedMs, firstMs, attempts };
    }
  }

  async leave(): Promise<void> {
    await this.client?.endAsync(true);
  }

  private nextPlan(): Promise<void> {
    return new Promise((resolve) => {
      this.onPlan = resolve;
    });
  }

  /** One session's beginning, as docs/protocol.md has it, and what is waited for then; rejects when the session ends before. */
  private async comeIn(then?: Promise<void>): Promise<void> {
    const client = await this.connected();
    this.client = client;
    const cut = new Promise<never>((_, reject) => {
      client.once('close', () => reject(new Error('closed')));
    });
    await Promise.race([this.introduce(client).then(() => then), cut]);
  }

  private async introduce(client: MqttClient): Promise<void> {
    const { id } = this.order;
    await this.send('status', statusOf('online'));
    await this.send('birth', {
      ...{ v: 1, sid: 's', agent: 'storm', platform: 'test', cores: 4, memoryBytes: 4e9 },
      ...{ runtimes: {}, encodings: ['raw', 'pixels'], source: 'tensor', slowdown: 1, blocks: [] },
    });
    await this.send('probe', new Uint8Array(PROBE_BYTES));
    const names = messageNames.filter((one) => isSentBy(one, 'cloud'));
    const topics = names.map((name) => [topicOf(name, id), { qos: messages[name].qos }]);
    await client.subscribeAsync(Object.fromEntries(topics));
    const link = { uplinkMsPerByte: 0.002, rttMs: 10, ageMs: 0, confidence: 1, samples: 20 };
    const load = { load: 0.5, freeMemoryBytes: 1e9, framesWaiting: 0 };
    await this.send('telemetry', { v: 1, sid: 's', at: at(), link, ...load });
  }

  private async connected(): Promise<MqttClient> {
    const { id, secret, address } = this.order;
    const credential = { url: `mqtt://${HOST}:${this.port}`, identity: secretIdentity(id, secret) };
    const open = (): Socket =>
      connect({ host: HOST, port: this.port, localAddress: address, noDelay: true });
    const client = new MqttClient(
      open,
      connectOptions(credential, statusOf('offline'), KEEP_ALIVE_S),
    );
    client.on('message', (topic, bytes) => this.hear(topic, bytes));
    try {
      await new Promise<void>((resolve, reject) => {
        client.once('connect', () => resolve());
        client.on('error', reject);
        client.once('close', () => reject(new Error('closed')));
      });
      return client;
    } catch (error) {
      client.end(true);
      throw error;
    }
  }

  private hear(topic: string, bytes: Uint8Array): void {
    const name = parseTopic(topic)?.name;
    if (name === 'desiredModel') {
      const { model } = decodeMessage(name, bytes);
      if (model !== null) this.onModel(model);
    }
    if (name === 'desiredPlan') {
      this.planVersion = decodeMessage(name, bytes).version;
      this.hasPlan = true;
      this.onPlan();
    }
  }

  private async send<N extends SentBy<'device'>>(name: N, payload: Payload<N>): Promise<void> {
    const { qos, retain } = messages[name];
    const bytes = Buffer.from(encodeMessage(name, payload));
    const topic = topicOf(name, this.order.id);
    await this.client?.publishAsync(topic, bytes, { qos, retain });
  }
}

function statusOf(state: Status['state']): Status {
  return { v: 1, state, sid: 's', at: at() };
}
