import { describe, expect, it } from 'vitest';
import { parseCsv } from './csv.js';

const cells = (text: string) => parseCsv(text).map((row) => row.cells);

describe('a table', () => {
  it.each([
    [
      'id,name\npi-1,Kitchen\n',
      [
        ['id', 'name'],
        ['pi-1', 'Kitchen'],
      ],
    ],
    [
      'id,name\r\npi-1,Kitchen',
      [
        ['id', 'name'],
        ['pi-1', 'Kitchen'],
      ],
    ],
    ['\uFEFFid\n\npi-1\n\n', [['id'], ['pi-1']]],
    ['a,"b, ""c""\nd"\n', [['a', 'b, "c"\nd']]],
    ['a,,\n', [['a', '', '']]],
    ['', []],
  ])('%j is read', (text, rows) => {
    expect(cells(text)).toEqual(rows);
  });

  it('returns the first line of a row, also after a cell of two lines', () => {
    expect(parseCsv('a\n"b\nc"\n\nd').map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  it.each(['a,"b', 'a,b"c"\n', '"a"b\n'])('is rejected: %j', (text) => {
    expect(() => parseCsv(text)).toThrow(/line 1: a quote/);
  });
});
