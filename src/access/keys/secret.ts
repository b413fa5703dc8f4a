/** Secrets of devices and operators, and tokens: how they are made, kept and compared. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;

/** 256 random bits as text. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/**
 * What is kept of a secret: its SHA-256, in hex. Slow, salted hashes protect passwords that can be guessed; no one
 * guesses 256 random bits, and thousands of devices that reconnect at once must not cost seconds of hashing.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** True when the hash is that of the secret; takes the same time whatever differs. */
export function isSecretOf(hash: string, secret: string): boolean {
  return timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(hashOf(secret), 'hex'));
}
