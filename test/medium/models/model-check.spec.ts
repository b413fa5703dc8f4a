/** `flotilla model`: cuts checked in real processes, rejected files, invalid arguments. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispatch } from '../../../src/cli/dispatch.js';
import type { ModelCheck } from '../../../src/models/index.js';
import {
  type OnnxAttribute,
  type OnnxNode,
  parseModel,
  serializeModel,
} from '../../../src/onnx/index.js';
import { withRandomWeights } from '../../support/models/random-weights.js';
import {
  constantWeights,
  endlessLoop,
  giantAllocation,
} from '../../support/networks/hostile-models.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-check-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function flotilla(...args: string[]) {
  let [out, err] = ['', ''];
  const exitCode = await dispatch(args, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: Readable.from([]),
  });
  return { exitCode, out, err };
}

async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function check(path: string): Promise<ModelCheck> {
  const { exitCode, out } = await flotilla('model', 'check', path, '--json');
  const found = JSON.parse(out) as ModelCheck;
  expect(exitCode).toBe(found.outputsEqual ? 0 : 1);
  return found;
}

describe('flotilla model check', () => {
  it('tries every cut of a reference network that flotilla model build wrote', async () => {
    const [path, manifest] = [join(folder, 'fork.onnx'), join(folder, 'fork.json')];
    await flotilla('model', 'build', 'tiny-fork', path, '--manifest', manifest);
    const found = await check(path);
    expect(found).toMatchObject({ outputsEqual: true, uniformTensors: 0 });
    expect(found.cuts).toHaveLength(found.ideals - 1);
    expect(found.cuts[0]).toMatchObject({ device: [], maxAbsDiff: 0 });
    const all = found.cuts.filter(({ device }) => device.length === found.units);
    expect(all).toMatchObject([{ tensors: [], bytes: 0 }]);
    const table = await flotilla('model', 'check', path, '--manifest', manifest);
    expect(table.exitCode).toBe(0);
    expect(table.out).toMatch(
      /^equal: \d+ of 16 cuts give bit-identical outputs, the others within \d\.\de-\d of the largest value$/m,
    );
  });

  it('counts uniform tensors, with which a wrong split would look right', async () => {
    const alike = constantWeights();
    expect(await check(await fileOf('alike.onnx', alike))).toMatchObject({ uniformTensors: 2 });
    const random = serializeModel(withRandomWeights(parseModel(alike)));
    expect(await check(await fileOf('random.onnx', random))).toMatchObject({ uniformTensors: 0 });
  });

  it('keeps strings and sequences inside a unit', async () => {
    const node = (text: string, attribute: OnnxAttribute[] = []): OnnxNode => {
      const [opType = '', input = '', output = ''] = text.split(/ |->/).filter(Boolean);
      return { opType, input: input.split(','), output: [output], attribute };
    };
    const whole = (name: string, value: number): OnnxAttribute => ({
      name,
      i: BigInt(value),
      type: 2,
    });
    const one = { name: 'one', dims: [], dataType: 7, int64Data: [1n] };
    const bytes = serializeModel({
      irVersion: 8,
      opsetImport: [{ version: 17 }],
      graph: {
        name: 'inside',
        node: [
          node('Relu x -> r'),
          node('SplitToSequence r -> parts', [whole('axis', 1)]),
          node('SequenceAt parts,one -> part'),
          node('Sigmoid part -> s'),
          node('Cast s -> words', [whole('to', 8)]),
          node('Identity words -> same'),
          node('Cast same -> n', [whole('to', 1)]),
          node('Exp n -> y'),
        ],
        initializer: [one],
        input: [
          {
            name: 'x',
            type: {
              tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2 }, { dimValue: 4 }] } },
            },
          },
        ],
        output: [{ name: 'y', type: { tensorType: { elemType: 1 } } }],
      },
    });
    const found = await check(await fileOf('inside.onnx', bytes));
    expect(found.outputsEqual).toBe(true);
    const crossing = new Set(found.cuts.flatMap(({ tensors }) => tensors));
    expect([...crossing].sort()).toEqual(['n', 'part', 'r', 's', 'x']);
  });

  it('rejects an unusable model with one line or one JSON document', async () => {
    const path = await fileOf('bomb.onnx', giantAllocation({ isConstant: true }));
    const text = await flotilla('model', 'check', path);
    expect(text).toMatchObject({ exitCode: 1, out: '' });
    expect(text.err).toMatch(/^flotilla: ONNX Runtime: .*\n$/);
    const json = await flotilla('model', 'check', path, '--json');
    expect(json).toMatchObject({ exitCode: 1, err: '' });
    expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'MODEL_TOO_COSTLY' } });
  });

  it('ends after --timeout-s for a network that never ends', async () => {
    const path = await fileOf('loop.onnx', endlessLoop());
    const { exitCode, err } = await flotilla('model', 'check', path, '--timeout-s', '3');
    expect([exitCode, err]).toEqual([1, 'flotilla: the model was not examined within 3 s\n']);
  });
});

describe('flotilla', () => {
  const lines: [string[], RegExp][] = [
    [[], /missing command/],
    [['modle'], /unknown command 'modle'/],
    [['model'], /check, build or list, is nothing/],
    [['model', 'chek'], /is 'chek'/],
    [['model', 'check'], /FILE\.onnx/],
    [['model', 'check', 'a', 'b'], /FILE\.onnx, not 2/],
    [['model', 'check', 'a', '--jsno'], /--jsno/],
    [['model', 'check', 'a', '--seed', 'x'], /--seed/],
    [['model', 'build', 'resnet9000', 'x.onnx'], /resnet9000.*mobilenetv2/],
  ];
  it.each(lines)('rejects %j with one line and exit code 2', async (args, why) => {
    const { exitCode, out, err } = await flotilla(...args);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toMatch(why);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('prints the usage of every command with --help', async () => {
    for (const args of [
      ['--help'],
      ['model', '--help'],
      ['model', 'check', '--help'],
      ['plan', '--help'],
    ]) {
      const { exitCode, out } = await flotilla(...args);
      expect(exitCode).toBe(0);
      expect(out).toMatch(/^usage: flotilla/);
    }
  });
});
