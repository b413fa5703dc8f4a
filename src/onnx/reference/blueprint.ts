/**
 * A network as drawn, before its weights exist: nodes, shapes and what each weight is to be filled with. Weights are
 * made from a seed by integer arithmetic, so the same seed gives the same bytes on every machine.
 */
import { elementCount, type TensorType } from '../../wire/index.js';
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../format/proto.js';
import { tensorProtoOf } from '../format/tensor-data.js';

/** A float32 weight, drawn evenly from low (inclusive) to high. */
export interface Weight {
  readonly name: string;
  readonly dims: readonly number[];
  readonly low: number;
  readonly high: number;
  /** Learned in training, so that published parameter counts hold it; running statistics are not. */
  readonly isTrainable: boolean;
}

export interface Blueprint {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly weights: readonly Weight[];
  /** Type of every value that is no weight. */
  readonly values: ReadonlyMap<string, TensorType>;
}

const OPSET = 13;
const IR_VERSION = 8;

/** How many numbers training would learn. */
export function parameterCount({ weights }: Blueprint): number {
  return weights.reduce(
    (sum, { dims, isTrainable }) => sum + (isTrainable ? elementCount(dims) : 0),
    0,
  );
}

/** The network with its weights filled: 4 bytes a parameter, about 1 s for each 100 million. */
export function buildModel(blueprint: Blueprint, seed: number): OnnxModel {
  return {
    irVersion: IR_VERSION,
    producerName: 'flotilla',
    graph: {
      name: blueprint.name,
      node: blueprint.nodes,
      initializer: blueprint.weights.map((weight) => fill(weight, seed)),
      input: blueprint.inputs.map((name) => valueInfo(name, blueprint)),
      output: blueprint.outputs.map((name) => valueInfo(name, blueprint)),
    },
    opsetImport: [{ version: OPSET }],
  };
}

function valueInfo(name: string, { values }: Blueprint): OnnxValueInfo {
  const dim = (values.get(name)?.dims ?? []).map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: 1, shape: { dim } } } };
}

function fill({ name, dims, low, high }: Weight, seed: number): OnnxTensor {
  const data = new Float32Array(elementCount(dims));
  const step = (high - low) / 2 ** 32;
  let state = seedOf(name, seed);
  for (let i = 0; i < data.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[i] = low + (state >>> 0) * step;
  }
  return tensorProtoOf(name, { dtype: 'float32', dims, data: new Uint8Array(data.buffer) });
}

/** FNV-1a of the name, started by the seed; never 0, where xorshift would stay. */
function seedOf(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) | 0;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash === 0 ? 1 : hash;
}
