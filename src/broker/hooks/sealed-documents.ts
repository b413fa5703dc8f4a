/** Encodes messages to devices. Documents are sealed, so that a device recognises a damaged one. */
import { createHash, type Hash } from 'node:crypto';
import {
  contentOf,
  encodeMessage,
  type MessageName,
  messages,
  type Payload,
  type Row,
  withSeal,
} from '../../wire/index.js';

/** Hashes of bytes that documents begin with, so that a model which many devices share is hashed once. */
const begun = new WeakMap<Uint8Array, Hash>();

/** The bytes of a message, sealed where its row says so. */
export function encodeForDevice<N extends MessageName>(name: N, payload: Payload<N>): Uint8Array {
  const { codec, isSealed } = messages[name] as Row<Payload<N>>;
  const bytes = encodeMessage(name, payload);
  if (isSealed !== true) return bytes;
  const content = contentOf(bytes);
  const shared = codec.sharedBytes?.(payload);
  const hash = shared === undefined ? createHash('sha256') : hashOf(shared).copy();
  const sha256 = hash.update(content.subarray(shared?.length ?? 0)).digest('hex');
  return withSeal({ content, sha256 });
}

function hashOf(shared: Uint8Array): Hash {
  const known = begun.get(shared);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(shared);
  begun.set(shared, hash);
  return hash;
}
