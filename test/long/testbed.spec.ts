/** The testbed as a user starts it: its short grid, streams of files and --resume; it saves its results and leaves no trace. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import { graphModel } from '../support/networks/onnx-graphs.js';
import { root, run } from '../support/processes/processes.js';

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

interface SavedRow {
  readonly name: string;
  readonly turns: readonly { readonly frames: readonly SavedFrame[] }[];
}
interface SavedFrame {
  readonly outcome: string;
  readonly agreement: { readonly relative: number };
}
const allFrames = ({ turns }: SavedRow): SavedFrame[] => turns.flatMap(({ frames }) => frames);
const framesOf = (row: SavedRow): number => allFrames(row).length;

/** Two inputs that are no pictures. */
function sumOfTwo(): Uint8Array {
  const dims = [1, 64, 16, 16];
  const inputs = { left: dims, right: dims };
  const nodes = 'Add left right -> sum\nMaxPool sum -> pooled\nRelu pooled -> out';
  const attributes = { 1: [{ name: 'kernel_shape', type: 7, ints: [2n, 2n] }] };
  return serializeModel(graphModel({ inputs, nodes, attributes, outputs: ['out'] }));
}

describe('the testbed', () => {
  it('measures every row of its short grid and saves results and charts', async () => {
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
      expect(rows.map(framesOf)).toEqual([6, 6, 6, 6, 6]);
      for (const { agreement } of rows.flatMap(allFrames)) {
        expect(agreement.relative).toBeLessThan(1e-4);
      }
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

  it('measures streams under int8 of the files of a folder and resumes', async () => {
    const models = join(out, 'models');
    await mkdir(models);
    await writeFile(
      join(models, 'chain.onnx'),
      serializeModel(referenceNetwork('tiny-chain').build()),
    );
    await writeFile(join(models, 'broken.onnx'), 'no network at all');
    const folder = join(out, 'files');
    const args = ['--models', models, '--rates', '5.85', '--encodings', 'int8', '--out', folder];
    args.push('--modes', 'stream', '--frames', '4', '--rounds', '1');
    const first = run('testbed', { file, args });
    expect([await first.exited, first.lines.join('\n')]).toEqual([
      0,
      expect.stringContaining('skipped broken'),
    ]);
    await writeFile(join(models, 'tensors.onnx'), sumOfTwo());
    const second = run('testbed', { file, args: [...args, '--resume'] });
    expect([await second.exited, second.lines.join('\n')]).toEqual([
      0,
      expect.stringContaining('chain: measured before'),
    ]);
    const { cells } = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8'));
    const rowsOf = (network: string): SavedRow[] =>
      cells.find((cell: { network: string }) => cell.network === network).rows;
    expect(rowsOf('chain').map(({ name }) => name)).toEqual([
      ...['local-only', 'cloud-only, 8-bit image', 'cloud-only, JPEG'],
      ...['partition-only', 'Flotilla'],
    ]);
    expect(rowsOf('tensors').map(({ name }) => name)).toEqual([
      ...['local-only', 'cloud-only, tensor', 'partition-only', 'Flotilla'],
    ]);
    const frames = [...rowsOf('chain'), ...rowsOf('tensors')].flatMap(allFrames);
    expect(frames.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(frames.filter(({ agreement }) => agreement.relative > 0.1)).toEqual([]);
    expect(await readdir(folder)).toContain('throughput.svg');
  });

  it('leaves no trace when it is interrupted', async () => {
    const args = ['--short', '--out', out, '--frames', '900'];
    const testbed = run('testbed', { file, args });
    while (!testbed.lines.some((line) => line.includes('profiled'))) {
      await testbed.whileRunning(sleep(100));
    }
    expect(await testbed.stop('SIGINT')).toBe(130);
    expect(await traces()).toEqual([]);
  });

  it('ends with 1 and names the file when there is nothing to resume', async () => {
    const testbed = run('testbed', { file, args: ['--resume', '--out', '/nowhere'] });
    expect(await testbed.exited).toBe(1);
    expect(testbed.lines.join('\n')).toContain('--resume: /nowhere/results.json');
  });
});
