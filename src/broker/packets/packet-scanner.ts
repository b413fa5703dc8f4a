/**
 * Reads a stream of MQTT packets (MQTT 3.1.1) and finds those that must not reach the parser: the parser and Aedes accept packets
 * that the standard forbids.
 *
 * O(packets) time for PUBLISH, whose payload is skipped. Other bodies are short: they are read whole, and kept while they are
 * incomplete (at most the limit of a CONNECT or of a packet with topic filters). A header is checked before its body is buffered.
 */
import { connectProblem } from './connect-packet.js';
import { examineFilters } from './filters-packet.js';
import { PublishHead } from './publish-head.js';

const CONNECT = 1;
const PUBLISH = 3;
const PUBACK = 4;
const PUBCOMP = 7;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
const DISCONNECT = 14;
const RESERVED_TYPES: ReadonlySet<number> = new Set([0, 15]);
const MAX_LENGTH_SHIFT = 21;
const NOTHING = new Uint8Array(0);

/** A packet that clients send (tables 2.1 and 2.2). */
interface Form {
  readonly name: string;
  /** Low half of the first byte; undefined where a PUBLISH has its own flags. */
  readonly flags: number | undefined;
  /** Bytes behind the header; undefined where they differ. */
  readonly bodyBytes?: number;
}

const FORMS: Readonly<Partial<Record<number, Form>>> = {
  [CONNECT]: { name: 'CONNECT', flags: 0 },
  [PUBLISH]: { name: 'PUBLISH', flags: undefined },
  [PUBACK]: { name: 'PUBACK', flags: 0, bodyBytes: 2 },
  5: { name: 'PUBREC', flags: 0, bodyBytes: 2 },
  6: { name: 'PUBREL', flags: 2, bodyBytes: 2 },
  [PUBCOMP]: { name: 'PUBCOMP', flags: 0, bodyBytes: 2 },
  [SUBSCRIBE]: { name: 'SUBSCRIBE', flags: 2 },
  [UNSUBSCRIBE]: { name: 'UNSUBSCRIBE', flags: 2 },
  12: { name: 'PINGREQ', flags: 0, bodyBytes: 0 },
  [DISCONNECT]: { name: 'DISCONNECT', flags: 0, bodyBytes: 0 },
};

export interface PacketRules {
  /** Limits of one SUBSCRIBE or UNSUBSCRIBE: its filters are all handled in one turn of the event loop. */
  readonly filtersPerPacket: number;
  readonly filterPacketBytes: number;
  readonly keepAliveLimitS: number;
}

export class PacketScanner {
  /** Headers read so far. */
  packets = 0;
  /** What a client is charged for: packets, and topic filters, of which each costs about as much as a packet. */
  work = 0;
  /** Whether a DISCONNECT has come: what follows is no part of the session (MQTT-3.14.4-2). */
  sentDisconnect = false;
  /** Bytes of the last scan up to the end of the session. */
  usedBytes = 0;
  /** Return code of the CONNACK that answers a rejected CONNECT; undefined: it gets none. */
  returnCode: number | undefined;
  private type = 0;
  private flags = 0;
  /** -1: the next byte is a packet type; else the shift of the next length byte. */
  private shift = -1;
  private lengthBytes = 0;
  private bodyBytesLeft = 0;
  private readonly publishHead = new PublishHead();
  /** An incomplete body other than that of a PUBLISH. */
  private kept: Uint8Array | undefined;

  constructor(private readonly rules: PacketRules) {}

  /** Scans the next bytes of the stream; returns what is wrong with them, if anything. */
  scan(bytes: Uint8Array, limitBytes: number): string | undefined {
    let at = 0;
    while (at < bytes.length && !this.sentDisconnect) {
      if (this.bodyBytesLeft > 0) {
        const end = Math.min(at + this.bodyBytesLeft, bytes.length);
        const problem = this.readBody(bytes, at, end);
        if (problem !== undefined) return problem;
        at = end;
        continue;
      }
      const byte = bytes[at++] ?? 0;
      const problem = this.shift < 0 ? this.readType(byte) : this.readLength(byte, limitBytes);
      if (problem !== undefined) return problem;
    }
    this.usedBytes = at;
    return undefined;
  }

