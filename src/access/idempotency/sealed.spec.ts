import { describe, expect, it } from 'vitest';
import { seal, unseal } from './sealed.js';

describe('a sealed answer', () => {
  it('is read with the credential and the context it was sealed with, and with no other', () => {
    const sealed = seal('the secret', 'Bearer a', 'one');
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('secret');
    expect(unseal(sealed, 'Bearer a', 'one')).toBe('the secret');
    expect(unseal(sealed, 'Bearer b', 'one')).toBeUndefined();
    expect(unseal(sealed, 'Bearer a', 'two')).toBeUndefined();
    expect(unseal('', 'Bearer a', 'one')).toBeUndefined();
  });

  it('differs every time', () => {
    expect(seal('x', 'c', 'k')).not.toBe(seal('x', 'c', 'k'));
  });
});
