/** One tensor under assembly: its bytes, and which of them have come. */
import { type Chunk, type Encoded, Fault } from '../../wire/index.js';
import { ByteRanges } from './byte-ranges.js';
import type { TensorRule } from './frame-rules.js';

const SHOWN_GAPS = 4;

export class TensorBuffer {
  readonly data: Uint8Array;
  /** How all chunks say that the tensor is encoded. */
  readonly head: Omit<Encoded, 'bytes'>;
  private readonly ranges = new ByteRanges();
  private readonly chunkCount: number;
  /** Offset of each chunk that came: a chunk number stands for one place only. */
  private readonly offsets = new Map<number, number>();

  /** The rule and the first chunk agree already: the rule's sizes are the chunk's. */
  constructor(
    readonly rule: TensorRule,
    first: Chunk,
  ) {
    this.data = new Uint8Array(first.tensorBytes);
    const { encoding, scale, zeroPoint } = first;
    this.head = { encoding, scale, zeroPoint };
    this.chunkCount = first.chunkCount;
  }

  /** Copies a chunk's bytes; false when all of them were there. Throws CHUNK_CONFLICT and CHUNK_MISMATCH. */
  add(chunk: Chunk): boolean {
    const { name } = this.rule;
    const { encoding, scale, zeroPoint } = this.head;
    if (chunk.encoding !== encoding || chunk.chunkCount !== this.chunkCount) {
      throw new Fault(
        'CHUNK_MISMATCH',
        `${name} began as ${this.chunkCount} chunks of ${encoding}, now it is ${chunk.chunkCount} of ${chunk.encoding}`,
      );
    }
    if (
      chunk.scale !== scale ||
      chunk.zeroPoint !== zeroPoint ||
      chunk.tensorBytes !== this.data.length
    ) {
      const text = `the chunks of ${name} differ in length, scale or zero point`;
      throw new Fault('CHUNK_MISMATCH', `chunk refused: ${text}`);
    }
    const offset = this.offsets.get(chunk.chunkIndex);
    if (offset !== undefined && offset !== chunk.offset) {
      throw conflict(`chunk ${chunk.chunkIndex} of ${name} is at ${offset} and at ${chunk.offset}`);
    }
    const end = chunk.offset + chunk.bytes.length;
    const isNew = offset === undefined || !this.ranges.covers(chunk.offset, end);
    this.compareKnown(chunk, end);
    this.offsets.set(chunk.chunkIndex, chunk.offset);
    this.data.set(chunk.bytes, chunk.offset);
    this.ranges.add(chunk.offset, end);
    return isNew;
  }

  get isComplete(): boolean {
    return this.ranges.covers(0, this.data.length);
  }

  /** The missing bytes, for a message; empty when nothing is missing. */
  missingText(): string {
    const gaps = this.ranges.missing(this.data.length);
    const shown = gaps.slice(0, SHOWN_GAPS).map(({ start, end }) => `${start}–${end - 1}`);
    if (gaps.length > SHOWN_GAPS) shown.push(`and ${gaps.length - SHOWN_GAPS} more ranges`);
    return shown.length === 0 ? '' : `bytes ${shown.join(', ')} of ${this.rule.name}`;
  }

  private compareKnown(chunk: Chunk, end: number): void {
    for (const known of this.ranges.within(chunk.offset, end)) {
      const now = chunk.bytes.subarray(known.start - chunk.offset, known.end - chunk.offset);
      if (Buffer.compare(this.data.subarray(known.start, known.end), now) !== 0) {
        throw conflict(`bytes ${known.start}–${known.end - 1} of ${this.rule.name} came twice`);
      }
    }
  }
}

function conflict(what: string): Fault {
  return new Fault('CHUNK_CONFLICT', `${what}, and differ; the frame is dropped`);
}
