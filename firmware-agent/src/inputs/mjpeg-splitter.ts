/**
 * Cuts a byte stream of JPEG pictures (MJPEG) into pictures: from SOI (FF D8) to EOI (FF D9), whatever lies between.
 * Marker segments are stepped over by their length (ITU-T T.81, B.1.1.4), so an EOI in an embedded thumbnail ends nothing.
 */

/** A larger picture is dropped; the next SOI starts a new one. */
const LIMIT_BYTES = 32 * 2 ** 20;
const SOI = 0xd8;
const EOI = 0xd9;

type State = 'outside' | 'marker' | 'length' | 'segment' | 'scan';

export class MjpegSplitter {
  private state: State = 'outside';
  private pieces: Uint8Array[] = [];
  private bytes = 0;
  private previous = 0;
  private lengthHigh = -1;
  private segmentLeft = 0;
  private isScanNext = false;

  constructor(private readonly limitBytes = LIMIT_BYTES) {}

  /** The pictures that this piece completes. */
  push(piece: Uint8Array): Uint8Array[] {
    const pictures: Uint8Array[] = [];
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      if (this.state === 'segment') at = this.skipSegment(at, piece.length);
      const event = at < piece.length ? this.step(piece[at] as number) : undefined;
      if (event === 'begins') {
        this.restart();
        from = at + 1;
      } else if (event === 'ends') {
        this.take(piece.subarray(from, at + 1));
        pictures.push(this.finish());
        from = at + 1;
      }
    }
    if (this.state !== 'outside') this.take(piece.subarray(from));
    if (this.bytes > this.limitBytes) this.reset();
    return pictures;
  }

  /** Jumps over the rest of a segment; the index of its last byte here. */
  private skipSegment(at: number, end: number): number {
    const skipped = Math.min(this.segmentLeft, end - at);
    this.segmentLeft -= skipped;
    if (this.segmentLeft === 0) this.state = this.isScanNext ? 'scan' : 'marker';
    this.previous = 0;
    return at + skipped;
  }

  private step(byte: number): 'begins' | 'ends' | undefined {
    const isMarker = this.previous === 0xff;
    this.previous = byte;
    switch (this.state) {
      case 'outside':
        return isMarker && byte === SOI ? 'begins' : undefined;
      case 'marker':
      case 'scan':
        return isMarker ? this.stepMarker(byte) : undefined;
      case 'length':
        this.stepLength(byte);
        return undefined;
      case 'segment':
        return undefined;
    }
  }

  private stepMarker(byte: number): 'begins' | 'ends' | undefined {
    if (byte === EOI) return 'ends';
    // A second SOI here means that the first picture was cut off.
    if (byte === SOI) return 'begins';
    const isStuffing = byte === 0 || byte === 0xff;
    const isRestart = byte >= 0xd0 && byte <= 0xd7;
    if (isStuffing || isRestart || byte === 1) return undefined;
    this.isScanNext = byte === 0xda;
    this.state = 'length';
    this.lengthHigh = -1;
    return undefined;
  }

  private stepLength(byte: number): void {
    if (this.lengthHigh < 0) {
      this.lengthHigh = byte;
      return;
    }
    this.segmentLeft = this.lengthHigh * 256 + byte - 2;
    this.previous = 0;
    this.state = this.segmentLeft > 0 ? 'segment' : this.isScanNext ? 'scan' : 'marker';
  }

  private restart(): void {
    this.pieces = [Uint8Array.of(0xff, SOI)];
    this.bytes = 2;
    this.state = 'marker';
    this.previous = 0;
  }

  private take(piece: Uint8Array): void {
    if (piece.length === 0) return;
    // Sources reuse their buffers: keep a copy, which slice() of a Buffer is not.
    this.pieces.push(new Uint8Array(piece));
    this.bytes += piece.length;
  }

  private finish(): Uint8Array {
    const picture = Buffer.concat(this.pieces);
    this.reset();
    return picture;
  }

  private reset(): void {
    this.state = 'outside';
    this.pieces = [];
    this.bytes = 0;
    this.previous = 0;
  }
}
