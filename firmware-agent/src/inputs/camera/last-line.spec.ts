import { describe, expect, it } from 'vitest';
import { LastLine } from './last-line.js';

function lastOf(...pieces: string[]): string {
  const last = new LastLine();
  for (const piece of pieces) last.push(Buffer.from(piece));
  return last.text;
}

describe('the last line of a command', () => {
  it.each([
    [[], ''],
    [['one\ntwo'], 'two'],
    [['one\n', 'tw', 'o\n'], 'two'],
    [['one\r\ntwo\r\n\r\n'], 'two'],
    [['10 %\r20 %'], '20 %'],
    [['one\n   \n'], 'one'],
  ])('of %j is %s', (pieces, expected) => {
    expect(lastOf(...pieces)).toBe(expected);
  });

  it('is kept from its beginning, however long it is', () => {
    const text = lastOf('before\n', 'rtsp://user:', ...Array(100).fill('x'.repeat(1000)));
    expect(text.length).toBe(2000);
    expect(text.startsWith('rtsp://user:')).toBe(true);
  });
});
