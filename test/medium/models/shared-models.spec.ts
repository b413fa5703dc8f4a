/**
 * Real networks from files, cut wherever they can be cut. CHECK_EVERY_MODEL=1 adds those that take long; `.ci/run` sets it for some.
 *
 * Networks of constant weights get random ones first: with constants even a wrong split looks right.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { dispatch } from '../../../src/cli/dispatch.js';
import type { ModelCheck } from '../../../src/models/index.js';
import { parseModel, serializeModel } from '../../../src/onnx/index.js';
import { withRandomWeights } from '../../support/networks/random-weights.js';

const MODELS =
  process.env.FLOTILLA_MODELS ?? resolve(import.meta.dirname, '../../../../shared/models');
const isEvery = process.env.CHECK_EVERY_MODEL === '1';
const LIMIT_MS = 300_000;

interface Network {
  readonly file: string;
  /** Device sets, the empty one counted. */
  readonly ideals: number;
  /** Most an output may differ, relative to its largest value; 0: bit-identical at every cut. */
  readonly mostRel: number;
  readonly hasConstantWeights?: boolean;
  readonly isSlow?: boolean;
}
const NETWORKS: readonly Network[] = [
  { file: 'mnist-8', ideals: 7, mostRel: 0 },
  { file: 'simplified_ssd', ideals: 12, mostRel: 0, isSlow: true },
  { file: 'squeezenet', ideals: 49, mostRel: 1e-6 },
  { file: 'squeezenet_fp16', ideals: 49, mostRel: 0 },
  { file: 'ultraface-RFB-320', ideals: 9071, mostRel: 1e-6, isSlow: true },
  { file: 'light_inception_v1', ideals: 500, mostRel: 0, hasConstantWeights: true, isSlow: true },
  { file: 'light_bvlc_alexnet', ideals: 16, mostRel: 0, hasConstantWeights: true, isSlow: true },
  { file: 'light_resnet50', ideals: 87, mostRel: 0, hasConstantWeights: true, isSlow: true },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-models-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function pathOf(file: string, context: TestContext): string {
  const path = join(MODELS, `${file}.onnx`);
  if (!existsSync(path)) context.skip(`there is no ${path}`);
  return path;
}

async function answerOf(path: string): Promise<unknown> {
  let out = '';
  await dispatch(['model', 'check', path, '--json'], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: () => undefined },
    stdin: Readable.from([]),
  });
  return JSON.parse(out);
}

async function randomised(path: string): Promise<string> {
  const random = join(folder, 'random.onnx');
  await writeFile(random, serializeModel(withRandomWeights(parseModel(await readFile(path)))));
  return random;
}

describe('a model file', () => {
  it.for(NETWORKS)(
    '$file gives the same outputs at every cut',
    { timeout: LIMIT_MS },
    async (network, context) => {
      const { file, ideals, mostRel, hasConstantWeights = false, isSlow = false } = network;
      if (isSlow && !isEvery) context.skip('it takes long; CHECK_EVERY_MODEL=1 checks it too');
      const path = pathOf(file, context);
      const check = (await answerOf(
        hasConstantWeights ? await randomised(path) : path,
      )) as ModelCheck;
      expect(check).toMatchObject({ ideals, outputsEqual: true, uniformTensors: 0 });
      expect(check.cuts).toHaveLength(ideals - 1);
      const largest = Math.max(...check.cuts.map(({ maxRelDiff }) => maxRelDiff));
      expect(largest).toBeLessThanOrEqual(mostRel);
    },
  );

  it('is rejected with the reason and advice when no runtime can load it', async (context) => {
    expect(await answerOf(pathOf('super_resolution', context))).toEqual({
      error: {
        code: 'MODEL_NOT_ONNX',
        message: expect.stringMatching(/no operator set .*opset_import is empty.*export it again/),
      },
    });
  });
});
