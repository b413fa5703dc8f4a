/** Reads the fields of a packet's body in order (MQTT 3.1.1, 1.5). A field is undefined where the body ends before it does. */
import { isUtf8 } from 'node:buffer';

export class PacketFields {
  private at = 0;

  constructor(private readonly body: Uint8Array) {}

  /** Bytes not read yet. */
  get bytesLeft(): number {
    return this.body.length - this.at;
  }

  byte(): number | undefined {
    return this.bytesLeft < 1 ? undefined : this.body[this.at++];
  }

  /** A number of two bytes, the high one first (1.5.2). */
  uint16(): number | undefined {
    const { body, at } = this;
    if (this.bytesLeft < 2) return undefined;
    this.at += 2;
    return (body[at] ?? 0) * 256 + (body[at + 1] ?? 0);
  }

  /** Bytes behind their length of two bytes, such as a text (1.5.3). */
  bytes(): Uint8Array | undefined {
    const length = this.uint16();
    if (length === undefined || this.bytesLeft < length) return undefined;
    this.at += length;
    return this.body.subarray(this.at - length, this.at);
  }
}

/** Whether bytes are a text: well-formed UTF-8 without U+0000 (MQTT-1.5.3-1, MQTT-1.5.3-2). */
export function isText(bytes: Uint8Array): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}
