/** Small ONNX models written down in a line or two, and the real ones next to the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Blueprint, OnnxAttribute, OnnxModel, OnnxNode } from '../../../src/onnx/index.js';
import { type Tensor, utf8 } from '../../../src/wire/index.js';

export const modelFolder =
  process.env.FLOTILLA_MODELS ?? resolve(import.meta.dirname, '../../../../shared/models');

/** Names of the real ONNX files; none, with a word about it, where the folder is absent. */
export function modelFiles(): string[] {
  if (!existsSync(modelFolder)) {
    process.stderr.write(
      `no models in ${modelFolder} (set FLOTILLA_MODELS): their tests are skipped\n`,
    );
    return [];
  }
  return readdirSync(modelFolder).filter((name) => name.endsWith('.onnx'));
}

export function readModelFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(modelFolder, name)));
}

export interface GraphText {
  /** `Op inputs -> outputs`, one node a line. */
  readonly nodes: string;
  /** Name to dims; float32. */
  readonly inputs?: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: readonly string[];
  /** Names of weights; float32 scalars. */
  readonly weights?: readonly string[];
  /** Attributes by the place of the node. */
  readonly attributes?: Readonly<Record<number, readonly OnnxAttribute[]>>;
}

/** A model from text such as `Conv x w -> a`. */
export function graphModel(text: GraphText): OnnxModel {
  const { inputs = { x: [1, 3, 8, 8] }, outputs, weights = [], attributes = {} } = text;
  const lines = text.nodes.split('\n').map((line) => line.trim());
  return {
    irVersion: 8,
    opsetImport: [{ version: 13 }],
    graph: {
      name: 'drawn',
      node: lines.filter((line) => line !== '').map((line, i) => nodeOf(line, attributes[i] ?? [])),
      initializer: weights.map((name) => scalar(name)),
      input: Object.entries(inputs).map(([name, dims]) => ({
        name,
        type: { tensorType: { elemType: 1, shape: { dim: dims.map(dimension) } } },
      })),
      output: outputs.map((name) => ({ name })),
    },
  };
}

function nodeOf(line: string, attribute: readonly OnnxAttribute[]): OnnxNode {
  const [left = '', right = ''] = line.split('->');
  const [opType = '', ...input] = left.trim().split(/\s+/);
  return { opType, input, output: right.trim().split(/\s+/), attribute };
}

function dimension(dim: number | string) {
  return typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim };
}

function scalar(name: string) {
  return { name, dims: [], dataType: 1, rawData: new Uint8Array(4) };
}

/** A drawn network whose weights are left out: enough for everything but running it. */
export function withoutWeights(blueprint: Blueprint): OnnxModel {
  const dims = (name: string) => blueprint.values.get(name)?.dims ?? [];
  return {
    irVersion: 8,
    opsetImport: [{ version: 13 }],
    graph: {
      node: blueprint.nodes,
      initializer: blueprint.weights.map(({ name }) => ({ name, dims: [0], dataType: 1 })),
      input: blueprint.inputs.map((name) => ({
        name,
        type: { tensorType: { elemType: 1, shape: { dim: dims(name).map(dimension) } } },
      })),
      output: blueprint.outputs.map((name) => ({ name })),
    },
  };
}

export function int64s(...values: number[]): Tensor {
  const data = new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer);
  return { dtype: 'int64', dims: [values.length], data };
}

export function stringBytes(text: string): Uint8Array {
  return utf8.encode(text);
}
