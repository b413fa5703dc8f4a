/**
 * Checks the head of a PUBLISH as its bytes arrive (MQTT 3.1.1, 3.3.2): the topic and the packet identifier fit into the packet,
 * and the identifier is not 0 (MQTT-2.3.1-1).
 *
 * O(1) memory and time per read: topics and payloads are skipped. A parser that trusts the lengths takes the identifier from the
 * next packet. Topics are compared with the wire table later.
 */
const LENGTH_BYTES = 2;
const IDENTIFIER_BYTES = 2;

/** What the next byte is. A low byte has the number behind that of its high byte. */
const LENGTH_HIGH = 0;
const LENGTH_LOW = 1;
const TOPIC = 2;
const IDENTIFIER_HIGH = 3;
const PAYLOAD = 5;

const CUT_SHORT = 'PUBLISH ends within its head';

export class PublishHead {
  private next = PAYLOAD;
  /** Bytes of the packet that the topic may take. */
  private topicLimit = 0;
  private hasIdentifier = false;
  private topicBytesLeft = 0;
  private high = 0;

  /** Begins a packet whose body has that many bytes; returns what is wrong with it, if anything. */
  begin(bodyBytes: number, hasIdentifier: boolean): string | undefined {
    this.hasIdentifier = hasIdentifier;
    this.topicLimit = bodyBytes - LENGTH_BYTES - (hasIdentifier ? IDENTIFIER_BYTES : 0);
    this.next = LENGTH_HIGH;
    return this.topicLimit < 0 ? CUT_SHORT : undefined;
  }

  /** Reads the bytes of the body from `at` to `end`; returns what is wrong with them, if anything. */
  read(bytes: Uint8Array, at: number, end: number): string | undefined {
    let from = at;
    while (from < end && this.next !== PAYLOAD) {
      if (this.next === TOPIC) {
        const skipped = Math.min(this.topicBytesLeft, end - from);
        from += skipped;
        this.topicBytesLeft -= skipped;
        if (this.topicBytesLeft === 0) this.next = IDENTIFIER_HIGH;
        continue;
      }
      const problem = this.readByte(bytes[from++] ?? 0);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private readByte(byte: number): string | undefined {
    if (this.next === LENGTH_HIGH || this.next === IDENTIFIER_HIGH) {
      this.high = byte;
      this.next += 1;
      return undefined;
    }
    const value = this.high * 256 + byte;
    if (this.next === LENGTH_LOW) return this.beginTopic(value);
    this.next = PAYLOAD;
    return value === 0 ? 'packet identifier 0' : undefined;
  }

  private beginTopic(topicBytes: number): string | undefined {
    this.topicBytesLeft = topicBytes;
    this.next = this.hasIdentifier ? TOPIC : PAYLOAD;
    if (topicBytes === 0) return 'PUBLISH without a topic';
    return topicBytes > this.topicLimit ? CUT_SHORT : undefined;
  }
}
