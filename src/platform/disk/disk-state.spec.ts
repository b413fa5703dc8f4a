import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reserveOf, spaceOf, stateOf } from './disk-state.js';

const MIB = 1024 ** 2;
const statfs = { bavail: 50, bsize: 4096, blocks: 100, files: 20, ffree: 10 };
const space = (freeBytes: number, totalBytes = 1000 * MIB) => ({
  ...{ freeBytes, totalBytes, freeInodes: 7 },
});
const kindOf = (freeBytes: number, reserve?: number) =>
  stateOf({ space: space(freeBytes), trouble: undefined }, reserve).kind;

describe('the space of a disk', () => {
  it('is counted in blocks for the user of the service', () => {
    expect(spaceOf(statfs)).toEqual({
      ...{ freeBytes: 50 * 4096, totalBytes: 100 * 4096, freeInodes: 10 },
    });
  });

  it('has no inodes to count where the file system makes them as needed', () => {
    expect(spaceOf({ ...statfs, files: 0, ffree: 0 })).toMatchObject({ freeInodes: undefined });
  });

  it.each([
    ['no size at all', { ...statfs, blocks: 0, bavail: 0 }],
    ['more free than there is', { ...statfs, bavail: 101 }],
    ['a negative number of blocks', { ...statfs, bavail: -1 }],
    ['no number', { ...statfs, bsize: Number.NaN }],
    ['an endless disk', { ...statfs, blocks: Number.POSITIVE_INFINITY }],
    ['more free inodes than there are', { ...statfs, ffree: 21 }],
  ])('is unknown, not full and not fine, with %s', (_, reported) => {
    const found = spaceOf(reported);
    expect(found).toMatch(/^free space unknown: statfs reports/);
    const state = stateOf({ space: found, trouble: undefined });
    expect(state).toMatchObject({ kind: 'unknown', freeBytes: undefined, reserveBytes: undefined });
  });
});

describe('the state of a disk', () => {
  it('follows from free space and reserve: full below a sixteenth of it, low below it', () => {
    const bytes = fc.integer({ min: 0, max: 1000 * MIB });
    const reserves = fc.integer({ min: 1, max: 600 * MIB });
    fc.assert(
      fc.property(bytes, reserves, (free, reserve) => {
        const expected = free >= reserve ? 'fine' : 16 * free >= reserve ? 'low' : 'full';
        expect(kindOf(free, reserve)).toBe(expected);
      }),
    );
  });

  it('has by default a reserve of 256 MiB, and of a tenth on a small disk', () => {
    expect(reserveOf(undefined, 1e12)).toBe(256 * MIB);
    expect(reserveOf(undefined, 24 * MIB)).toBe(Math.floor(2.4 * MIB));
    expect([kindOf(101 * MIB), kindOf(99 * MIB), kindOf(6 * MIB)]).toEqual(['fine', 'low', 'full']);
  });

  it('is not judged by free space with a reserve of 0, but still by a write', () => {
    expect(kindOf(0, 0)).toBe('fine');
    expect(stateOf({ space: 'unknown', trouble: undefined }, 0).kind).toBe('fine');
    const trouble = { code: 'DISK_FULL', text: 'no room' } as const;
    expect(stateOf({ space: space(900 * MIB), trouble }, 0)).toMatchObject({
      kind: 'full',
      trouble,
    });
  });

  it('is full without a free inode, however many bytes are free', () => {
    const spent = { ...space(900 * MIB), freeInodes: 0 };
    const state = stateOf({ space: spent, trouble: undefined });
    expect(state).toMatchObject({ kind: 'full', because: expect.stringContaining('inode') });
  });

  it.each([
    ['DISK_FULL', 'full'],
    ['DISK_FAILED', 'failing'],
    ['FILES_EXHAUSTED', 'failing'],
  ] as const)('is by %s of a small file %s, also where the space is unknown', (code, kind) => {
    const trouble = { code, text: 'the words of the system' };
    for (const known of [space(900 * MIB), 'free space unknown: EIO']) {
      const state = stateOf({ space: known, trouble });
      expect(state).toMatchObject({ kind, because: 'the data folder: the words of the system' });
    }
  });
});
