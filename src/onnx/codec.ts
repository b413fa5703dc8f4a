/**
 * Protocol buffers in and out by a table of fields, on the reader and writer of protobufjs.
 * Its reflection API is not used: that compiles functions from text at run time and copies big fields while it
 * writes. Here bytes are views of the file when read, and are copied once, into their place, when written.
 */
import protobuf from 'protobufjs';
import type { OnnxMessage } from './proto.js';
import { type Field, type MessageName, type ScalarKind, schema } from './schema.js';

/** A message while it is read or written: its values by field name. */
type Values = Record<string, unknown>;
type Reader = protobuf.Reader;
type Writer = protobuf.Writer;

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;
/** Deeper nesting than any network has, and far from the end of the stack. */
const MOST_DEEP = 64;

const WIRE_TYPES: Record<ScalarKind, number> = {
  int: VARINT,
  int32: VARINT,
  long: VARINT,
  ulong: VARINT,
  float: FIXED32,
  string: DELIMITED,
  bytes: DELIMITED,
  floats: FIXED32,
  doubles: FIXED64,
};

const fieldById = new Map<MessageName, ReadonlyMap<number, Field>>(
  [...schema].map(([name, fields]) => [name, new Map(fields.map((field) => [field.id, field]))]),
);

/** Where a message stands in the file, for what is said when it cannot be read. */
class Cursor {
  readonly path: string[] = [];
  readonly reader: Reader;

  constructor(bytes: Uint8Array) {
    this.reader = new protobuf.Reader(bytes);
  }
}

/** Reads one message; throws an Error that names the place (field path and byte) where the bytes stop making sense. */
export function decode(bytes: Uint8Array, message: MessageName): Values {
  const cursor = new Cursor(bytes);
  try {
    return readMessage(cursor, bytes.length, message);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    const path = cursor.path.join('.') || 'the top level';
    const place = `at byte ${cursor.reader.pos} of ${bytes.length}, in ${path}`;
    throw new Error(`${what} (${place})`, { cause });
  }
}

function readMessage(cursor: Cursor, end: number, message: MessageName): Values {
  const { reader, path } = cursor;
  const limit = reader.len;
  if (end > limit) throw new RangeError(`${end - limit} bytes are missing`);
  if (path.length > MOST_DEEP) throw new RangeError('messages are nested too deeply');
  reader.len = end;
  const values = emptyMessage(message);
  const unknown: Uint8Array[] = [];
  while (reader.pos < end) {
    const start = reader.pos;
    const tag = reader.tag();
    const field = fieldById.get(message)?.get(tag >>> 3);
    if (field === undefined || !readField(cursor, field, tag & 7, values)) {
      reader.skipType(tag & 7, path.length, tag >>> 3);
      unknown.push(reader.raw(start, reader.pos));
    }
  }
  if (reader.pos !== end) throw new RangeError('a field runs over the end of its message');
  reader.len = limit;
  if (unknown.length > 0) values.unknown = unknown;
  return values;
}

function emptyMessage(message: MessageName): Values {
  const lists = schema.get(message)?.filter(({ repetition }) => repetition === 'list') ?? [];
  return Object.fromEntries(lists.map(({ key }) => [key, []]));
}

/** False when the wire type is not one this field may have: then it is kept as an unknown field. */
function readField(cursor: Cursor, field: Field, wireType: number, values: Values): boolean {
  const { reader, path } = cursor;
  const { key, kind, repetition } = field;
  if ('message' in kind) {
    if (wireType !== DELIMITED) return false;
    const size = reader.size();
    const list = repetition === 'one' ? undefined : listAt(values, key);
    path.push(list === undefined ? key : `${key}[${list.length}]`);
    const value = readMessage(cursor, reader.pos + size, kind.message);
    path.pop();
    if (list === undefined) values[key] = value;
    else list.push(value);
    return true;
  }
  if (kind.scalar === 'floats' || kind.scalar === 'doubles') {
    return readElements(reader, wireType, kind.scalar, values, key);
  }
  if (wireType === WIRE_TYPES[kind.scalar]) {
    const value = readScalar(reader, kind.scalar);
    if (repetition === 'one') values[key] = value;
    else listAt(values, key).push(value);
    return true;
  }
  if (repetition === 'one' || wireType !== DELIMITED) return false;
  readPacked(reader, kind.scalar, listAt(values, key));
  return true;
}

function listAt(values: Values, key: string): unknown[] {
  const list = values[key];
  if (Array.isArray(list)) return list;
  const made: unknown[] = [];
  values[key] = made;
  return made;
}

function readScalar(reader: Reader, kind: ScalarKind): unknown {
  switch (kind) {
    case 'int':
      return readInteger(reader);
    case 'int32':
      return reader.int32();
    case 'long':
      return BigInt(reader.int64().toString());
    case 'ulong':
      return BigInt(reader.uint64().toString());
    case 'float':
      return reader.float();
    case 'string':
      return reader.stringVerify();
    case 'bytes':
    case 'floats':
    case 'doubles':
      return reader.bytes();
  }
}

function readInteger(reader: Reader): number {
  const value = Number(reader.int64().toString());
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is out of range`);
  return value;
}

function readPacked(reader: Reader, kind: ScalarKind, list: unknown[]): void {
  const end = reader.size() + reader.pos;
  const limit = reader.len;
  if (end > limit) throw new RangeError(`${end - limit} bytes are missing`);
  reader.len = end;
  while (reader.pos < end) list.push(readScalar(reader, kind));
  if (reader.pos !== end) throw new RangeError('a packed field runs over its end');
  reader.len = limit;
}

/** Floats and doubles stay bytes: the packed form is taken as it is, single elements are appended. */
function readElements(
  reader: Reader,
  wireType: number,
  kind: 'floats' | 'doubles',
  values: Values,
  key: string,
): boolean {
  const size = kind === 'floats' ? 4 : 8;
  if (wireType !== DELIMITED && wireType !== WIRE_TYPES[kind]) return false;
  const start = reader.pos;
  const part = wireType === DELIMITED ? reader.bytes() : reader.skip(size).raw(start, reader.pos);
  if (part.length % size !== 0) throw new RangeError(`${key} ends inside an element`);
  const before = values[key];
  values[key] = before instanceof Uint8Array ? joinBytes([before, part]) : part;
  return true;
}

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

  add(...pieces: readonly Uint8Array[]): void {
    this.flush();
    for (const piece of pieces) {
      this.list.push(piece);
      this.byteLength += piece.length;
    }
  }

  flush(): void {
    const written = this.writer?.finish();
    this.writer = undefined;
    if (written !== undefined) this.add(written);
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
  out.add(...unknown);
  return out;
}

function writeField(out: Pieces, { id, kind }: Field, value: unknown): void {
  if ('message' in kind) {
    const nested = writeMessage(value as Values, kind.message);
    out.small.uint32((id << 3) | DELIMITED).uint32(nested.byteLength);
    out.add(...nested.list);
  } else if (value instanceof Uint8Array) {
    out.small.uint32((id << 3) | DELIMITED).uint32(value.length);
    out.add(value);
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
  out.add(bytes);
}

function writeScalar(writer: Writer, kind: ScalarKind, value: unknown): void {
  if (kind === 'float') writer.float(value as number);
  else if (kind === 'string') writer.string(value as string);
  else if (kind === 'int32') writer.int32(value as number);
  else writer.int64(BigInt.asIntN(64, BigInt(value as number | bigint)).toString());
}

function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
