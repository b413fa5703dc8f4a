/** The testbed as a user starts it, in its short form: it measures, saves what it says it saves, and leaves nothing behind. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, run } from '../support/processes.js';

const file = join(root, 'dist/test/testbed/testbed.js');
let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'flotilla-testbed-spec-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

/** Network namespaces and groups that a testbed made; nothing where there can be none. */
async function traces(): Promise<string[]> {
  const namespaces = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout ?? '';
  const groups = await readdir('/sys/fs/cgroup/cpu').catch(() => []);
  return [...namespaces.split('\n'), ...groups].filter((one) => one.includes('flotilla-testbed-'));
}

describe('the testbed', () => {
  it('measures every row of its short grid, and saves results and charts', async () => {
    const testbed = run('testbed', { file, args: ['--short', '--out', out] });
    const code = await testbed.exited;
    const text = testbed.lines.join('\n');
    expect([code, text]).toEqual([0, expect.stringContaining('mean absolute error')]);
    expect(text).toMatch(/^Link: .*\nProcessor: /m);
    const { cells } = JSON.parse(await readFile(join(out, 'results.json'), 'utf8'));
    expect(cells.map(({ network }: { network: string }) => network)).toEqual([
      'squeezenet',
      'three-heads',
    ]);
    for (const { rows } of cells) {
      expect(rows.map(({ frames }: { frames: [] }) => frames.length)).toEqual([6, 6, 6, 6]);
    }
    expect((await readdir(out)).sort()).toEqual([
      'frame-squeezenet-5.85-exact.svg',
      'frame-three-heads-5.85-exact.svg',
      'latency.svg',
      'results.json',
      'results.md',
    ]);
    expect(await traces()).toEqual([]);
  });

  it('leaves nothing behind when it is broken off', async () => {
    const args = ['--short', '--out', out, '--frames', '900'];
    const testbed = run('testbed', { file, args });
    while (!testbed.lines.some((line) => line.includes('profiled'))) {
      await testbed.whileRunning(sleep(100));
    }
    expect(await testbed.stop('SIGINT')).toBe(130);
    expect(await traces()).toEqual([]);
  });

  it.each([
    ['an unknown network', ['--networks', 'resnet19'], 'there is no reference network resnet19'],
    ['no number', ['--uplinks', '5,fast'], '--uplinks fast: is a number from 0.05 to 1000'],
    ['a word nobody knows', ['--emulation', 'magic'], '--emulation magic: is one of auto, kernel'],
  ])('tells %s, and ends with 1', async (_, args, told) => {
    const testbed = run('testbed', { file, args });
    expect(await testbed.exited).toBe(1);
    expect(testbed.lines.join('\n')).toContain(told);
  });
});
