import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cursors } from './cursor.js';
import { newestCursor, newestPlaceOf } from './newest-first.js';

const ids = cursors(z.string().regex(/^[a-z]+$/));

describe('a cursor', () => {
  it('returns the place it was made of', () => {
    expect(ids.placeOf(ids.textOf('abc'))).toBe('abc');
    const place = { createdAt: new Date(1_700_000_000_000), id: 'f00d' };
    expect(newestPlaceOf(newestCursor(place))).toEqual(place);
  });

  it.each([
    ['no base64url', '%%%'],
    ['no JSON', Buffer.from('abc').toString('base64url')],
    ['another kind of place', ids.textOf('ABC')],
    ['empty', ''],
  ])('is rejected when it is %s', (_, text) => {
    expect(() => ids.placeOf(text)).toThrow('cursor: invalid');
  });

  it('is rejected when its time cannot be in a database', () => {
    const late = cursors(z.any()).textOf([8.64e15, 'f00d']);
    expect(() => newestPlaceOf(late)).toThrow('cursor: invalid');
  });
});
