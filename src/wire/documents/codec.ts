/** Codecs of payloads: JSON checked by a schema, an envelope of JSON and bytes, or bytes alone. */
import type { z } from 'zod';
import { Fault } from '../faults.js';

// Every JavaScript host has them, but no ECMAScript library of TypeScript declares them.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  label: 'utf-8',
  options: { fatal: boolean },
) => { decode(bytes: Uint8Array): string };

export interface Codec<T> {
  encode(value: T): Uint8Array;
  /** Throws a Fault when the bytes are not a T. */
  decode(bytes: Uint8Array): T;
  /** The first bytes of an encoding, where messages share them; the same array as long as what they encode lives. */
  sharedBytes?(value: T): Uint8Array | undefined;
}

export const utf8 = {
  encode: (text: string): Uint8Array => new TextEncoder().encode(text),
  decode: (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
};

/** JSON by a schema: unknown fields are dropped, known ones are strict. */
export function json<S extends z.ZodType>(schema: S): Codec<z.output<S>> {
  return {
    encode: (value) => utf8.encode(JSON.stringify(value)),
    decode: (bytes) => parseJson(schema, bytes),
  };
}

/**
 * JSON by a schema whose field, an object that messages to many devices share, is encoded once as long as it lives. The field comes
 * first. The object must not change.
 */
export function jsonSharing<S extends z.ZodType<object>>(
  schema: S,
  field: keyof z.output<S> & string,
): Codec<z.output<S>> {
  const encoded = new WeakMap<object, Uint8Array>();
  const sharedBytes = (value: z.output<S>): Uint8Array | undefined => {
    const { [field]: shared } = value;
    if (typeof shared !== 'object' || shared === null) return undefined;
    const known = encoded.get(shared);
    if (known !== undefined) return known;
    const head = utf8.encode(`{${JSON.stringify(field)}:${JSON.stringify(shared)}`);
    encoded.set(shared, head);
    return head;
  };
  return {
    sharedBytes,
    encode(value) {
      const head = sharedBytes(value);
      if (head === undefined) return utf8.encode(JSON.stringify(value));
      const { [field]: _, ...others } = value as Record<string, unknown>;
      const text = JSON.stringify(others).slice(1);
      const tail = utf8.encode(text === '}' ? text : `,${text}`);
      const bytes = new Uint8Array(head.length + tail.length);
      bytes.set(head);
      bytes.set(tail, head.length);
      return bytes;
    },
    decode: (bytes) => parseJson(schema, bytes),
  };
}

/** Unchanged bytes. */
export const binary: Codec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes };

/** A JSON head with a binary body behind it: u32 LE length of the head, the head, the body. */
export interface Envelope<H> {
  readonly head: H;
  readonly body: Uint8Array;
}

export function envelope<S extends z.ZodType>(schema: S): Codec<Envelope<z.output<S>>> {
  return {
    encode({ head, body }) {
      const text = utf8.encode(JSON.stringify(head));
      const bytes = new Uint8Array(4 + text.length + body.length);
      new DataView(bytes.buffer).setUint32(0, text.length, true);
      bytes.set(text, 4);
      bytes.set(body, 4 + text.length);
      return bytes;
    },
    decode(bytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const headEnd = bytes.length < 4 ? Number.POSITIVE_INFINITY : 4 + view.getUint32(0, true);
      if (headEnd > bytes.length) {
        throw new Fault(
          'MESSAGE_MALFORMED',
          `envelope of ${bytes.length} bytes is shorter than its head`,
        );
      }
      return { head: parseJson(schema, bytes.subarray(4, headEnd)), body: bytes.subarray(headEnd) };
    },
  };
}

function parseJson<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new Fault('MESSAGE_MALFORMED', 'payload is not JSON in UTF-8', { cause });
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new Fault('MESSAGE_MALFORMED', issueText(result.error));
  return result.data;
}

/** The first five issues of a schema in one line: `link.rttMs: expected number; …`. */
export function issueText(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.length > 0 ? path.join('.') : 'value'}: ${message}`)
    .join('; ');
}
