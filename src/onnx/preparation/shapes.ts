/**
 * Shapes of all values are measured by one run. Where a shape is the same for every input, nodes that compute with it
 * (Shape → Gather → Concat → Reshape, as exporters write them) are constants; where it depends on the input's
 * contents (NonZero, NonMaxSuppression), the value has no fixed size and must not be sent.
 */
import type { Dtype, TensorType } from '../../wire/index.js';
import type { OnnxGraph, OnnxModel, OnnxNode } from '../format/proto.js';
import { int64Tensor } from '../format/tensor-data.js';
import { indexGraph, makesNoTensors, readsOf, subgraphsOf, writesOf } from '../graph/graph.js';
import { withConstants } from './constants.js';
import { isSizedByContent, statesSize } from './size-inputs.js';

/** Types of the values of one run, by name. */
export type Measured = ReadonlyMap<string, TensorType>;

/** Types of whole numbers, in which sizes are stated. */
const WHOLE: readonly Dtype[] = ['int64', 'int32', 'uint64', 'uint32', 'int16', 'uint16'];

/** The model with every tensor that a node reads among its outputs, so that one run measures them all. */
export function withAllOutputs(model: OnnxModel): OnnxModel {
  const { readersOf } = indexGraph(model.graph);
  const others = new Set<string>();
  const read: string[] = [];
  for (const node of model.graph.node) {
    const isOther =
      makesNoTensors(node) || (node.opType === 'Identity' && others.has(node.input[0] ?? ''));
    for (const value of writesOf(node)) {
      if (isOther) others.add(value);
      else if (readersOf(value).length > 0) read.push(value);
    }
  }
  return withOutputs(model, read);
}

/** The model with some values that its nodes make as further outputs. */
export function withOutputs(model: OnnxModel, values: readonly string[]): OnnxModel {
  const { graph } = model;
  const { outputs, producerOf } = indexGraph(graph);
  const inner = values.filter((value) => !outputs.has(value) && producerOf.has(value));
  return {
    ...model,
    graph: { ...graph, output: [...graph.output, ...inner.map((name) => ({ name }))] },
  };
}

/** The model with each Shape and Size of a value of fixed shape replaced by its measured result. */
export function withMeasuredShapes(model: OnnxModel, measured: Measured): OnnxModel {
  const { shapes } = fixedValues(model.graph, measured);
  const constants = model.graph.node.flatMap((node) => {
    const dims =
      isShapeQuestion(node) && shapes.has(node.input[0] ?? '')
        ? measured.get(node.input[0] ?? '')?.dims
        : undefined;
    return dims === undefined ? [] : [[node.output[0] ?? '', answer(node, dims)] as const];
  });
  return constants.length === 0 ? model : withConstants(model, new Map(constants));
}

/** Values that nodes read or that are outputs, but that cannot be sent: they were not measured, or their size varies. */
export function inseparableValues(model: OnnxModel, measured: Measured): Set<string> {
  const { shapes } = fixedValues(model.graph, measured);
  const { readersOf, outputs } = indexGraph(model.graph);
  return new Set(
    model.graph.node
      .flatMap(writesOf)
      .filter((value) => outputs.has(value) || readersOf(value).length > 0)
      .filter((value) => !shapes.has(value) || !measured.has(value)),
  );
}

function isShapeQuestion({ opType, domain }: OnnxNode): boolean {
  return (opType === 'Shape' || opType === 'Size') && !domain;
}

function answer({ opType, attribute }: OnnxNode, dims: readonly number[]) {
  if (opType === 'Size') return int64Tensor([dims.reduce((all, dim) => all * BigInt(dim), 1n)], []);
  const bound = (which: string) => attribute.find(({ name }) => name === which)?.i;
  const end = bound('end');
  const part = dims.slice(
    Number(bound('start') ?? 0n),
    end === undefined ? undefined : Number(end),
  );
  return int64Tensor(part.map(BigInt), [part.length]);
}

/** shapes: values whose shape is the same for every input; contents: values that are so altogether. */
function fixedValues(
  graph: OnnxGraph,
  measured: Measured,
): { shapes: Set<string>; contents: Set<string> } {
  const { constants, inputs } = indexGraph(graph);
  const shapes = new Set([...constants, ...inputs]);
  const contents = new Set(constants);
  for (const node of graph.node) {
    const reads = readsOf(node);
    const isFixed =
      reads.every((value) => shapes.has(value)) && !isShapedByContent(node, contents, measured);
    const isConstant =
      isFixed && (isShapeQuestion(node) || reads.every((value) => contents.has(value)));
    for (const value of writesOf(node)) {
      if (isFixed) shapes.add(value);
      if (isConstant) contents.add(value);
    }
  }
  return { shapes, contents };
}

/** As long as every input that states a size is constant, the shape is. */
function isShapedByContent(
  node: OnnxNode,
  contents: ReadonlySet<string>,
  measured: Measured,
): boolean {
  if (isSizedByContent(node) || subgraphsOf(node).length > 0) return true;
  if (isShapeQuestion(node)) return false;
  return node.input.some((value, place) => {
    if (value === '' || contents.has(value)) return false;
    const { dtype } = measured.get(value) ?? {};
    return statesSize(node, place, dtype === undefined || WHOLE.includes(dtype));
  });
}
