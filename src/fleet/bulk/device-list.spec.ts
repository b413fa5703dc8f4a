import { describe, expect, it } from 'vitest';
import { MAX_ROWS, readList } from './device-list.js';

const problems = (text: string, type: 'text/csv' | 'application/x-ndjson' = 'text/csv') =>
  readList(type, text).flatMap((row) =>
    'problem' in row ? [`${row.line}: ${row.problem.message}`] : [],
  );

describe('a file of devices', () => {
  it('reads the same from CSV and from NDJSON', () => {
    const csv = 'id,tags,deadlineMs,group\npi-1,"camera;indoors",900,\npi-2,,,garden\n';
    const ndjson =
      '{"id":"pi-1","tags":["camera","indoors"],"deadlineMs":900}\n\n{"id":"pi-2","group":"garden"}';
    const requests = [
      { id: 'pi-1', tags: ['camera', 'indoors'], deadlineMs: 900 },
      { id: 'pi-2', group: 'garden' },
    ];
    expect(readList('text/csv', csv)).toEqual([
      { line: 2, request: requests[0] },
      { line: 3, request: requests[1] },
    ]);
    expect(readList('application/x-ndjson', ndjson)).toEqual([
      { line: 1, request: requests[0] },
      { line: 3, request: requests[1] },
    ]);
  });

  it('reports every invalid line with its error', () => {
    expect(problems('id,deadlineMs\nPi,\npi-1,soon\npi-1\npi-2,1\npi-2,1\n')).toEqual([
      expect.stringMatching(/^2: id: /),
      expect.stringMatching(/^3: deadlineMs: /),
      '4: has 1 cells, and there are 2 columns',
      "6: id: 'pi-2' is in line 5 already",
    ]);
    expect(problems('{"id":1}\n{\n[]\nnull', 'application/x-ndjson')).toHaveLength(4);
    expect(problems('{"id":"pi-1","admin":true}', 'application/x-ndjson')[0]).toContain('admin');
  });

  it.each([
    ['', 'holds no device'],
    ['id,name\n', 'holds no device'],
    ['id,owner\npi-1,me\n', "'owner' is no column"],
    ['id,id\npi-1,pi-1\n', 'there twice'],
    [`id\n${'x\n'.repeat(MAX_ROWS + 1)}`, 'divide it'],
  ])('%j is refused', (text, why) => {
    expect(() => readList('text/csv', text)).toThrow(why);
  });
});
