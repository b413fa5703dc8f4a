/**
 * Pads that the runtime must not fold into a pool. Its optimiser adds up the padding of both and then refuses the pool,
 * since no padding may reach the size of the kernel, although the network itself is valid (onnxruntime 1.30, Pad_Fusion).
 */
import { numbersOf } from '../../wire/index.js';
import type { OnnxGraph, OnnxNode } from '../format/proto.js';
import { tensorOf } from '../format/tensor-data.js';
import { indexGraph } from '../graph/graph.js';

const POOLS = new Set(['MaxPool', 'AveragePool', 'LpPool']);

/** The graph with a node that changes nothing between such a Pad and its pool: the maximum of one tensor. */
export function withSeparatePads(graph: OnnxGraph): OnnxGraph {
  const { producerOf } = indexGraph(graph);
  return {
    ...graph,
    node: graph.node.flatMap((pool) => {
      const pad = graph.node[producerOf.get(pool.input[0] ?? '') ?? -1];
      if (pad === undefined || !reachesKernel(graph, pad, pool)) return [pool];
      const [padded = '', ...rest] = pool.input;
      const kept = `${padded}/kept/${pool.output[0] ?? ''}`;
      const keep = { name: kept, opType: 'Max', input: [padded], output: [kept], attribute: [] };
      return [keep, { ...pool, input: [kept, ...rest] }];
    }),
  };
}

function reachesKernel(graph: OnnxGraph, pad: OnnxNode, pool: OnnxNode): boolean {
  if (pad.opType !== 'Pad' || !POOLS.has(pool.opType)) return false;
  const kernel = integersOf(pool, 'kernel_shape') ?? [];
  const own = integersOf(pool, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const added = padsOf(graph, pad);
  if (added === undefined) return false;
  // With axes as an input, any dimension may have the largest padding.
  if (pad.input[3]) return kernel.some((size) => Math.max(...own, 0) + Math.max(...added) >= size);
  const rank = added.length / 2;
  return kernel.some((size, axis) => {
    const dim = rank - kernel.length + axis;
    const before = (own[axis] ?? 0) + (added[dim] ?? 0);
    const after = (own[kernel.length + axis] ?? 0) + (added[rank + dim] ?? 0);
    return Math.max(before, after) >= size;
  });
}

/** The padding of all dimensions, before each and then after each; undefined where it is no constant. */
function padsOf(graph: OnnxGraph, pad: OnnxNode): number[] | undefined {
  const stated = integersOf(pad, 'pads');
  if (stated !== undefined) return stated;
  const weight = graph.initializer.find(({ name }) => name === pad.input[1]);
  return weight === undefined ? undefined : numbersOf(tensorOf(weight));
}

const integersOf = ({ attribute }: OnnxNode, wanted: string): number[] | undefined =>
  attribute.find(({ name }) => name === wanted)?.ints?.map(Number);
