/**
 * Frames between a process and its child over one pipe: u32 LE length of the head, the head in JSON, the buffers it
 * announces, but for those that lie in shared memory. Node's own IPC copies and re-encodes every buffer; here a tensor is
 * written from, and read into, its own memory.
 */

/** A JSON value with bytes. */
export interface Message {
  readonly head: unknown;
  readonly buffers: readonly Uint8Array[];
}

/** What stands on the pipe before the buffers. */
export interface FrameHead {
  /** Number of the call the frame belongs to. */
  readonly call: number;
  readonly kind: 'call' | 'progress' | 'reply' | 'fault';
  readonly head: unknown;
  /** Lengths of the buffers that follow, in bytes. */
  readonly buffers: readonly number[];
  /** Where each buffer lies in shared memory; null for one that follows. Absent when all follow. */
  readonly places?: readonly (number | null)[];
}

export const LENGTH_BYTES = 4;
/** A longer head is a broken pipe, not a message. */
export const MAX_HEAD_BYTES = 64 * 1024 * 1024;

/** The length and head of a frame as one buffer; its buffers are to be written behind it. */
export function encodeFrameHead(
  frame: Omit<FrameHead, 'buffers'>,
  buffers: readonly Uint8Array[],
): Buffer {
  const lengths = buffers.map((buffer) => buffer.byteLength);
  const text = Buffer.from(JSON.stringify({ ...frame, buffers: lengths }), 'utf8');
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text]);
}

/** The head of a frame from its JSON bytes; throws when it is none. */
export function decodeFrameHead(bytes: Buffer): FrameHead {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  if (typeof value !== 'object' || value === null || !('buffers' in value)) {
    throw new Error('a frame without a list of buffers');
  }
  return value as FrameHead;
}

/** Length of a head from its four bytes; throws when it is longer than any real one. */
export function headLength(bytes: Buffer): number {
  const length = bytes.readUInt32LE(0);
  if (length > MAX_HEAD_BYTES) throw new Error(`a frame head of ${length} bytes`);
  return length;
}

/** Puts frames together from whatever pieces a pipe gives them in; each buffer gets memory of its own, so views are aligned. */
export class FrameReader {
  private target = Buffer.alloc(LENGTH_BYTES);
  private filled = 0;
  private head: FrameHead | undefined;
  private isReadingLength = true;
  private buffers: Buffer[] = [];

  constructor(
    private readonly onFrame: (head: FrameHead, buffers: readonly Uint8Array[]) => void,
  ) {}

  /** Takes the next bytes of the pipe; throws when they cannot be a frame. */
  push(piece: Uint8Array): void {
    let offset = 0;
    while (offset < piece.length) {
      const count = Math.min(piece.length - offset, this.target.length - this.filled);
      this.target.set(piece.subarray(offset, offset + count), this.filled);
      this.filled += count;
      offset += count;
      if (this.filled === this.target.length) this.next();
    }
  }

  /** Called with a full target: decides what the bytes after it are, skipping what has no bytes. */
  private next(): void {
    if (this.isReadingLength) {
      this.isReadingLength = false;
      this.expect(headLength(this.target));
      return;
    }
    if (this.head === undefined) this.head = decodeFrameHead(this.target);
    else this.buffers.push(this.target);
    for (;;) {
      const length = this.head.buffers[this.buffers.length];
      if (length === undefined) break;
      if (length > 0) {
        this.expect(length);
        return;
      }
      this.buffers.push(Buffer.alloc(0));
    }
    const { head, buffers } = this;
    this.head = undefined;
    this.buffers = [];
    this.isReadingLength = true;
    this.expect(LENGTH_BYTES);
    this.onFrame(head, buffers);
  }

  private expect(bytes: number): void {
    this.target = Buffer.allocUnsafeSlow(bytes);
    this.filled = 0;
  }
}
