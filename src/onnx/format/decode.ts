/**
 * Reads protocol buffers by the table of fields, on the reader of protobufjs. Its reflection API is not used, because
 * that compiles functions from text at run time. Bytes are views of the file, never copies.
 */
import protobuf from 'protobufjs';
import { joinBytes } from './encode.js';
import {
  DELIMITED,
  type Field,
  type MessageName,
  type ScalarKind,
  schema,
  WIRE_TYPES,
} from './schema.js';

/** A message while it is read: its values by field name. */
type Values = Record<string, unknown>;
type Reader = protobuf.Reader;

/** Deeper nesting than any network has, and far from the end of the stack. */
const MAX_DEEP = 64;

const fieldById = new Map<MessageName, ReadonlyMap<number, Field>>(
  [...schema].map(([name, fields]) => [name, new Map(fields.map((field) => [field.id, field]))]),
);

/** The place of a message in the file, for error messages. */
class Cursor {
  readonly path: string[] = [];
  readonly reader: Reader;

  constructor(bytes: Uint8Array) {
    this.reader = new protobuf.Reader(bytes);
  }
}

/** Reads one message; throws an Error that names the place (field path and byte) where the bytes are invalid. */
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
  if (path.length > MAX_DEEP) throw new RangeError('messages are nested too deeply');
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
