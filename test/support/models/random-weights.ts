/**
 * Replaces constant weights (made by ConstantOfShape) in models. With constant weights every output is
 * a constant too, and even a wrong split looks right. The constants become seeded random weights.
 */
import {
  type OnnxModel,
  type OnnxTensor,
  tensorOf,
  tensorProtoOf,
} from '../../../src/onnx/index.js';

/** The model with a random initializer in the place of every ConstantOfShape whose shape is stored. */
export function withRandomWeights(model: OnnxModel, seed = 1): OnnxModel {
  const random = lehmer(seed);
  const { graph } = model;
  const stored = new Map(graph.initializer.map((one) => [one.name, one]));
  const made = new Map<string, OnnxTensor>();
  for (const { opType, input, output } of graph.node) {
    const shape = opType === 'ConstantOfShape' ? stored.get(input[0] ?? '') : undefined;
    const [name = ''] = output;
    if (shape !== undefined) made.set(name, randomTensor(name, dimsOf(shape), random));
  }
  const node = graph.node.filter(({ output }) => !made.has(output[0] ?? ''));
  const initializer = [...graph.initializer, ...made.values()];
  return { ...model, graph: { ...graph, node, initializer } };
}

function dimsOf(shape: OnnxTensor): number[] {
  const { data } = tensorOf(shape);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.byteLength / 8 }, (_, i) =>
    Number(view.getBigInt64(8 * i, true)),
  );
}

/** Matrices and kernels around 0, so that layers neither vanish nor explode; vectors (scales, variances) around 1. */
function randomTensor(name: string, dims: readonly number[], random: () => number): OnnxTensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const fanIn = count / (dims[0] ?? 1);
  const [centre, width] = dims.length > 1 ? [0, Math.sqrt(24 / fanIn)] : [1, 0.5];
  const values = Float32Array.from({ length: count }, () => centre + width * (random() - 0.5));
  return tensorProtoOf(name, { dtype: 'float32', dims, data: new Uint8Array(values.buffer) });
}

/** Uniform numbers in (0, 1): Lehmer's generator with the constants of Park and Miller. */
function lehmer(seed: number): () => number {
  let state = 1 + (seed % 2_147_483_646);
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
