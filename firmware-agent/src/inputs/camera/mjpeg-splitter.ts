/**
 * Cuts a byte stream of JPEG pictures (MJPEG) into pictures: from SOI (FF D8) to EOI (FF D9), whatever lies between.
 * Marker segments are stepped over by their length (ITU-T T.81, B.1.1.4), so an EOI in an embedded thumbnail ends nothing.
 * A segment that lost bytes reaches into the next picture. A marker must follow each segment, so the loss is seen, and the next
 * picture is looked for in what the segment took.
 */

/** A larger picture is dropped; the next SOI starts a new one. */
const LIMIT_BYTES = 32 * 2 ** 20;
const SOI = 0xd8;
const EOI = 0xd9;
const END_MARKER = Buffer.of(0xff, EOI);

type State = 'outside' | 'marker' | 'length' | 'segment' | 'scan';

export class MjpegSplitter {
  private state: State = 'outside';
  private pieces: Uint8Array[] = [];
  private bytes = 0;
  private previous = 0;
  private lengthHigh = -1;
  private segmentLeft = 0;
  private isScanNext = false;

  /** Bytes of this picture before its segment now. */
  private segmentFrom = 0;
  /** True when the next byte follows a segment. */
  private isAfterSegment = false;

  /** `onTooLarge` hears of every picture that is dropped for its size, and the limit. */
  constructor(
    private readonly onTooLarge: (limitBytes: number) => void = () => undefined,
    private readonly limitBytes = LIMIT_BYTES,
  ) {}

  /** The pictures that this piece completes. */
  push(piece: Uint8Array): Uint8Array[] {
    const pictures: Uint8Array[] = [];
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      if (this.state === 'segment') at = this.skipSegment(at, piece.length);
      if (at >= piece.length) break;
      const byte = piece[at] as number;
      const isMarker = this.previous === 0xff ? byte !== 0 : byte === 0xff;
      // The marker may belong to the next picture, if the segment ends with the first marker of that one.
      const hasEndedInStart = at < 2 || (piece[at - 1] === SOI && piece[at - 2] === 0xff);
      if (this.isAfterSegment && (!isMarker || hasEndedInStart)) {
        const taken = this.torn(piece.subarray(from, at), isMarker);
        if (taken !== undefined) {
          // What the segment took is read again, as if it came now.
          return [...pictures, ...this.push(Buffer.concat([taken, piece.subarray(at)]))];
        }
      }
      if (byte !== 0xff) this.isAfterSegment = false;
      const event = this.step(byte);
      if (event === 'begins') {
        this.restart();
        from = at + 1;
      } else if (event === 'ends') {
        this.take(piece.subarray(from, at + 1));
        pictures.push(this.finish());
        from = at + 1;
      } else if (this.state === 'segment') {
        this.segmentFrom = this.bytes + at + 1 - from;
      }
    }
    if (this.state !== 'outside') this.take(piece.subarray(from));
    if (this.bytes > this.limitBytes) {
      this.reset();
      this.onTooLarge(this.limitBytes);
    }
    return pictures;
  }

  /** Jumps over the rest of a segment; the index of its last byte here. */
  private skipSegment(at: number, end: number): number {
    const skipped = Math.min(this.segmentLeft, end - at);
    this.segmentLeft -= skipped;
    if (this.segmentLeft === 0) {
      this.state = this.isScanNext ? 'scan' : 'marker';
      this.isAfterSegment = !this.isScanNext;
    }
    this.previous = 0;
    return at + skipped;
  }

  /**
   * What the segment before took, from the start of the next picture on; undefined when it took none. Bytes that do not belong
   * between segments are no sign by themselves: decoders pass over them.
   */
  private torn(rest: Uint8Array, isMarker: boolean): Uint8Array | undefined {
    const segment = Buffer.concat([...this.pieces, rest]).subarray(this.segmentFrom);
    const start = nextPicture(segment);
    if (start < 0 || (isMarker && start !== segment.length - 2)) return undefined;
    this.reset();
    return segment.subarray(start);
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
    this.isAfterSegment = false;
  }
}

/** Where a picture starts that follows the end of another, with nothing or the text of a multipart stream between; -1 for nowhere. */
function nextPicture(bytes: Buffer): number {
  for (let end = bytes.indexOf(END_MARKER); end >= 0; end = bytes.indexOf(END_MARKER, end + 1)) {
    let at = end + END_MARKER.length;
    while (at < bytes.length && isText(bytes[at] as number)) at += 1;
    const isCutHere = at === bytes.length || (bytes[at] === 0xff && at === bytes.length - 1);
    if (isCutHere || (bytes[at] === 0xff && bytes[at + 1] === SOI)) return at;
  }
  return -1;
}

function isText(byte: number): boolean {
  return byte === 0x0d || byte === 0x0a || (byte >= 0x20 && byte < 0x7f);
}
