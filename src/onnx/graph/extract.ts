/** A part of a model as a model of its own: the nodes of a block with the weights they read. */
import { dtypeNumber, Fault, type TensorType } from '../../wire/index.js';
import type { OnnxModel, OnnxValueInfo } from '../format/proto.js';
import { readsOf } from './graph.js';

/** Inputs and outputs of a sub-model; `tensors` holds the measured type of every value. */
export interface Interface {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tensors: ReadonlyMap<string, TensorType>;
  /** Values whose dims depend on contents: only the number of their dims is stated. */
  readonly varying?: ReadonlySet<string>;
}

/**
 * The sub-model of some nodes (places in graph.node, any order), with just the initializers they read and the
 * operator sets, functions and IR version of the whole. The same part gives the same bytes when serialized.
 * Throws MODEL_REFUSED when an input or output was not measured, because it is no tensor of numbers.
 */
export function extractModel(
  model: OnnxModel,
  nodes: readonly number[],
  part: Interface,
): OnnxModel {
  const { inputs, outputs } = part;
  return submodel(model, nodes, {
    input: inputs.map((name) => valueInfo(name, part)),
    output: outputs.map((name) => valueInfo(name, part)),
  });
}

/** As extractModel, with inputs and outputs as they should stand in the graph. */
export function submodel(
  { irVersion, producerName, opsetImport, functions, graph }: OnnxModel,
  nodes: readonly number[],
  ends: { readonly input: readonly OnnxValueInfo[]; readonly output: readonly OnnxValueInfo[] },
): OnnxModel {
  const node = [...nodes].sort((a, b) => a - b).flatMap((i) => graph.node[i] ?? []);
  const read = new Set(node.flatMap(readsOf));
  return {
    irVersion,
    ...(producerName === undefined ? {} : { producerName }),
    graph: {
      name: 'block',
      node,
      initializer: graph.initializer.filter(({ name }) => read.has(name ?? '')),
      ...ends,
    },
    opsetImport,
    ...(functions === undefined ? {} : { functions }),
  };
}

function valueInfo(name: string, { tensors, varying }: Interface): OnnxValueInfo {
  const type = tensors.get(name);
  if (type === undefined) {
    throw new Fault(
      'MODEL_REFUSED',
      `value '${name}' is no tensor of numbers, so it cannot be sent`,
    );
  }
  const dim = type.dims.map((dimValue) => (varying?.has(name) ? {} : { dimValue }));
  return { name, type: { tensorType: { elemType: dtypeNumber(type.dtype), shape: { dim } } } };
}
