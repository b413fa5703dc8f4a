/**
 * A JSON text with its SHA-256 in one file: `{"sha256":"<64 digits>","document":<text>}`. The digest is that of the bytes of the text.
 * No file of an earlier version, which is the text alone, can be made of it by a flipped bit: no document has these two fields.
 */
import { createHash } from 'node:crypto';

const HEAD = /^\{"sha256":"([0-9a-f]{64})","document":/;
const HEAD_BYTES = '{"sha256":"","document":'.length + 64;

/** The content of a file for a JSON text. */
export function sealText(text: string): string {
  return `{"sha256":"${sha256(text)}","document":${text}}`;
}

/** The text of a file; `unsealed`: the file has no digest, as those of earlier versions; `damaged`: its digest is another. */
export function openSealed(file: Uint8Array): { text: string } | 'damaged' | 'unsealed' {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const digest = HEAD.exec(bytes.toString('latin1', 0, HEAD_BYTES))?.[1];
  if (digest === undefined) return 'unsealed';
  const text = bytes.subarray(HEAD_BYTES, -1);
  const isWhole = bytes.at(-1) === '}'.charCodeAt(0) && sha256(text) === digest;
  return isWhole ? { text: text.toString('utf8') } : 'damaged';
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
