/**
 * Reads the fixed headers of a stream of MQTT packets (MQTT 3.1.1, 2.2) and finds packets that must not reach the parser.
 *
 * O(1) memory; O(packets + topic filters) time, since other bodies are skipped. A header is checked before its body is buffered.
 */
import { FilterCounter } from './filter-counter.js';

const CONNECT = 1;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
const DISCONNECT = 14;
const MAX_LENGTH_SHIFT = 21;

/** Limits of one SUBSCRIBE or UNSUBSCRIBE: its filters are all handled in one turn of the event loop. */
export interface FilterLimits {
  readonly filtersPerPacket: number;
  readonly filterPacketBytes: number;
}

export class PacketScanner {
  /** Headers read so far. */
  packets = 0;
  /** What a client is charged for: packets, and topic filters, of which each costs about as much as a packet. */
  work = 0;
  /** Whether the last packet is a DISCONNECT. */
  sentDisconnect = false;
  /** -1: the next byte is a packet type; else the shift of the next length byte. */
  private shift = -1;
  private lengthBytes = 0;
  private bodyBytesLeft = 0;
  /** Whether the current packet is a SUBSCRIBE or UNSUBSCRIBE. */
  private hasFilters = false;
  private readonly counter = new FilterCounter();

  constructor(private readonly filterLimits: FilterLimits) {}

  /** Scans the next bytes of the stream; returns what is wrong with them, if anything. */
  scan(bytes: Uint8Array, limitBytes: number): string | undefined {
    let at = 0;
    while (at < bytes.length) {
      if (this.bodyBytesLeft > 0) {
        const end = Math.min(at + this.bodyBytesLeft, bytes.length);
        const problem = this.hasFilters ? this.countFilters(bytes, at, end) : undefined;
        if (problem !== undefined) return problem;
        this.bodyBytesLeft -= end - at;
        at = end;
        continue;
      }
      const byte = bytes[at++] ?? 0;
      const problem = this.shift < 0 ? this.readType(byte) : this.readLength(byte, limitBytes);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private readType(byte: number): string | undefined {
    const type = byte >> 4;
    if (this.packets === 0 && type !== CONNECT) return 'first packet is not a CONNECT';
    if (this.packets > 0 && type === CONNECT) return 'second CONNECT';
    if (type === 0 || type > DISCONNECT) return `packet type ${type} does not exist`;
    this.packets += 1;
    this.work += 1;
    this.sentDisconnect = type === DISCONNECT;
    this.hasFilters = type === SUBSCRIBE || type === UNSUBSCRIBE;
    if (this.hasFilters) this.counter.begin(type === SUBSCRIBE);
    this.shift = 0;
    this.lengthBytes = 0;
    return undefined;
  }

  private readLength(byte: number, limitBytes: number): string | undefined {
    if (this.shift > MAX_LENGTH_SHIFT) return 'packet length of more than four bytes';
    this.lengthBytes += (byte & 0x7f) << this.shift;
    const { filterPacketBytes } = this.filterLimits;
    const most = this.hasFilters ? Math.min(limitBytes, filterPacketBytes) : limitBytes;
    if (this.lengthBytes > most) {
      const what = this.hasFilters ? 'packet with topic filters' : 'packet';
      return `${what} of at least ${this.lengthBytes} bytes above the limit of ${most}`;
    }
    this.shift += 7;
    if ((byte & 0x80) === 0) {
      this.shift = -1;
      this.bodyBytesLeft = this.lengthBytes;
    }
    return undefined;
  }

  private countFilters(bytes: Uint8Array, at: number, end: number): string | undefined {
    const { counter } = this;
    const before = counter.filters;
    counter.read(bytes, at, end);
    this.work += counter.filters - before;
    const { filtersPerPacket } = this.filterLimits;
    if (counter.filters <= filtersPerPacket) return undefined;
    return `more than ${filtersPerPacket} topic filters in a packet`;
  }
}
