import { describe, expect, it } from 'vitest';
import { hashOf, isSecretOf, newSecret } from './secret.js';

describe('a secret', () => {
  it('is 256 random bits, never twice the same', () => {
    const secrets = Array.from({ length: 100 }, newSecret);
    expect(new Set(secrets).size).toBe(100);
    expect(secrets.every((secret) => Buffer.from(secret, 'base64url').length === 32)).toBe(true);
  });

  it('is known by its hash', () => {
    const secret = newSecret();
    expect(isSecretOf(hashOf(secret), secret)).toBe(true);
    for (const other of ['', secret.slice(1), `${secret} `, newSecret()]) {
      expect(isSecretOf(hashOf(secret), other)).toBe(false);
    }
  });
});
