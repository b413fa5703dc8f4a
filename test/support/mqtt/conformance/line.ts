/** A connection to the broker, over TCP or WebSocket, whose packets are read by a decoder of its own (MQTT 3.1.1, 2 and 3). */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { rawWebSocket, webSocketFrame } from '../raw-web-socket.js';

const NAMES: Readonly<Record<number, string>> = {
  ...{ 32: 'CONNACK', 64: 'PUBACK', 80: 'PUBREC', 98: 'PUBREL', 112: 'PUBCOMP' },
  ...{ 144: 'SUBACK', 176: 'UNSUBACK', 208: 'PINGRESP' },
};
const BODY_BYTES: Readonly<Record<string, number>> = {
  ...{ CONNACK: 2, PUBACK: 2, PUBREC: 2, PUBREL: 2, PUBCOMP: 2, UNSUBACK: 2, PINGRESP: 0 },
};
const BINARY = 2;
const CLOSE = 8;

/** A packet of a server as text, such as `SUBACK 7: 1 128`. */
function packetText(first: number, body: Buffer): string {
  if (first >> 4 === 3) return publishText(first & 0x0f, body);
  const name = NAMES[first];
  if (name === undefined || body.length !== (BODY_BYTES[name] ?? body.length)) {
    return `wrong packet ${first.toString(16)} ${body.toString('hex')}`;
  }
  if (name === 'CONNACK') return `CONNACK ${body[0]} ${body[1]}`;
  if (name === 'PINGRESP') return name;
  const identified = `${name} ${body.readUInt16BE()}`;
  return name === 'SUBACK' ? `${identified}: ${[...body.subarray(2)].join(' ')}` : identified;
}

function publishText(flags: number, body: Buffer): string {
  const topicEnd = 2 + body.readUInt16BE();
  const qos = (flags >> 1) & 3;
  const payloadBytes = body.length - topicEnd - (qos > 0 ? 2 : 0);
  const words = [
    'PUBLISH',
    body.toString('utf8', 2, topicEnd),
    `qos ${qos}`,
    ...((flags & 1) !== 0 ? ['retained'] : []),
    ...((flags & 8) !== 0 ? ['dup'] : []),
    ...(qos > 0 && body.readUInt16BE(topicEnd) === 0 ? ['identifier 0'] : []),
    `${payloadBytes} bytes`,
  ];
  return words.join(' ');
}

/** The identifier of a PUBLISH above QoS 0. */
function identifierOf(packet: Buffer): number | undefined {
  const isIdentified = (packet[0] ?? 0) >> 4 === 3 && ((packet[0] ?? 0) & 6) !== 0;
  if (!isIdentified) return undefined;
  const bodyAt = packet.findIndex((byte, at) => at > 0 && byte < 0x80) + 1;
  return packet.readUInt16BE(bodyAt + 2 + packet.readUInt16BE(bodyAt));
}

/** One packet from the front of bytes; undefined when it is incomplete. */
function firstPacket(
  bytes: Buffer,
): { readonly text: string; readonly length: number } | undefined {
  let bodyBytes = 0;
  for (let at = 1, weight = 1; at < bytes.length; at++, weight *= 128) {
    const byte = bytes[at] ?? 0;
    bodyBytes += (byte & 0x7f) * weight;
    if (byte >= 0x80) continue;
    const length = at + 1 + bodyBytes;
    if (bytes.length < length) return undefined;
    return { text: packetText(bytes[0] ?? 0, bytes.subarray(at + 1, length)), length };
  }
  return undefined;
}

export class Line {
  /** Identifiers of the messages that were read. */
  readonly identifiers: number[] = [];
  private bytes: Buffer = Buffer.alloc(0);
  private isClosed = false;
  private wake: () => void = () => undefined;

  private constructor(
    private readonly socket: Socket,
    /** Packs bytes for the wire. */
    private readonly pack: (bytes: Buffer) => Buffer,
  ) {
    socket.on('error', () => undefined);
    socket.on('close', () => this.end());
  }

  static async overTcp(port: number): Promise<Line> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    const line = new Line(socket, (bytes) => bytes);
    socket.on('data', (bytes: Buffer) => line.take(bytes));
    return line;
  }

  /** Every write is one binary frame. */
  static async overWebSocket(url: string): Promise<Line> {
    const socket = await rawWebSocket(url);
    const line = new Line(socket, (bytes) => webSocketFrame(BINARY, bytes));
    let waiting = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes]);
      for (let frame = serverFrame(waiting); frame; frame = serverFrame(waiting)) {
        waiting = waiting.subarray(frame.length);
        if (frame.opcode === BINARY) line.take(frame.payload);
        if (frame.opcode === CLOSE) socket.destroy();
      }
    });
    return line;
  }

  write(bytes: Buffer): void {
    this.socket.write(this.pack(bytes));
  }

  /** Writes bytes as they are, also over a WebSocket. */
  writeRaw(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** The next packet that the broker sent; `closed` when it has ended the connection. */
  async next(): Promise<string> {
    for (;;) {
      const first = firstPacket(this.bytes);
      if (first !== undefined) {
        const identifier = identifierOf(this.bytes.subarray(0, first.length));
        if (identifier !== undefined) this.identifiers.push(identifier);
        this.bytes = this.bytes.subarray(first.length);
        return first.text;
      }
      if (this.isClosed) {
        return this.bytes.length === 0 ? 'closed' : `half a packet ${this.bytes.toString('hex')}`;
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Ends the connection without a DISCONNECT. */
  drop(): void {
    this.socket.destroy();
  }

  private take(bytes: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    this.wake();
  }

  private end(): void {
    this.isClosed = true;
    this.wake();
  }
}

/** One frame of a server, which masks none, from the front of bytes; undefined when it is incomplete. */
function serverFrame(bytes: Buffer) {
  const short = bytes[1] ?? 0;
  if (short > 126) throw new Error('longer frames are not expected');
  const headBytes = short === 126 ? 4 : 2;
  if (bytes.length < headBytes) return undefined;
  const length = headBytes + (short === 126 ? bytes.readUInt16BE(2) : short);
  if (bytes.length < length) return undefined;
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(headBytes, length), length };
}
