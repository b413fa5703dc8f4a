/** Outputs that cannot travel become such that can: classifiers exported from other tools answer with maps and strings. */
import { dtypeOf, utf8 } from '../../wire/index.js';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from '../format/proto.js';
import { initializerNames } from './graph.js';
import { refused } from './support.js';

/** The class labels a model carries in its own ZipMap; undefined when it has none, or none that is text. */
export function labelsOf({ graph }: OnnxModel): string[] | undefined {
  const zip = graph.node.find(({ opType }) => opType === 'ZipMap');
  const labels = zip?.attribute.find(({ name }) => name === 'classlabels_strings')?.strings;
  try {
    return labels?.map(utf8.decode);
  } catch {
    return undefined;
  }
}

/**
 * The graph with tensor outputs only: a ZipMap (scores → map of label and score) hands on its scores, and outputs of
 * strings are dropped as long as others remain. Throws MODEL_REFUSED when none does.
 */
export function withTensorOutputs(graph: OnnxGraph): OnnxGraph {
  const zipped = new Set<string>();
  const node = graph.node.map((one) => {
    if (one.opType !== 'ZipMap') return one;
    zipped.add(one.output[0] ?? '');
    return identity(one.name ?? '', one.input[0] ?? '', one.output[0] ?? '');
  });
  const output = graph.output
    .map((one) => (zipped.has(one.name) ? { name: one.name } : one))
    .filter((one) => isSendable(one));
  if (output.length === 0) {
    throw refused(
      `output '${graph.output[0]?.name}' is no tensor of numbers, so it cannot be sent`,
    );
  }
  return { ...graph, node, output };
}

function isSendable({ type }: OnnxValueInfo): boolean {
  if (type === undefined) return true;
  const element = type.tensorType?.elemType;
  return element !== undefined && (element === 0 || dtypeOf(element) !== undefined);
}

/**
 * Outputs that are initializers get a node that makes them, so that each output is made by a unit.
 * An output that is an input of the graph stays as it is: the reader of the input has it already.
 */
export function anchorConstantOutputs(graph: OnnxGraph): OnnxGraph {
  const constants = new Set(initializerNames(graph));
  const names = graph.output.map(({ name }) => name).filter((name) => constants.has(name));
  if (names.length === 0) return graph;
  const renamed = new Map(names.map((name) => [name, `${name}/constant`]));
  return {
    ...graph,
    initializer: graph.initializer.map((one) => {
      const name = renamed.get(one.name ?? '');
      return name === undefined ? one : { ...one, name };
    }),
    node: [
      ...[...renamed].map(([name, constant]) => identity(`${name}/output`, constant, name)),
      ...graph.node,
    ],
  };
}

function identity(name: string, input: string, output: string): OnnxNode {
  return { name, opType: 'Identity', input: [input], output: [output], attribute: [] };
}
