/**
 * The least agent: a device that only sends pictures, written from docs/protocol.md (“The least agent”) alone. It shares no code with
 * the service, runs no blocks, and keeps nothing on disk.
 */
import { randomBytes } from 'node:crypto';
import { connectAsync, type MqttClient } from 'mqtt';

type Amounts = Record<'version' | 'deadlineMs' | 'chunkBytes', number>;
export type LeastPlan = Amounts & { model: string; uploads: { encoding: string }[] };
type Head = { kind: string; frame?: string; code?: string; message?: string };
export type LeastAnswer = { head: Head; body: Buffer };

const CODES = ['raw', 'f16', 'u8', 'pixels', 'jpeg'];

/** CRC-32C, bit by bit: short, and quick enough for a picture. */
export function castagnoli(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

export class LeastAgent {
  plan: LeastPlan | undefined;
  readonly answers: LeastAnswer[] = [];
  private dims: readonly number[] = [];
  private constructor(
    private readonly root: string,
    private readonly client: MqttClient,
  ) {}

  static async connect(url: string, id: string, secret: string, encodings: readonly string[]) {
    const client = await connectAsync(url, {
      ...{ clientId: id, username: id, password: secret, protocolVersion: 4, clean: true },
      ...{ keepalive: 20, reconnectPeriod: 0 },
    });
    const agent = new LeastAgent(`flotilla/v1/${id}`, client);
    client.on('message', (topic, bytes) => agent.hear(topic, bytes));
    await agent.say('birth', {
      ...{ sid: id, agent: 'least', platform: 'camera', cores: 1, memoryBytes: 0, runtimes: {} },
      ...{ encodings, source: 'image', slowdown: 1, blocks: [] },
      ...{ runsBlocks: false, planForm: 'small' },
    });
    for (const name of ['twin/model/desired', 'twin/plan/desired', 'result']) {
      await client.subscribeAsync(`${agent.root}/${name}`, { qos: 1 });
    }
    return agent;
  }

  /** Sends a picture in the form that the plan asks for; the id of its frame. */
  async send(picture: Buffer, { version, model, uploads, ...plan }: LeastPlan): Promise<string> {
    const frame = randomBytes(16);
    const count = Math.ceil(picture.length / plan.chunkBytes);
    for (let i = 0; i < count; i++) {
      const bytes = picture.subarray(i * plan.chunkBytes, (i + 1) * plan.chunkBytes);
      const head = Buffer.alloc(112);
      head.write('FLT1', 'ascii');
      const encoding = CODES.indexOf(uploads[0]?.encoding ?? '');
      head.set([1, i === count - 1 ? 3 : 0, encoding, 1, this.dims.length], 4);
      const amounts = [i * plan.chunkBytes, bytes.length, picture.length, count, version];
      for (const [k, amount] of amounts.entries()) head.writeUInt32LE(amount, 12 + 4 * k);
      head.writeUInt32LE(Math.round(plan.deadlineMs), 32);
      head.set([...frame, ...Buffer.from(model.slice(0, 16), 'hex')], 40);
      for (const [k, dim] of this.dims.entries()) head.writeUInt32LE(dim, 72 + 4 * k);
      head.writeUInt32LE(i, 104);
      head.writeUInt32LE(castagnoli(Buffer.concat([head.subarray(0, 108), bytes])), 108);
      const packet = Buffer.concat([head, bytes]);
      await this.client.publishAsync(`${this.root}/tensor`, packet, { qos: 1 });
    }
    return frame.toString('hex');
  }

  private hear(topic: string, bytes: Buffer): void {
    if (topic === `${this.root}/result`) {
      const end = 4 + bytes.readUInt32LE(0);
      const head = JSON.parse(bytes.subarray(4, end).toString());
      this.answers.push({ head, body: bytes.subarray(end) });
      return;
    }
    const { version, model, ...document } = JSON.parse(bytes.toString());
    const of = topic.includes('/plan/') ? 'plan' : 'model';
    if (of === 'plan') this.plan = { version, model, ...document };
    else if (model !== null) this.dims = dimsOf(model);
    void this.say(`twin/${of}/reported`, { version, state: 'applied', at: new Date() });
  }

  private say(name: string, message: object): Promise<unknown> {
    const text = JSON.stringify({ v: 1, ...message });
    return this.client.publishAsync(`${this.root}/${name}`, text, { qos: 1 });
  }

  leave = (): Promise<void> => this.client.endAsync();
}

type Model = { inputs: { name: string }[]; tensors: { name: string; dims: number[] }[] };
const dimsOf = ({ inputs: [input], tensors }: Model): number[] =>
  tensors.find(({ name }) => name === input?.name)?.dims ?? [];
