/**
 * Which nodes ONNX Runtime runs as one: a heavy operator with its bias, normalisation and activation, and views that
 * cost nothing. Cuts between such runs leave the runtime's own fusions as they are, so that a split run gives the
 * numbers of an unsplit one. Linear in the nodes, for regions of bounded size.
 */

import type { OnnxGraph } from '../format/proto.js';
import { type GraphIndex, indexGraph, writesOf } from '../graph/graph.js';

/** Operators that an activation joins: what computes over many values. */
const HEAVY = new Set([
  'Conv',
  'ConvTranspose',
  'ConvInteger',
  'QLinearConv',
  'FusedConv',
  'DeformConv',
  'Gemm',
  'FusedGemm',
  'MatMul',
  'FusedMatMul',
  'MatMulInteger',
  'QLinearMatMul',
  'MatMulNBits',
  'Einsum',
  'InstanceNormalization',
  'GroupNormalization',
  'LayerNormalization',
  'SkipLayerNormalization',
]);

/** Operators that work value by value. */
const ELEMENTWISE = new Set(
  `Abs Add BatchNormalization Celu Clip Div Elu Erf Exp FastGelu Gelu HardSigmoid HardSwish ImageScaler LeakyRelu
   Log Max Min Mish Mul Neg PRelu Pow QuickGelu Reciprocal Relu Scaler Selu Sigmoid Softplus Softsign Sqrt Sub Sum
   Tanh ThresholdedRelu`.split(/\s+/),
);

/** Operators that move or rename values: nothing is gained by cutting before them. */
const VIEWS = new Set([
  'DepthToSpace',
  'Dropout',
  'Flatten',
  'Identity',
  'Reshape',
  'SpaceToDepth',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/** Operators the runtime folds a Pad into. */
const PADDED = new Set(['Conv', 'MaxPool', 'AveragePool']);

/** The longest activation written out in single operators (GELU by tanh has 9). */
const REGION_LIMIT = 12;

/** True for the operator a run of nodes is named after. */
export function isHeavy(opType: string): boolean {
  return HEAVY.has(opType);
}

/** Runs of nodes of a sorted graph (places in graph.node, ascending); two runs that share a node are one unit. */
export function fusedRuns(graph: OnnxGraph): number[][] {
  const fuser = new Fuser(graph, indexGraph(graph));
  const runs = fuser.runs();
  return [...runs, ...runs.flatMap((run) => fuser.withReader(run) ?? [])];
}

class Fuser {
  constructor(
    private readonly graph: OnnxGraph,
    private readonly index: GraphIndex,
  ) {}

  /** Every node in one run: from each node not yet taken, forward as far as the rules go. */
  runs(): number[][] {
    const taken = new Set<number>();
    return this.graph.node.flatMap((_, node) => {
      if (taken.has(node)) return [];
      const run = this.runFrom(node);
      for (const member of run) taken.add(member);
      return [run];
    });
  }

  private runFrom(first: number): number[] {
    const run = [first];
    const takesActivation = HEAVY.has(this.op(first)) || ELEMENTWISE.has(this.op(first));
    let last = first;
    while (this.op(last) !== 'QuantizeLinear') {
      const value = this.onlyValueOf(last);
      if (value === undefined) break;
      const next = (takesActivation ? this.activationOf(value) : undefined) ?? this.viewOf(value);
      if (next === undefined) break;
      run.push(...next);
      last = next.at(-1) ?? last;
    }
    return run;
  }

  /** The value through which alone the rest of the graph sees a node; undefined when there are several, or it is an output. */
  private onlyValueOf(node: number): string | undefined {
    const { outputs, readersOf } = this.index;
    const seen = this.writes(node).filter(
      (name) => outputs.has(name) || readersOf(name).length > 0,
    );
    const [value] = seen;
    return seen.length === 1 && value !== undefined && !outputs.has(value) ? value : undefined;
  }

  /**
   * The smallest set of elementwise nodes that takes in every reader of a value and gives one value instead: a single
   * activation, x·sigmoid(x), GELU written out. Nodes are tried in topological order, so the set is closed at once or grows.
   */
  private activationOf(value: string): number[] | undefined {
    const { outputs, readersOf, variablesOf } = this.index;
    const values = new Set([value]);
    const region: number[] = [];
    while (region.length < REGION_LIMIT) {
      const candidates = [...values].flatMap(readersOf).filter((node) => !region.includes(node));
      if (candidates.length === 0) return undefined;
      const node = candidates.reduce((first, other) => Math.min(first, other));
      const isInside = variablesOf(node).every((name) => values.has(name));
      if (!isInside || !ELEMENTWISE.has(this.op(node))) return undefined;
      region.push(node);
      for (const made of this.writes(node)) values.add(made);
      const open = [...values].filter(
        (name) => outputs.has(name) || readersOf(name).some((reader) => !region.includes(reader)),
      );
      if (open.length === 1 && this.writes(node).includes(open[0] ?? '')) return region;
    }
    return undefined;
  }

  private viewOf(value: string): number[] | undefined {
    const [reader, ...others] = this.index.readersOf(value);
    if (reader === undefined || others.length > 0) return undefined;
    const op = this.op(reader);
    const isAlone = this.index.variablesOf(reader).length === 1;
    return isAlone && (VIEWS.has(op) || op === 'QuantizeLinear') ? [reader] : undefined;
  }

  /** A dequantizer (with views behind it) or a padding that belongs to the one node that reads it: both, as one run. */
  withReader(run: readonly number[]): number[][] | undefined {
    const last = run.at(-1);
    const value = last === undefined ? undefined : this.onlyValueOf(last);
    const [reader, ...others] = value === undefined ? [] : this.index.readersOf(value);
    if (last === undefined || reader === undefined || others.length > 0) return undefined;
    const ops = run.map((node) => this.op(node));
    const isDequantizer =
      ops[0] === 'DequantizeLinear' && ops.slice(1).every((op) => VIEWS.has(op));
    const isPadding = ops.length === 1 && ops[0] === 'Pad' && PADDED.has(this.op(reader));
    return isDequantizer || isPadding ? [[last, reader]] : undefined;
  }

  private op(node: number): string {
    return this.graph.node[node]?.opType ?? '';
  }

  private writes(node: number): string[] {
    const one = this.graph.node[node];
    return one === undefined ? [] : writesOf(one);
  }
}
