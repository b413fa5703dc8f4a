import { describe, expect, it } from 'vitest';
import { hashOf, isSecretOf, newSecret } from './secret.js';

describe('a secret', () => {
  it('has 256 random bits and is told from another by its hash', () => {
    const [one, two] = [newSecret(), newSecret()];
    expect(Buffer.from(one, 'base64url')).toHaveLength(32);
    expect(one).not.toBe(two);
    expect(isSecretOf(hashOf(one), one)).toBe(true);
    expect(isSecretOf(hashOf(one), two)).toBe(false);
    expect(hashOf(one)).not.toContain(one);
  });
});
