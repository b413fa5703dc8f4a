/**
 * Answers that hold secrets, kept so that only who asked can read them: AES-256-GCM under a key made of the asker's
 * credential, of which the service itself keeps but a hash. A copy of the database opens none of them.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function keyOf(credential: string, context: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', credential, '', `flotilla answer ${context}`, 32));
}

/** The text, readable with the credential and the context only. */
export function seal(text: string, credential: string, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(credential, context), nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
}

/** The text of a seal; undefined when it was made with another credential or context. */
export function unseal(sealed: string, credential: string, context: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(credential, context), nonce);
    decipher.setAuthTag(tag);
    const body = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
