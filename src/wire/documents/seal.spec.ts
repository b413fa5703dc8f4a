import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import { contentOf, decodeMessage, encodeMessage, sealOf, withSeal } from '../index.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.each(['desiredModel', 'desiredPlan'] as const)('a sealed %s', (name) => {
  const plain = encodeMessage(name, wireSamples[name] as never);
  const content = contentOf(plain);
  const sealed = withSeal({ content, sha256: sha256(content) });

  it('ends with the digest of all before it, and reads as the message', () => {
    const text = Buffer.from(sealed).toString();
    const [, before = '', digits] = /^(.*),"sha256":"([0-9a-f]{64})"}$/.exec(text) ?? [];
    expect(digits).toBe(sha256(Buffer.from(before)));
    expect(decodeMessage(name, sealed)).toEqual(wireSamples[name]);
    expect(sealOf(plain)).toBeUndefined();
  });

  it('has another digest, or none, when any bit is flipped', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 5) {
      const flipped = Uint8Array.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const seal = sealOf(flipped);
      const isIn = bit >> 3 < content.length;
      if (isIn) expect([bit, seal && seal.sha256 === sha256(seal.content)]).toEqual([bit, false]);
      else if (seal === undefined)
        expect(sha256(flipped.subarray(0, content.length))).toBe(sha256(content));
    }
  });
});
