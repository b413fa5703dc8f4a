import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeChunk, encodeChunk } from '../../../../src/wire/index.js';
import { chunksOf } from './chunker.js';

const header = { frame: '0'.repeat(32), model: '1'.repeat(16), planVersion: 3, deadlineMs: 500 };

describe('chunksOf', () => {
  it('cuts a tensor into chunks that a receiver takes and that make the tensor again', () => {
    const sizes = fc.record({
      bytes: fc.uint8Array({ maxLength: 5000 }),
      most: fc.integer({ min: 1, max: 2048 }),
    });
    fc.assert(
      fc.property(sizes, fc.boolean(), ({ bytes, most }, isLast) => {
        const tensor = {
          ...{ tensorIndex: 2, encoding: 'raw' as const, dtype: 'uint8' as const },
          ...{ scale: 1, zeroPoint: 0 },
          ...{ dims: [bytes.length], bytes },
        };
        const chunks = chunksOf(header, tensor, most, isLast);
        const received = chunks.map((chunk) => decodeChunk(encodeChunk({ ...chunk, ageMs: 1 })));
        expect(Buffer.concat(received.map((chunk) => chunk.bytes))).toEqual(Buffer.from(bytes));
        expect(received.every((chunk) => chunk.bytes.length <= most)).toBe(true);
        expect(received.filter((chunk) => chunk.isLastOfTensor)).toEqual(received.slice(-1));
        expect(received.at(-1)?.isLastOfFrame).toBe(isLast);
      }),
      { numRuns: 50 },
    );
  });

  it('never makes a packet above the limit of the tensor message', () => {
    const bytes = new Uint8Array(1 << 20);
    const tensor = {
      tensorIndex: 0,
      ...{ encoding: 'raw' as const, scale: 1, zeroPoint: 0 },
      dtype: 'uint8' as const,
      dims: [1 << 20],
      bytes,
    };
    const packets = chunksOf(header, tensor, 1 << 20, true).map((chunk) =>
      encodeChunk({ ...chunk, ageMs: 0 }),
    );
    expect(Math.max(...packets.map(({ length }) => length))).toBe(256 * 1024);
  });
});
