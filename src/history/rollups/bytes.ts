/** Numbers as few bytes: whole ones in groups of seven bits (LEB128), differences zigzag, reals as they are. */

const START_BYTES = 1024;

export class ByteWriter {
  private bytes = Buffer.allocUnsafe(START_BYTES);
  private at = 0;

  /** A whole number from 0 to 2⁵³. */
  whole(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest > 127) {
      this.bytes[this.at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.at++] = rest;
  }

  signed(value: number): void {
    this.whole(value < 0 ? -2 * value - 1 : 2 * value);
  }

  real(value: number): void {
    this.reserve(8);
    this.at = this.bytes.writeDoubleLE(value, this.at);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.whole(length);
    this.reserve(length);
    this.at += this.bytes.write(value, this.at);
  }

  /** What was written so far; valid until the next writing. */
  written(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const longer = Buffer.allocUnsafe(2 * this.bytes.length + bytes);
    this.bytes.copy(longer);
    this.bytes = longer;
  }
}

/** Reads what a ByteWriter wrote; throws RangeError past the end. */
export class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  whole(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError('the bytes end in the middle of a number');
      if (byte < 128) return value + byte * factor;
      value += (byte - 128) * factor;
    }
  }

  signed(): number {
    const value = this.whole();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  real(): number {
    const value = this.bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  text(): string {
    const length = this.whole();
    if (this.at + length > this.bytes.length) throw new RangeError('the bytes end in a text');
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }
}
