/** What one hostile device, or one client without a credential, sends as fast as it is read. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMessage, seededRandom, topicOf } from '../../../src/wire/index.js';
import { generatedRecord } from '../../support/devices/generated-frames.js';
import { EDGES, numberPlaces, withNumbers } from '../../support/mqtt/number-edges.js';
import { connectPacket, filtersPacket, publishPacket } from '../../support/mqtt/raw-mqtt.js';
import { rawWebSocket, webSocketFrame } from '../../support/mqtt/raw-web-socket.js';

/** Whom the attack is against, and who does it. */
export interface AttackOrder {
  readonly kind: AttackKind;
  readonly mqttPort: number;
  readonly url: string;
  readonly device: string;
  readonly secret: string;
  readonly seconds: number;
}

const HALF_REQUESTS = 4_000;
const STRANGE_ADDRESS = '127.0.0.9';
const RECONNECT_MS = 1_000;
/** Connections of the client that guesses keys, each opened again at once. */
const GUESSERS = 10;
const RECORDS = 100;
const EDGE_RECORDS = 20;
const PIECE_PACKETS = 50;

type Attack = (order: AttackOrder, endMs: number) => Promise<void>;

const hello = ({ device, secret }: AttackOrder): Buffer =>
  connectPacket({ clientId: device, username: device, password: secret });

/** Writes pieces until the time is over, at the pace at which they are read; connects again when it is disconnected. */
async function flood(
  endMs: number,
  open: () => Promise<Socket>,
  piece: () => Buffer,
  reconnectMs = RECONNECT_MS,
): Promise<void> {
  while (performance.now() < endMs) {
    const socket = await open().catch(() => undefined);
    socket?.on('error', () => undefined);
    socket?.resume();
    while (socket !== undefined && !socket.destroyed && performance.now() < endMs) {
      const isRead = socket.write(piece());
      await sleep(isRead ? 0 : 10);
    }
    socket?.destroy();
    await sleep(reconnectMs);
  }
}

/** A connection of a device that has sent its CONNECT. */
function mqttSocket(order: AttackOrder): () => Promise<Socket> {
  return async () => {
    const socket = connect(order.mqttPort, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(hello(order));
    await sleep(100);
    return socket;
  };
}

function mqttWebSocket(order: AttackOrder): () => Promise<Socket> {
  return async () => {
    const socket = await rawWebSocket(order.url);
    socket.write(webSocketFrame(2, hello(order)));
    await sleep(100);
    return socket;
  };
}

const filters =
  (count: number): Attack =>
  (order, endMs) => {
    const packet = filtersPacket('subscribe', Array(count).fill(topicOf('result', order.device)));
    const piece = Buffer.concat(Array(PIECE_PACKETS).fill(packet));
    return flood(endMs, mqttSocket(order), () => piece);
  };

const frames =
  (opcode: number): Attack =>
  (order, endMs) => {
    const piece = Buffer.concat(Array(2_000).fill(webSocketFrame(opcode, Buffer.alloc(0))));
    return flood(endMs, mqttWebSocket(order), () => piece);
  };

/** Half requests from one address, as many as there are files for, opened again when they are closed. */
const halfRequests: Attack = async ({ url }, endMs) => {
  const { hostname: host, port } = new URL(url);
  const sockets = new Set<Socket>();
  while (performance.now() < endMs) {
    while (sockets.size < HALF_REQUESTS) {
      const socket = connect({ port: Number(port), host, localAddress: STRANGE_ADDRESS });
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
      socket.write('POST /api/v1/enrolment HTTP/1.1\r\nHost: x\r\n');
    }
    await sleep(100);
  }
  for (const socket of sockets) socket.destroy();
};

/** Requests as fast as they are answered, over connections that are opened again at once. */
const requests =
  (headers: () => readonly string[]): Attack =>
  async ({ url }, endMs) => {
    const { hostname: host, port } = new URL(url);
    const open = async (): Promise<Socket> =>
      connect({ port: Number(port), host, localAddress: STRANGE_ADDRESS });
    const request = () => ['GET /api/v1/devices HTTP/1.1', ...headers(), '\r\n'].join('\r\n');
    const piece = (): Buffer =>
      Buffer.from(Array.from({ length: PIECE_PACKETS }, request).join(''));
    const floods = Array.from({ length: GUESSERS }, () => flood(endMs, open, piece, 0));
    await Promise.all(floods);
  };

/** Each is rejected, counted, and may be logged. */
const guesses = requests(() => [
  'Host: x',
  `Authorization: Bearer ${randomBytes(8).toString('hex')}`,
]);

/** Records that each name another model and another plan. */
const keys: Attack = (order, endMs) => {
  const random = seededRandom(1);
  const topic = topicOf('record', order.device);
  let planVersion = 1;
  const piece = (): Buffer => {
    const records = Array.from({ length: RECORDS }, () => {
      planVersion += 1;
      const frame = randomBytes(16).toString('hex');
      const model = randomBytes(32).toString('hex');
      return { ...generatedRecord(random, 0, 5), frame, model, planVersion };
    });
    return publishPacket(topic, Buffer.from(encodeMessage('record', { v: 1, records })), 1);
  };
  return flood(endMs, mqttSocket(order), piece);
};

/** Records whose numbers stand at the edges of their ranges, and beyond; all are accepted, so the device stays connected. */
const edges: Attack = (order, endMs) => {
  const random = seededRandom(2);
  const topic = topicOf('record', order.device);
  const readable = EDGES.filter((digits) => Number.isFinite(Number(digits)));
  const drawn = (): string => readable[Math.floor(random() * readable.length)] ?? '0';
  const piece = (): Buffer => {
    const records = Array.from({ length: EDGE_RECORDS }, () => {
      const frame = randomBytes(16).toString('hex');
      return { ...generatedRecord(random, 0, 5), frame };
    });
    const message = { v: 1, records };
    const digits = new Map(numberPlaces(message).map((place) => [place, drawn()]));
    return publishPacket(topic, Buffer.from(withNumbers(message, digits)), 1);
  };
  return flood(endMs, mqttSocket(order), piece);
};

export const ATTACKS = {
  'topic filters, 30 a packet': filters(30),
  'topic filters, 9,000 a packet': filters(9_000),
  'WebSocket pongs': frames(10),
  'WebSocket pings': frames(9),
  'half HTTP requests, 4,000': halfRequests,
  'requests with wrong keys': guesses,
  'requests without a Host header': requests(() => []),
  'records of unknown models and plans': keys,
  'records with numbers beyond their ranges': edges,
} as const satisfies Record<string, Attack>;
export type AttackKind = keyof typeof ATTACKS;
