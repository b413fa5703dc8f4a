/**
 * Reads the fixed headers of a stream of MQTT packets (MQTT 3.1.1, 2.2) and finds packets that must not reach the parser.
 *
 * O(1) memory; O(packets) time, since bodies are skipped. A header is checked before its body is buffered.
 */

const CONNECT = 1;
const DISCONNECT = 14;
const MAX_LENGTH_SHIFT = 21;

export class PacketScanner {
  /** Headers read so far. */
  packets = 0;
  /** Whether the last packet is a DISCONNECT. */
  sentDisconnect = false;
  /** -1: the next byte is a packet type; else the shift of the next length byte. */
  private shift = -1;
  private lengthBytes = 0;
  private bodyBytesLeft = 0;

  /** Scans the next bytes of the stream; returns what is wrong with them, if anything. */
  scan(bytes: Uint8Array, limitBytes: number): string | undefined {
    let at = 0;
    while (at < bytes.length) {
      if (this.bodyBytesLeft > 0) {
        const skipped = Math.min(this.bodyBytesLeft, bytes.length - at);
        this.bodyBytesLeft -= skipped;
        at += skipped;
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
    this.sentDisconnect = type === DISCONNECT;
    this.shift = 0;
    this.lengthBytes = 0;
    return undefined;
  }

  private readLength(byte: number, limitBytes: number): string | undefined {
    if (this.shift > MAX_LENGTH_SHIFT) return 'packet length of more than four bytes';
    this.lengthBytes += (byte & 0x7f) << this.shift;
    if (this.lengthBytes > limitBytes) {
      return `packet of at least ${this.lengthBytes} bytes above the limit of ${limitBytes}`;
    }
    this.shift += 7;
    if ((byte & 0x80) === 0) {
      this.shift = -1;
      this.bodyBytesLeft = this.lengthBytes;
    }
    return undefined;
  }
}
