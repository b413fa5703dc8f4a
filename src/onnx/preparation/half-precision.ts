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
/** AttributeProto.INT */
const INT_ATTRIBUTE = 2;

/** Attributes that hold an element type. */
const TYPE_ATTRIBUTES = new Set(['to', 'dtype', 'output_dtype', 'stash_type']);

/**
 * The model with float32 wherever it has float16: weights, casts, and values inside. Its inputs and outputs keep their
 * type, but for `pictures`, which are made as float32.
 */
export function withoutHalves(
  model: OnnxModel,
  pictures: ReadonlySet<string> = new Set(),
): OnnxModel {
  const { functions } = model;
  return {
    ...model,
    graph: withHalfEnds(widenGraph(model.graph), model.graph, pictures),
    ...(functions === undefined ? {} : { functions: functions.map(widenFunction) }),
  };
}

/** The widened graph with casts from the half inputs and to the half outputs of the given one. */
function withHalfEnds(wide: OnnxGraph, given: OnnxGraph, pictures: ReadonlySet<string>): OnnxGraph {
  const weights = new Set(given.initializer.map(({ name }) => name));
  const isKept = ({ name, type }: OnnxValueInfo) =>
    type?.tensorType?.elemType === HALF && !weights.has(name) && !pictures.has(name);
  const inputs = given.input.filter(isKept).map(({ name }) => name);
  const taken = new Set(given.input.map(({ name }) => name));
  const outputs = given.output
    .filter(({ name, type }) => type?.tensorType?.elemType === HALF && !taken.has(name))
    .map(({ name }) => name);
  if (inputs.length === 0 && outputs.length === 0) return wide;
  const named = new Map([...inputs, ...outputs].map((name) => [name, `${name}/float32`]));
  const cast = (from: string, to: string, type: number): OnnxNode => ({
    ...{ name: `${to}/cast`, opType: 'Cast', input: [from], output: [to] },
    attribute: [{ name: 'to', i: BigInt(type), type: INT_ATTRIBUTE }],
  });
  const withOwnTypes = (
    values: readonly OnnxValueInfo[],
    kept: readonly string[],
    own: readonly OnnxValueInfo[],
  ) => values.map((one, i) => (kept.includes(one.name) ? (own[i] ?? one) : one));
  return {
    ...wide,
    input: withOwnTypes(wide.input, inputs, given.input),
    output: withOwnTypes(wide.output, outputs, given.output),
    initializer: wide.initializer.map((one) => {
      const name = outputs.includes(one.name ?? '') ? named.get(one.name ?? '') : undefined;
      return name === undefined ? one : { ...one, name };
    }),
    node: [
      ...inputs.map((name) => cast(name, `${name}/float32`, SINGLE)),
      ...wide.node.map((node) => renamed(node, named)),
      ...outputs.map((name) => cast(`${name}/float32`, name, HALF)),
    ],
  };
}

/** A node with other names for some values, also where its subgraphs capture them. */
function renamed(node: OnnxNode, names: ReadonlyMap<string, string>): OnnxNode {
  const nameOf = (value: string) => names.get(value) ?? value;
  return {
    ...node,
    input: node.input.map(nameOf),
    output: node.output.map(nameOf),
    attribute: node.attribute.map((one) => ({
      ...one,
      ...(one.g === undefined ? {} : { g: renamedWithin(one.g, names) }),
      ...(one.graphs === undefined
        ? {}
        : { graphs: one.graphs.map((g) => renamedWithin(g, names)) }),
    })),
  };
}

function renamedWithin(graph: OnnxGraph, names: ReadonlyMap<string, string>): OnnxGraph {
  const own = new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name ?? ''),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const outer = new Map([...names].filter(([name]) => !own.has(name)));
  return {
    ...graph,
    node: graph.node.map((node) => renamed(node, outer)),
    output: graph.output.map((one) => ({ ...one, name: outer.get(one.name) ?? one.name })),
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
