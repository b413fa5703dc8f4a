import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import { decodeMessage, encodeMessage } from '../../wire/index.js';
import { encodeForDevice } from './sealed-documents.js';

/** Content and digest of a sealed text, read from docs/protocol.md alone. */
function opened(bytes: Uint8Array): { before: string; sha256: string | undefined } {
  const text = Buffer.from(bytes).toString();
  const at = text.lastIndexOf(',"sha256":"');
  const { sha256 } = JSON.parse(text) as { sha256?: string };
  return { before: text.slice(0, at), sha256 };
}

describe('documents for devices', () => {
  it('that share a model have each the digest of their own bytes', () => {
    const digests = new Set<string | undefined>();
    for (const version of [1, 2, 3]) {
      const document = { ...wireSamples.desiredModel, version };
      const bytes = encodeForDevice('desiredModel', document);
      const { before, sha256 } = opened(bytes);
      expect(sha256).toBe(createHash('sha256').update(before).digest('hex'));
      expect(decodeMessage('desiredModel', bytes)).toEqual(document);
      digests.add(sha256);
    }
    expect(digests.size).toBe(3);
  });

  it('without a model, and plans, have one too; other messages have none', () => {
    const none = { ...wireSamples.desiredModel, model: null };
    for (const bytes of [
      encodeForDevice('desiredModel', none),
      encodeForDevice('desiredPlan', wireSamples.desiredPlan),
    ]) {
      const { before, sha256 } = opened(bytes);
      expect(sha256).toBe(createHash('sha256').update(before).digest('hex'));
    }
    const receipt = encodeForDevice('receipt', wireSamples.receipt);
    expect(receipt).toEqual(encodeMessage('receipt', wireSamples.receipt));
  });
});
