/**
 * One form for all models, before anything else looks at them: only real inputs are inputs (an initializer that is
 * also listed as an input blocks the runtime's fusions), every dimension is a number, every node has a name of its
 * own, nothing is unused, constants are initializers, halves are float32 but where they come in and go out.
 */
import { Fault } from '../../wire/index.js';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../format/proto.js';
import { int64Tensor, tensorProtoOf } from '../format/tensor-data.js';
import { type Bindings, bindInputs } from '../graph/dimensions.js';
import { initializerNames, readsOf, topologicalOrder, writesOf } from '../graph/graph.js';
import { anchorConstantOutputs, withTensorOutputs } from '../graph/outputs.js';
import { checkDropout, checkSupported, refused } from '../graph/support.js';
import { withoutHalves } from './half-precision.js';
import { withSeparatePads } from './separate-pads.js';

/**
 * The model in normal form; the given one is not changed. `pictures` names inputs that are made from pictures, as float32. Throws MODEL_REFUSED for what is not supported, and
 * MODEL_NOT_ONNX for a graph that contradicts itself (a name made twice, a cycle, a value nothing makes).
 */
export function normalizeModel(
  given: OnnxModel,
  bindings: Bindings = {},
  pictures: ReadonlySet<string> = new Set(),
): OnnxModel {
  checkSupported(given);
  const model = withoutHalves(given, pictures);
  const constants = new Set(initializerNames(model.graph));
  const input = model.graph.input.filter(({ name }) => !constants.has(name));
  if (input.length === 0) throw refused('it has no inputs: its answer would always be the same');
  const bare: OnnxGraph = {
    name: model.graph.name ?? 'graph',
    node: model.graph.node,
    initializer: model.graph.initializer,
    input: bindInputs({ ...model.graph, input }, bindings),
    output: model.graph.output,
  };
  checkSingleAssignment(bare);
  const stored = withConstantsStored(withTensorOutputs(bare));
  const graph = tidyGraph(withSeparatePads(withOwnDequantizers(stored)));
  checkDropout(graph);
  return {
    irVersion: Math.max(model.irVersion, FIRST_WITH_FREE_INITIALIZERS),
    producerName: 'flotilla',
    graph: { ...graph, node: withNames(graph.node) },
    opsetImport: model.opsetImport,
    ...(model.functions === undefined ? {} : { functions: model.functions }),
  };
}

/** Before IR version 4 an initializer had to be an input as well. */
const FIRST_WITH_FREE_INITIALIZERS = 4;

/** Sorted, without nodes and initializers that no output needs, and with each constant output made by a node. */
export function tidyGraph(graph: OnnxGraph): OnnxGraph {
  const anchored = anchorConstantOutputs(graph);
  const nodes = topologicalOrder(anchored).flatMap((i) => anchored.node[i] ?? []);
  const needed = new Set(anchored.output.map(({ name }) => name));
  const kept: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!writesOf(node).some((value) => needed.has(value))) continue;
    kept.push(node);
    for (const value of readsOf(node)) needed.add(value);
  }
  checkOutputsMade(anchored);
  return {
    ...anchored,
    node: kept.reverse(),
    initializer: anchored.initializer.filter(({ name }) => needed.has(name ?? '')),
  };
}

function checkOutputsMade({ node, input, output }: OnnxGraph): void {
  const made = new Set([...input.map(({ name }) => name), ...node.flatMap(writesOf)]);
  const lost = output.find(({ name }) => !made.has(name));
  if (lost !== undefined) {
    throw new Fault('MODEL_NOT_ONNX', `output '${lost.name}' is made by no node`);
  }
}

function checkSingleAssignment({ node, input, initializer }: OnnxGraph): void {
  const seen = new Set<string>();
  const names = [
    ...input.map(({ name }) => name),
    ...initializer.map(({ name }) => name ?? ''),
    ...node.flatMap(writesOf),
  ];
  for (const name of names) {
    if (seen.has(name)) throw new Fault('MODEL_NOT_ONNX', `value '${name}' is made twice`);
    seen.add(name);
  }
}

/** Constant nodes of numbers become initializers; those of strings and sparse tensors stay nodes. */
function withConstantsStored(graph: OnnxGraph): OnnxGraph {
  const stored: OnnxTensor[] = [];
  const node = graph.node.filter((one) => {
    const tensor = one.opType === 'Constant' && !one.domain ? storedConstant(one) : undefined;
    if (tensor !== undefined) stored.push(tensor);
    return tensor === undefined;
  });
  return { ...graph, node, initializer: [...graph.initializer, ...stored] };
}

function storedConstant({ attribute, output }: OnnxNode): OnnxTensor | undefined {
  const name = output[0] ?? '';
  const [value] = attribute;
  switch (value?.name) {
    case 'value':
      return value.t === undefined ? undefined : { ...value.t, name };
    case 'value_int':
      return tensorProtoOf(name, int64Tensor([value.i ?? 0n], []));
    case 'value_ints':
      return tensorProtoOf(name, int64Tensor(value.ints ?? [], [value.ints?.length ?? 0]));
    case 'value_float':
      return tensorProtoOf(name, { dtype: 'float32', dims: [], data: floatBytes([value.f ?? 0]) });
    case 'value_floats': {
      const floats = value.floats ?? [];
      return tensorProtoOf(name, {
        dtype: 'float32',
        dims: [floats.length],
        data: floatBytes(floats),
      });
    }
    default:
      return undefined;
  }
}

function floatBytes(values: readonly number[]): Uint8Array {
  const data = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    data.setFloat32(i * 4, value, true);
  });
  return new Uint8Array(data.buffer);
}

/** One DequantizeLinear for each reader, as the runtime does itself: so a quantised operator can stay whole in its unit. */
function withOwnDequantizers(graph: OnnxGraph): OnnxGraph {
  const shared = new Map(
    graph.node
      .filter(({ opType }) => opType === 'DequantizeLinear')
      .map((one) => [one.output[0] ?? '', one]),
  );
  const readers = new Map<string, number>();
  return {
    ...graph,
    node: graph.node.flatMap((one) => {
      const copies: OnnxNode[] = [];
      const input = one.input.map((value) => {
        const source = shared.get(value);
        if (source === undefined) return value;
        const count = readers.get(value) ?? 0;
        readers.set(value, count + 1);
        if (count === 0) return value;
        const output = `${value}/${count}`;
        copies.push({ ...source, name: `${source.name ?? value}/${count}`, output: [output] });
        return output;
      });
      return copies.length === 0 ? [one] : [...copies, { ...one, input }];
    }),
  };
}

/** A nameless node is named by its operator and place; of two nodes of one name the later gets its place appended. */
function withNames(nodes: readonly OnnxNode[]): OnnxNode[] {
  const seen = new Set<string>();
  return nodes.map((node, i) => {
    const wanted = node.name || `${node.opType}_${i}`;
    const name = seen.has(wanted) ? `${wanted}_${i}` : wanted;
    seen.add(name);
    return name === node.name ? node : { ...node, name };
  });
}
