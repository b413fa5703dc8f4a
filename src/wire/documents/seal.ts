/**
 * The seal of a JSON object in bytes: its last field, `sha256`, is the SHA-256 of all bytes before that field. A receiver hashes
 * what it received, so neither side needs a canonical form of JSON. The digest itself is computed by the callers.
 */
import { utf8 } from './codec.js';

const BEFORE = utf8.encode(',"sha256":"');
const AFTER = utf8.encode('"}');
const DIGITS = 64;
const SEAL_BYTES = BEFORE.length + DIGITS + AFTER.length;

export interface Sealed {
  /** The bytes that the digest is of. */
  readonly content: Uint8Array;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** The bytes of an object, which has at least one field, that its seal is about. */
export function contentOf(object: Uint8Array): Uint8Array {
  return object.subarray(0, -1);
}

/** The object with its seal. */
export function withSeal({ content, sha256 }: Sealed): Uint8Array {
  const bytes = new Uint8Array(content.length + SEAL_BYTES);
  bytes.set(content);
  bytes.set(BEFORE, content.length);
  bytes.set(utf8.encode(sha256), content.length + BEFORE.length);
  bytes.set(AFTER, bytes.length - AFTER.length);
  return bytes;
}

/** The seal of an object; undefined for one without. */
export function sealOf(object: Uint8Array): Sealed | undefined {
  const at = object.length - SEAL_BYTES;
  if (at < 1 || !BEFORE.every((byte, i) => object[at + i] === byte)) return undefined;
  const digits = object.subarray(at + BEFORE.length, object.length - AFTER.length);
  const sha256 = String.fromCharCode(...digits);
  return { content: object.subarray(0, at), sha256 };
}
