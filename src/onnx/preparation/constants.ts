/** Values that depend on no input are computed once, when a model is examined, and stored as initializers. */
import type { Tensor } from '../../wire/index.js';
import type { OnnxModel, OnnxNode } from '../format/proto.js';
import { tensorProtoOf } from '../format/tensor-data.js';
import { submodel } from '../graph/extract.js';
import { indexGraph, makesNoTensors, readsOf, writesOf } from '../graph/graph.js';
import { tidyGraph } from './normalize.js';

/** Kept as nodes: quantised weights stay small and the runtime fuses them; a Constant left over holds strings. */
const NEVER_FOLDED = new Set(['DequantizeLinear', 'QuantizeLinear', 'Constant']);

/** A model without inputs, and the values it computes, each read by a node that does depend on an input. */
export interface ConstantSubgraph {
  readonly model: OnnxModel;
  readonly values: string[];
}

/**
 * The part of a normalised model that computes constants; undefined when there is none. A process that runs it must expect
 * the worst of it: 133 bytes of model can ask for 14 GB.
 */
export function constantSubgraph(model: OnnxModel): ConstantSubgraph | undefined {
  const { graph } = model;
  const { constants, outputs, readersOf } = indexGraph(graph);
  const known = new Set(constants);
  const folded = new Set<number>();
  graph.node.forEach((node, i) => {
    if (!isFoldable(node, outputs) || !readsOf(node).every((value) => known.has(value))) return;
    folded.add(i);
    for (const value of writesOf(node)) known.add(value);
  });
  if (folded.size === 0) return undefined;
  const values = [...folded]
    .flatMap((i) => graph.node[i] ?? [])
    .flatMap(writesOf)
    .filter(
      (value) => outputs.has(value) || readersOf(value).some((reader) => !folded.has(reader)),
    );
  const output = values.map((name) => ({ name }));
  return { model: submodel(model, [...folded], { input: [], output }), values };
}

/** An Identity that makes an output is what anchors a constant output. */
function isFoldable(node: OnnxNode, outputs: ReadonlySet<string>): boolean {
  const isAnchor = node.opType === 'Identity' && outputs.has(node.output[0] ?? '');
  return !isAnchor && !NEVER_FOLDED.has(node.opType) && !makesNoTensors(node);
}

/** The model with some values as initializers, without the nodes that made them or served only these. */
export function withConstants(model: OnnxModel, constants: ReadonlyMap<string, Tensor>): OnnxModel {
  const { graph } = model;
  const stored = [...constants].map(([name, tensor]) => tensorProtoOf(name, tensor));
  return {
    ...model,
    graph: tidyGraph({
      ...graph,
      node: graph.node.filter((node) => !writesOf(node).some((value) => constants.has(value))),
      initializer: [...graph.initializer, ...stored],
    }),
  };
}
