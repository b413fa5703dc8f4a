/**
 * Half precision becomes float32 before a model is split. The CPU runtime computes halves in float32 anyway and rounds
 * only where a session ends, so a split run would round at every cut and differ from an unsplit one by 0.4 %. What
 * travels is encoded on its own (see wire).
 */
import { dtypeNumber, numberOfHalf } from '../../wire/index.js';
import type {
  OnnxAttribute,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from '../format/proto.js';
import { tensorOf, tensorProtoOf } from '../format/tensor-data.js';

const HALF = dtypeNumber('float16');
const SINGLE = dtypeNumber('float32');

/** Attributes that hold an element type. */
const TYPE_ATTRIBUTES = new Set(['to', 'dtype', 'output_dtype', 'stash_type']);

/** The model with float32 wherever it has float16: inputs, outputs, weights, casts. */
export function withoutHalves(model: OnnxModel): OnnxModel {
  const { functions } = model;
  return {
    ...model,
    graph: widenGraph(model.graph),
    ...(functions === undefined ? {} : { functions: functions.map(widenFunction) }),
  };
}

function widenFunction(one: OnnxFunction): OnnxFunction {
  return { ...one, node: one.node.map(widenNode) };
}

function widenGraph(graph: OnnxGraph): OnnxGraph {
  return {
    ...graph,
    node: graph.node.map(widenNode),
    initializer: graph.initializer.map(widenTensor),
    input: graph.input.map(widenValue),
    output: graph.output.map(widenValue),
    ...(graph.valueInfo === undefined ? {} : { valueInfo: graph.valueInfo.map(widenValue) }),
  };
}

function widenNode(node: OnnxNode): OnnxNode {
  return node.attribute.length === 0
    ? node
    : { ...node, attribute: node.attribute.map(widenAttribute) };
}

function widenAttribute(attribute: OnnxAttribute): OnnxAttribute {
  const { name, i, t, tensors, g, graphs } = attribute;
  return {
    ...attribute,
    ...(TYPE_ATTRIBUTES.has(name) && i === BigInt(HALF) ? { i: BigInt(SINGLE) } : {}),
    ...(t === undefined ? {} : { t: widenTensor(t) }),
    ...(tensors === undefined ? {} : { tensors: tensors.map(widenTensor) }),
    ...(g === undefined ? {} : { g: widenGraph(g) }),
    ...(graphs === undefined ? {} : { graphs: graphs.map(widenGraph) }),
  };
}

function widenValue(value: OnnxValueInfo): OnnxValueInfo {
  const tensorType = value.type?.tensorType;
  if (tensorType?.elemType !== HALF) return value;
  return { ...value, type: { ...value.type, tensorType: { ...tensorType, elemType: SINGLE } } };
}

function widenTensor(proto: OnnxTensor): OnnxTensor {
  if (proto.dataType !== HALF) return proto;
  const { dims, data } = tensorOf(proto);
  const halves = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const singles = new DataView(new ArrayBuffer(data.byteLength * 2));
  for (let at = 0; at < data.byteLength; at += 2) {
    singles.setFloat32(at * 2, numberOfHalf(halves.getUint16(at, true)), true);
  }
  const wide = { dtype: 'float32', dims, data: new Uint8Array(singles.buffer) } as const;
  return tensorProtoOf(proto.name ?? '', wide);
}
