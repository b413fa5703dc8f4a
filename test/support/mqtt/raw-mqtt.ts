/** MQTT by hand, for what a well-behaved client cannot be made to send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A text, or bytes, behind a length of two bytes. */
export const field = (value: string | Buffer): Buffer => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};

/** A packet of a type and flags (first byte) around a body, with its length in front. */
export function packet(first: number, body: Buffer): Buffer {
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

interface Connect {
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  readonly keepaliveS?: number;
  readonly clean?: boolean;
  /** A last will, by default at QoS 1 and retained. */
  readonly will?: {
    readonly topic: string;
    readonly payload: Buffer;
    readonly qos?: number;
    readonly retain?: boolean;
  };
}

/** A CONNECT of MQTT 3.1.1. */
export function connectPacket({
  clientId,
  username,
  password,
  keepaliveS = 60,
  clean = true,
  will,
}: Connect): Buffer {
  const flags =
    (clean ? 2 : 0) |
    (will === undefined ? 0 : 4 | ((will.qos ?? 1) << 3) | (will.retain === false ? 0 : 0x20)) |
    (username === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40);
  const head = Buffer.from([
    0,
    4,
    ...Buffer.from('MQTT'),
    4,
    flags,
    keepaliveS >> 8,
    keepaliveS & 0xff,
  ]);
  const fields = [clientId, will?.topic, will?.payload, username, password];
  const present = fields.filter((value) => value !== undefined).map(field);
  return packet(0x10, Buffer.concat([head, ...present]));
}

/** A PUBLISH at QoS 0, or at QoS 1 with a packet identifier. */
export function publishPacket(topic: string, payload: Buffer, identifier?: number): Buffer {
  const id = identifier === undefined ? [] : [Buffer.from([identifier >> 8, identifier & 0xff])];
  return packet(
    identifier === undefined ? 0x30 : 0x32,
    Buffer.concat([field(topic), ...id, payload]),
  );
}

/** A SUBSCRIBE to one filter at QoS 1. */
export function subscribePacket(filter: string, identifier = 1): Buffer {
  return filtersPacket('subscribe', [filter], identifier);
}

/** A SUBSCRIBE at QoS 1, or an UNSUBSCRIBE, with any number of filters. */
export function filtersPacket(
  act: 'subscribe' | 'unsubscribe',
  filters: readonly string[],
  identifier = 1,
): Buffer {
  const isSubscribe = act === 'subscribe';
  const body = filters.flatMap((filter) => [field(filter), Buffer.from(isSubscribe ? [1] : [])]);
  return packet(isSubscribe ? 0x82 : 0xa2, Buffer.concat([Buffer.from([0, identifier]), ...body]));
}

export interface RawClient {
  readonly socket: Socket;
  /** All bytes that came so far. */
  received(): Buffer;
  /** Resolves with that many bytes, or with fewer once the connection is closed. */
  receive(bytes: number): Promise<Buffer>;
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
}

/** A TCP connection controlled by the test; rejects when the port is closed. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1' });
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return {
    socket,
    closed,
    received: () => bytes,
    async receive(count) {
      while (bytes.length < count && !socket.destroyed) {
        await Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed]);
      }
      return bytes;
    },
  };
}
