/**
 * Bytes on the link, by kind. Sockets count what they carry, TLS and WebSocket included. IP and TCP are estimated: a header for
 * every segment, and an acknowledgement alone for every second one, as RFC 1122 (4.2.3.2) allows. Lost segments that the
 * kernel sends again are not seen here.
 */
import { isIPv6, type Socket } from 'node:net';
import { type ByteKind, byteKinds } from '../../../src/wire/index.js';

/** Header of IP and of TCP with timestamps. */
const HEADER_BYTES = { v4: 52, v6: 72 };
/** What a segment carries over Ethernet. */
const SEGMENT_BYTES = 1428;
const HEADERS_PER_SEGMENT = 1.5;
/** Opening and closing of a connection, in headers, and the question for its address (DNS). */
const HEADERS_PER_CONNECTION = 9;
const LOOKUP_BYTES = 200;

export type KindBytes = Readonly<Record<ByteKind, number>>;

export class TrafficMeter {
  private readonly kinds = Object.fromEntries(byteKinds.map((kind) => [kind, 0])) as Record<
    ByteKind,
    number
  >;
  private readonly live = new Set<Socket>();
  private closedBytes = 0;
  private connections = 0;
  private segments = 0;
  private packetBytes = 0;
  private headerBytes = HEADER_BYTES.v4;

  /** Adds the content of a message or an answer. */
  note(kind: Exclude<ByteKind, 'overhead'>, bytes: number): void {
    this.kinds[kind] += bytes;
  }

  /** Adds a packet of MQTT, which travels by itself: small ones would else seem to share a segment. */
  packet(bytes: number): void {
    this.segments += Math.max(1, Math.ceil(bytes / SEGMENT_BYTES));
    this.packetBytes += bytes;
  }

  /** Counts a socket, from its connection on. */
  watch(socket: Socket): void {
    this.live.add(socket);
    this.connections += 1;
    socket.once('connect', () => {
      if (isIPv6(socket.remoteAddress ?? '')) this.headerBytes = HEADER_BYTES.v6;
    });
    socket.once('close', () => {
      if (this.live.delete(socket)) this.closedBytes += bytesOf(socket);
    });
  }

  /** All bytes on the link since the start, in both directions. */
  get totalBytes(): number {
    const socketBytes = [...this.live].reduce((sum, one) => sum + bytesOf(one), this.closedBytes);
    const others = Math.max(0, socketBytes - this.packetBytes) / SEGMENT_BYTES;
    const headers =
      HEADERS_PER_SEGMENT * (this.segments + others) + HEADERS_PER_CONNECTION * this.connections;
    return Math.round(socketBytes + this.headerBytes * headers + LOOKUP_BYTES * this.connections);
  }

  /** The same by kind; `overhead` is what no kind has. */
  byKind(): KindBytes {
    const known = byteKinds.reduce((sum, kind) => sum + this.kinds[kind], 0);
    return { ...this.kinds, overhead: Math.max(0, this.totalBytes - known) };
  }
}

function bytesOf({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten;
}
