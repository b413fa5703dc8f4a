/** Real networks from files, cut wherever they can be cut, as `flotilla model check` does. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { expect, type TestContext } from 'vitest';
import { dispatch } from '../../../src/cli/dispatch.js';
import type { ModelCheck } from '../../../src/models/index.js';
import { parseModel, serializeModel } from '../../../src/onnx/index.js';
import { withRandomWeights } from './random-weights.js';

const MODELS =
  process.env.FLOTILLA_MODELS ?? resolve(import.meta.dirname, '../../../../shared/models');

export interface ModelFile {
  readonly file: string;
  /** Device sets, the empty one counted. */
  readonly ideals: number;
  /** Most an output may differ, relative to its largest value; 0: bit-identical at every cut. */
  readonly mostRel: number;
  /** With constants even a wrong split looks right, so they become random ones. */
  readonly hasConstantWeights?: boolean;
}

/** Path of a model file; skips the test where there is none. */
export function pathOf(file: string, context: TestContext): string {
  const path = join(MODELS, `${file}.onnx`);
  if (!existsSync(path)) context.skip(`there is no ${path}`);
  return path;
}

/** What `flotilla model check --json` prints about a file. */
export async function checked(path: string): Promise<unknown> {
  let out = '';
  await dispatch(['model', 'check', path, '--json'], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: () => undefined },
    stdin: Readable.from([]),
  });
  return JSON.parse(out);
}

/** Demands equal outputs of a network at every cut. */
export async function expectEqualAtEveryCut(
  { file, ideals, mostRel, hasConstantWeights = false }: ModelFile,
  context: TestContext,
): Promise<void> {
  const path = pathOf(file, context);
  const check = (await (hasConstantWeights
    ? checkedWithRandomWeights(path)
    : checked(path))) as ModelCheck;
  expect(check).toMatchObject({ ideals, outputsEqual: true, uniformTensors: 0 });
  expect(check.cuts).toHaveLength(ideals - 1);
  const largest = Math.max(...check.cuts.map(({ maxRelDiff }) => maxRelDiff));
  expect(largest).toBeLessThanOrEqual(mostRel);
}

async function checkedWithRandomWeights(path: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-models-'));
  try {
    const random = join(folder, 'random.onnx');
    await writeFile(random, serializeModel(withRandomWeights(parseModel(await readFile(path)))));
    return await checked(random);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
