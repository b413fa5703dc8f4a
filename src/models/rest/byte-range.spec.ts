import { describe, expect, it } from 'vitest';
import { byteRangeOf } from './byte-range.js';

const whole = { first: 0, last: 99 };
const cases: [string | undefined, ReturnType<typeof byteRangeOf>][] = [
  [undefined, whole],
  ['bytes=0-', whole],
  ['bytes=10-19', { first: 10, last: 19 }],
  ['bytes=90-200', { first: 90, last: 99 }],
  ['bytes=-5', { first: 95, last: 99 }],
  ['bytes=-500', whole],
  ['bytes=100-', undefined],
  ['bytes=-0', undefined],
  ['bytes=0-1,5-6', whole],
  ['bytes=9-3', whole],
  ['bytes=-', whole],
  ['lines=1-2', whole],
  ['bytes=1e9-', whole],
];

describe('byteRangeOf', () => {
  it.each(cases)('reads %s of 100 bytes as %o', (header, range) => {
    expect(byteRangeOf(header, 100)).toEqual(range);
  });
});
