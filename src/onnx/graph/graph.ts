/** Facts of a graph: makers and readers of values, constants, and a topological order. */
import { Fault } from '../../wire/index.js';
import type { OnnxGraph, OnnxModel, OnnxNode } from '../format/proto.js';

/** Answers about the values of one graph; nodes are named by their place in graph.node. */
export interface GraphIndex {
  readonly producerOf: ReadonlyMap<string, number>;
  /** Nodes that read a value, ascending; a node that reads it twice is listed once. */
  readonly readersOf: (value: string) => readonly number[];
  /** Names of the initializers. */
  readonly constants: ReadonlySet<string>;
  readonly inputs: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
  /** What a node reads that is no initializer. */
  readonly variablesOf: (node: number) => readonly string[];
}

export function indexGraph(graph: OnnxGraph): GraphIndex {
  const constants = new Set(initializerNames(graph));
  const reads = graph.node.map(readsOf);
  const readers = new Map<string, number[]>();
  reads.forEach((values, node) => {
    for (const value of values) {
      const list = readers.get(value);
      if (list === undefined) readers.set(value, [node]);
      else list.push(node);
    }
  });
  return {
    producerOf: new Map(graph.node.flatMap((node, i) => writesOf(node).map((value) => [value, i]))),
    readersOf: (value) => readers.get(value) ?? [],
    constants,
    inputs: new Set(graph.input.map(({ name }) => name)),
    outputs: new Set(graph.output.map(({ name }) => name)),
    variablesOf: (node) => (reads[node] ?? []).filter((value) => !constants.has(value)),
  };
}

export function initializerNames(graph: OnnxGraph): string[] {
  return graph.initializer.map(({ name }) => name ?? '');
}

/** The values a node makes. */
export function writesOf(node: OnnxNode): string[] {
  return node.output.filter((name) => name !== '');
}

/** The values a node reads, each once: its inputs, and what its subgraphs capture from outside. */
export function readsOf(node: OnnxNode): string[] {
  const captured = subgraphsOf(node).flatMap((graph) => [...capturesOf(graph)]);
  return [...new Set([...node.input.filter((name) => name !== ''), ...captured])];
}

/** The graphs in the attributes of a node: branches of If, bodies of Loop and Scan. */
export function subgraphsOf(node: OnnxNode): OnnxGraph[] {
  return node.attribute.flatMap(({ g, graphs }) => [
    ...(g === undefined ? [] : [g]),
    ...(graphs ?? []),
  ]);
}

/** Operators that make sequences and optional values. */
const NO_TENSORS = new Set(
  `Optional OptionalGetElement SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceMap
   SplitToSequence`.split(/\s+/),
);

/** True for a node whose values are no tensors, so that nothing can be cut there. */
export function makesNoTensors({ opType }: OnnxNode): boolean {
  return NO_TENSORS.has(opType);
}

/** Every node of a model, also those inside subgraphs and local functions. */
export function* everyNode(model: OnnxModel): Generator<OnnxNode> {
  yield* nodesWithin(model.graph.node);
  for (const { node } of model.functions ?? []) yield* nodesWithin(node);
}

function* nodesWithin(nodes: readonly OnnxNode[]): Generator<OnnxNode> {
  for (const node of nodes) {
    yield node;
    for (const graph of subgraphsOf(node)) yield* nodesWithin(graph.node);
  }
}

/** Names a subgraph reads but does not define. */
function capturesOf(graph: OnnxGraph): Set<string> {
  const own = new Set([
    ...initializerNames(graph),
    ...graph.input.map(({ name }) => name),
    ...graph.node.flatMap(writesOf),
  ]);
  const read = [...graph.node.flatMap(readsOf), ...graph.output.map(({ name }) => name)];
  return new Set(read.filter((name) => !own.has(name)));
}

/**
 * The nodes in a topological order, ties by their place in the file, so that a sorted file stays as it is.
 * Throws MODEL_NOT_ONNX for a cycle and for a value that is read but never made.
 */
export function topologicalOrder(graph: OnnxGraph): number[] {
  const made = new Set([...initializerNames(graph), ...graph.input.map(({ name }) => name)]);
  const order: number[] = [];
  let waiting = graph.node.map((_, i) => i);
  while (waiting.length > 0) {
    const blocked: number[] = [];
    for (const i of waiting) {
      const node = graph.node[i];
      if (node !== undefined && readsOf(node).every((value) => made.has(value))) {
        order.push(i);
        for (const value of writesOf(node)) made.add(value);
      } else blocked.push(i);
    }
    if (blocked.length === waiting.length) throw unsortable(graph, blocked, made);
    waiting = blocked;
  }
  return order;
}

function unsortable(graph: OnnxGraph, blocked: readonly number[], made: Set<string>): Fault {
  const nodes = blocked.flatMap((i) => graph.node[i] ?? []);
  const comes = new Set(nodes.flatMap(writesOf));
  for (const node of nodes) {
    const lost = readsOf(node).find((value) => !made.has(value) && !comes.has(value));
    if (lost !== undefined) {
      return new Fault('MODEL_NOT_ONNX', `${nodeText(node)} reads '${lost}', which nothing makes`);
    }
  }
  const text = nodes.slice(0, 3).map(nodeText).join(', ');
  return new Fault('MODEL_NOT_ONNX', `the graph has a cycle, through ${text}`);
}

/** `Conv 'conv1'`, for messages. */
export function nodeText({ opType, name, output }: OnnxNode): string {
  return `${opType} '${name || output[0] || 'without name'}'`;
}
