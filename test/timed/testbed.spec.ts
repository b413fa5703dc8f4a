/** The testbed as a user starts it, on one network and one link; test/long has the rest. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root, run } from '../support/processes/processes.js';

const file = join(root, 'dist/test/testbed/testbed.js');
const FRAMES = 3;
let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'flotilla-testbed-spec-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

interface SavedRow {
  readonly turns: readonly {
    readonly frames: readonly { readonly agreement: { readonly relative: number } }[];
  }[];
}

it('the testbed measures every row of a cell and saves results and charts', async () => {
  const args = ['--short', '--networks', 'three-heads', '--frames', `${FRAMES}`, '--out', out];
  const testbed = run('testbed', { file, args });
  const code = await testbed.exited;
  const text = testbed.lines.join('\n');
  expect([code, text]).toEqual([0, expect.stringContaining('mean absolute error')]);
  expect(text).toMatch(/^Link: .*\nProcessor: /m);
  const { cells } = JSON.parse(await readFile(join(out, 'results.json'), 'utf8'));
  expect(cells.map(({ network }: { network: string }) => network)).toEqual(['three-heads']);
  const rows = cells[0].rows.map(({ turns }: SavedRow) => turns.flatMap(({ frames }) => frames));
  expect(rows.map((frames: unknown[]) => frames.length)).toEqual(Array(5).fill(FRAMES));
  for (const { agreement } of rows.flat()) expect(agreement.relative).toBeLessThan(1e-4);
  expect((await readdir(out)).sort()).toEqual([
    'frame-three-heads-5.85-exact.svg',
    'latency.svg',
    'results.json',
    'results.md',
  ]);
});
