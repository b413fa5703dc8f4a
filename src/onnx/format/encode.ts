/**
 * Writes protocol buffers by the table of fields, on the writer of protobufjs for what is small. Bytes are copied once,
 * into their place: a network's weights may be half a gigabyte.
 */
import protobuf from 'protobufjs';
import type { OnnxMessage } from './proto.js';
import {
  DELIMITED,
  type Field,
  type MessageName,
  type ScalarKind,
  schema,
  WIRE_TYPES,
} from './schema.js';

type Values = Record<string, unknown>;
type Writer = protobuf.Writer;

/** Bytes to be written, in pieces, so that big ones are copied once. */
class Pieces {
  readonly list: Uint8Array[] = [];
  byteLength = 0;
  private writer: Writer | undefined;

  /** For the small fields; flushed before a piece is added. */
  get small(): Writer {
    this.writer ??= protobuf.Writer.create();
    return this.writer;
  }

  add(pieces: readonly Uint8Array[]): void {
    this.flush();
    for (const piece of pieces) {
      this.list.push(piece);
      this.byteLength += piece.length;
    }
  }

  flush(): void {
    const written = this.writer?.finish();
    this.writer = undefined;
    if (written !== undefined) this.add([written]);
  }
}

/** Writes one message: fields by number, then the unknown ones as they were read. */
export function encode(values: OnnxMessage, message: MessageName): Uint8Array {
  return joinBytes(writeMessage(values as Values, message).list);
}

function writeMessage(values: Values, message: MessageName): Pieces {
  const out = new Pieces();
  for (const field of schema.get(message) ?? []) {
    const value = values[field.key];
    if (value === undefined) continue;
    if (field.repetition === 'packed') writePacked(out, field, value as readonly unknown[]);
    else if (field.repetition === 'one') writeField(out, field, value);
    else for (const one of value as readonly unknown[]) writeField(out, field, one);
  }
  const unknown = (values as OnnxMessage).unknown ?? [];
  out.add(unknown);
  return out;
}

function writeField(out: Pieces, { id, kind }: Field, value: unknown): void {
  if ('message' in kind) {
    const nested = writeMessage(value as Values, kind.message);
    out.small.uint32((id << 3) | DELIMITED).uint32(nested.byteLength);
    out.add(nested.list);
  } else if (value instanceof Uint8Array) {
    out.small.uint32((id << 3) | DELIMITED).uint32(value.length);
    out.add([value]);
  } else {
    writeScalar(out.small.uint32((id << 3) | WIRE_TYPES[kind.scalar]), kind.scalar, value);
  }
}

function writePacked(out: Pieces, { id, kind }: Field, list: readonly unknown[]): void {
  if (list.length === 0 || 'message' in kind) return;
  const packed = protobuf.Writer.create();
  for (const value of list) writeScalar(packed, kind.scalar, value);
  const bytes = packed.finish();
  out.small.uint32((id << 3) | DELIMITED).uint32(bytes.length);
  out.add([bytes]);
}

function writeScalar(writer: Writer, kind: ScalarKind, value: unknown): void {
  if (kind === 'float') writer.float(value as number);
  else if (kind === 'string') writer.string(value as string);
  else if (kind === 'int32') writer.int32(value as number);
  else writer.int64(BigInt.asIntN(64, BigInt(value as number | bigint)).toString());
}

/** One after the other, in new memory. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
