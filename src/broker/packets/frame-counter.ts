/**
 * Counts the frames of a WebSocket as its bytes arrive (RFC 6455, 5.2), and weighs them.
 *
 * Control frames and frames without payload never reach the packet scanner. They weigh as much as an
 * MQTT packet. Clients split a packet into several frames with payload, and pay for the packet. These weigh an eighth.
 * O(1) memory, O(frames) time: payloads are skipped.
 */
const CONTROL_BIT = 8;
const MASK_BIT = 0x80;
const LENGTH_BITS = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;
const PAYLOAD_WEIGHT = 1 / 8;

export class FrameCounter {
  /** Frames whose headers have been read. */
  frames = 0;
  /** Their weight, in MQTT packets. */
  work = 0;
  private isControl = false;
  private isFirstByte = true;
  private maskBytes = 0;
  /** Bytes of an extended length still to come. */
  private lengthBytesLeft = 0;
  private payloadBytes = 0;
  private skipBytes = 0;

  /** Reads the next bytes of the stream. */
  read(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.skipBytes > 0) {
        const skipped = Math.min(this.skipBytes, bytes.length - at);
        this.skipBytes -= skipped;
        at += skipped;
        continue;
      }
      this.readHeader(bytes[at++] ?? 0);
    }
  }

  private readHeader(byte: number): void {
    if (this.lengthBytesLeft > 0) {
      // Lengths beyond 2⁵³ lose digits here; WebSocket rejects them at the limit of a message.
      this.payloadBytes = this.payloadBytes * 256 + byte;
      this.lengthBytesLeft -= 1;
      if (this.lengthBytesLeft === 0) this.endHeader();
      return;
    }
    if (this.isFirstByte) {
      this.isControl = (byte & CONTROL_BIT) !== 0;
      this.isFirstByte = false;
      return;
    }
    this.maskBytes = (byte & MASK_BIT) === 0 ? 0 : MASK_BYTES;
    const length = byte & LENGTH_BITS;
    this.lengthBytesLeft = length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0;
    this.payloadBytes = this.lengthBytesLeft > 0 ? 0 : length;
    if (this.lengthBytesLeft === 0) this.endHeader();
  }

  private endHeader(): void {
    this.frames += 1;
    this.work += this.isControl || this.payloadBytes === 0 ? 1 : PAYLOAD_WEIGHT;
    this.skipBytes = this.maskBytes + this.payloadBytes;
    this.isFirstByte = true;
  }
}
