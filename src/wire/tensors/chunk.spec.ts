import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkSample } from '../../../test/support/mqtt/wire-samples.js';
import {
  CHUNK_HEADER_BYTES,
  type Chunk,
  crc32c,
  decodeChunk,
  dtypes,
  encodeChunk,
  encodedBytes,
  encodings,
  Fault,
  fromHex,
  toHex,
} from '../index.js';

const golden =
  '464c5431' +
  '01' +
  '00' +
  '00' +
  '01' +
  '02' +
  '00' +
  '0000' +
  '00000000' +
  '04000000' +
  '08000000' +
  '02000000' +
  '07000000' +
  'dc050000' +
  '21000000' +
  '00112233445566778899aabbccddeeff' +
  'abababababababab' +
  '0000803f' +
  '00000000' +
  '01000000' +
  '02000000' +
  '00'.repeat(24) +
  '00000000';

const codeOf = (packet: Uint8Array): string => {
  try {
    decodeChunk(packet);
    return 'none';
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
};

/** A packet with some bytes changed and a valid checksum. */
function lying(changes: Readonly<Record<number, number>>, sample: Chunk = chunkSample): Uint8Array {
  const packet = encodeChunk(sample);
  for (const [at, byte] of Object.entries(changes)) packet[Number(at)] = byte;
  const checksum = crc32c(packet.subarray(112), crc32c(packet.subarray(0, 108)));
  new DataView(packet.buffer).setUint32(108, checksum, true);
  return packet;
}

describe('a chunk', () => {
  it('has the bytes of docs/protocol.md', () => {
    const packet = encodeChunk(chunkSample);
    expect(toHex(packet.subarray(0, 108))).toBe(golden);
    expect(toHex(packet.subarray(CHUNK_HEADER_BYTES))).toBe('0000803f');
    expect(toHex(packet.subarray(108, 112))).toMatchInlineSnapshot(`"ab52d771"`);
  });

  it('round-trips as a view of the packet', () => {
    const packet = encodeChunk(chunkSample);
    const chunk = decodeChunk(packet);
    expect(chunk).toEqual(chunkSample);
    expect(chunk.bytes.buffer).toBe(packet.buffer);
  });

  it('round-trips with any content', () => {
    const dims = fc
      .array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 })
      .filter((sides) => sides.reduce((product, side) => product * side, 1) <= 2000);
    const place = {
      encoding: fc.constantFrom(...encodings),
      dtype: fc.constantFrom(...dtypes),
      dims,
    };
    fc.assert(
      fc.property(fc.record(place), fc.nat(), fc.boolean(), (type, seed, isLastOfFrame) => {
        fc.pre(type.encoding === 'raw' || type.dtype === 'float32');
        const tensorBytes = encodedBytes(type.encoding, type);
        fc.pre(type.encoding !== 'jpeg' || tensorBytes > 0);
        const bytes = Uint8Array.from({ length: tensorBytes }, (_, i) => seed + i);
        const rest = { tensorBytes, bytes, chunkCount: 1, isLastOfTensor: true, isLastOfFrame };
        const chunk = { ...chunkSample, ...type, ...rest };
        expect(decodeChunk(encodeChunk(chunk))).toEqual(chunk);
      }),
    );
  });

  it('is a fault when it is truncated or longer', () => {
    const packet = encodeChunk(chunkSample);
    const codes = new Set<string>();
    for (let length = 0; length < packet.length; length++) {
      codes.add(codeOf(packet.subarray(0, length)));
    }
    expect([...codes].sort()).toEqual(['CHUNK_CHECKSUM', 'CHUNK_MALFORMED']);
    expect(codeOf(Uint8Array.of(...packet, 0))).toBe('CHUNK_CHECKSUM');
  });

  it('is a fault when any bit is flipped', () => {
    const packet = encodeChunk(chunkSample);
    const codes = new Set<string>();
    for (let bit = 0; bit < packet.length * 8; bit++) {
      const flipped = Uint8Array.from(packet);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      codes.add(codeOf(flipped));
    }
    expect([...codes].sort()).toEqual(['CHUNK_CHECKSUM', 'CHUNK_MALFORMED', 'CHUNK_VERSION']);
  });

  it.each([
    ['another version', { 4: 2 }, 'CHUNK_VERSION'],
    ['unknown flags', { 5: 4 }, 'CHUNK_MALFORMED'],
    ['an unknown encoding', { 6: 9 }, 'CHUNK_MALFORMED'],
    ['an unsupported dtype', { 7: 8 }, 'CHUNK_MALFORMED'],
    ['nine dims', { 8: 9 }, 'CHUNK_MALFORMED'],
    ['a reserved byte that is set', { 9: 1 }, 'CHUNK_MALFORMED'],
    ['a dim beyond its rank', { 80: 1 }, 'CHUNK_MALFORMED'],
    ['its eighth dim set', { 103: 1 }, 'CHUNK_MALFORMED'],
    ['an offset beyond the tensor', { 12: 8 }, 'CHUNK_MALFORMED'],
    ['an offset of four gigabytes', { 12: 255, 13: 255, 14: 255, 15: 255 }, 'CHUNK_MALFORMED'],
    ['more bytes announced than follow', { 16: 5 }, 'CHUNK_MALFORMED'],
    ['a tensor length that its dims do not make', { 20: 9 }, 'CHUNK_MALFORMED'],
    ['dims of four giga-elements', { 72: 255, 73: 255, 74: 255, 75: 255 }, 'CHUNK_MALFORMED'],
    ['no chunks in all', { 24: 0 }, 'CHUNK_MALFORMED'],
    ['a number above the count', { 104: 2 }, 'CHUNK_MALFORMED'],
    ['a last chunk without its flag', { 24: 1 }, 'CHUNK_MALFORMED'],
    ['a first chunk flagged as the last', { 5: 1 }, 'CHUNK_MALFORMED'],
  ])('is rejected with a correct checksum but %s', (_, changes, code) => {
    expect(codeOf(lying(changes))).toBe(code);
  });

  it('is rejected when its scale and zero point make no finite numbers', () => {
    const affine = { ...chunkSample, encoding: 'u8' as const, tensorBytes: 2, scale: 0.5 };
    const sample: Chunk = { ...affine, zeroPoint: 128, bytes: Uint8Array.of(1) };
    expect(codeOf(encodeChunk(sample))).toBe('none');
    const scaleOf = (value: number): Record<number, number> => ({
      ...new Uint8Array(Float32Array.of(value).buffer),
    });
    for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e38]) {
      const changes = Object.entries(scaleOf(scale)).map(([i, byte]) => [64 + Number(i), byte]);
      expect(codeOf(lying(Object.fromEntries(changes), sample))).toBe('CHUNK_MALFORMED');
    }
    for (const byte of [1, 255])
      expect(codeOf(lying({ 69: byte }, sample))).toBe('CHUNK_MALFORMED');
    expect(codeOf(lying({ 7: 7 }, sample))).toBe('CHUNK_MALFORMED');
    expect(codeOf(lying({ 20: 3 }, sample))).toBe('CHUNK_MALFORMED');
  });

  it('is rejected when its file is longer than its pixels', () => {
    const file: Chunk = {
      ...chunkSample,
      encoding: 'jpeg',
      tensorBytes: 2,
      bytes: Uint8Array.of(1),
    };
    expect(codeOf(encodeChunk(file))).toBe('none');
    expect(codeOf(lying({ 20: 3 }, file))).toBe('CHUNK_MALFORMED');
    expect(codeOf(lying({ 7: 2 }, file))).toBe('CHUNK_MALFORMED');
  });

  it('is not encoded when it would be rejected', () => {
    expect(() => encodeChunk({ ...chunkSample, tensorBytes: 12 })).toThrow(Fault);
    expect(() => encodeChunk({ ...chunkSample, dims: Array(9).fill(1) })).toThrow(Fault);
    expect(() => encodeChunk({ ...chunkSample, bytes: new Uint8Array() })).toThrow(Fault);
  });
});

describe('hex digits', () => {
  it('convert to bytes and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });
});
