import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, utf8 } from '../index.js';

describe('the checksum', () => {
  // RFC 3720, B.4, and the check value every catalogue of CRCs gives.
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['123456789', utf8.encode('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(), 0],
  ])('of %s is the published one', (_, bytes, checksum) => {
    expect(crc32c(bytes)).toBe(checksum);
  });

  it('equals the checksum of the whole when two parts are joined', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 }), (a, b) => {
        expect(crc32c(b, crc32c(a))).toBe(crc32c(Uint8Array.of(...a, ...b)));
      }),
    );
  });
});
