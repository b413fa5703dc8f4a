import { describe, expect, it } from 'vitest';
import { Credentials } from './credentials.js';
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

  it('opens for its device alone, and no longer once it is removed', () => {
    const credentials = new Credentials();
    credentials.set('one', hashOf('a'));
    credentials.set('two', hashOf('b'));
    expect(credentials.verify('one', 'a')).toBe(true);
    expect(credentials.verify('one', 'b')).toBe(false);
    expect(credentials.verify('three', 'a')).toBe(false);
    credentials.remove('one');
    expect(credentials.verify('one', 'a')).toBe(false);
  });
});