  private readType(byte: number): string | undefined {
    const type = byte >> 4;
    if (this.packets === 0 && type !== CONNECT) return 'first packet is not a CONNECT';
    if (this.packets > 0 && type === CONNECT) return 'second CONNECT';
    const form = FORMS[type];
    if (form === undefined) {
      return `packet type ${type} ${RESERVED_TYPES.has(type) ? 'does not exist' : 'is for servers'}`;
    }
    this.type = type;
    this.flags = byte & 0x0f;
    const problem = this.flagsProblem(form);
    if (problem !== undefined) return problem;
    this.packets += 1;
    this.work += 1;
    this.shift = 0;
    this.lengthBytes = 0;
    return undefined;
  }

  private flagsProblem({ name, flags }: Form): string | undefined {
    if (flags !== undefined) {
      return this.flags === flags ? undefined : `${name} with the flags ${this.flags}`;
    }
    const qos = (this.flags >> 1) & 3;
    if (qos === 3) return 'PUBLISH of QoS 3';
    return qos === 0 && this.flags >= 8 ? 'DUP flag at QoS 0' : undefined;
  }

  private readLength(byte: number, limitBytes: number): string | undefined {
    if (this.shift > MAX_LENGTH_SHIFT) return 'packet length of more than four bytes';
    this.lengthBytes += (byte & 0x7f) << this.shift;
    const hasFilters = this.type === SUBSCRIBE || this.type === UNSUBSCRIBE;
    const most = hasFilters ? Math.min(limitBytes, this.rules.filterPacketBytes) : limitBytes;
    if (this.lengthBytes > most) {
      const what = hasFilters ? 'packet with topic filters' : 'packet';
      return `${what} of at least ${this.lengthBytes} bytes above the limit of ${most}`;
    }
    this.shift += 7;
    return (byte & 0x80) === 0 ? this.beginBody() : undefined;
  }

  private beginBody(): string | undefined {
    const { lengthBytes, type } = this;
    this.shift = -1;
    this.bodyBytesLeft = lengthBytes;
    if (type === PUBLISH) return this.publishHead.begin(lengthBytes, (this.flags & 6) !== 0);
    const form = FORMS[type];
    if (form?.bodyBytes !== undefined && lengthBytes !== form.bodyBytes) {
      return `${form.name} of ${lengthBytes} bytes instead of ${form.bodyBytes}`;
    }
    this.sentDisconnect = type === DISCONNECT;
    return lengthBytes === 0 ? this.examine(NOTHING) : undefined;
  }

  private readBody(bytes: Uint8Array, at: number, end: number): string | undefined {
    const had = this.lengthBytes - this.bodyBytesLeft;
    this.bodyBytesLeft -= end - at;
    if (this.type === PUBLISH) return this.publishHead.read(bytes, at, end);
    const isAcknowledgement = this.type >= PUBACK && this.type <= PUBCOMP;
    if (isAcknowledgement && end - at === 2) return identifierProblem(bytes, at);
    const part = bytes.subarray(at, end);
    if (part.length === this.lengthBytes) return this.examine(part);
    this.kept ??= new Uint8Array(this.lengthBytes);
    this.kept.set(part, had);
    if (this.bodyBytesLeft > 0) return undefined;
    const body = this.kept;
    this.kept = undefined;
    return this.examine(body);
  }

  /** Checks a whole body. */
  private examine(body: Uint8Array): string | undefined {
    switch (this.type) {
      case CONNECT: {
        const problem = connectProblem(body, this.rules.keepAliveLimitS);
        this.returnCode = problem?.returnCode;
        return problem?.because;
      }
      case SUBSCRIBE:
      case UNSUBSCRIBE: {
        const isSubscribe = this.type === SUBSCRIBE;
        const { filters, problem } = examineFilters(body, isSubscribe, this.rules.filtersPerPacket);
        this.work += filters;
        return problem;
      }
      default:
        // An acknowledgement has its identifier alone, and a ping nothing.
        return body.length === 2 ? identifierProblem(body, 0) : undefined;
    }
  }
}

function identifierProblem(bytes: Uint8Array, at: number): string | undefined {
  return bytes[at] === 0 && bytes[at + 1] === 0 ? 'packet identifier 0' : undefined;
}
