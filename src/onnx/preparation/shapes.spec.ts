/** Shapes by the schemas of the operators: the oracle is the description of each, read by hand. */
import { describe, expect, it } from 'vitest';
import { graphModel } from '../../../test/support/networks/onnx-graphs.js';
import type { TensorType } from '../../wire/index.js';
import { inseparableValues } from './shapes.js';

const whole: TensorType = { dtype: 'int64', dims: [1] };
const narrow: TensorType = { dtype: 'int32', dims: [1] };
const float: TensorType = { dtype: 'float32', dims: [1, 4] };

/** Values that must stay inside a unit, when every value was measured with a type. */
function inseparable(nodes: string, types: Record<string, TensorType>, domain = ''): string[] {
  const read = Object.fromEntries(
    ['x', 'table', 'new', ...Object.keys(types)].map((name) => [name, [1, 4]]),
  );
  const given = graphModel({ nodes, inputs: read, outputs: ['y'] });
  const graph = { ...given.graph, node: given.graph.node.map((node) => ({ ...node, domain })) };
  const names = graph.node.flatMap(({ output }) => output);
  const measured = new Map([
    ...names.map((name) => [name, float] as const),
    ...Object.entries(types),
  ]);
  return [...inseparableValues({ ...given, graph }, measured)];
}

describe('values without a fixed size', () => {
  it.each([
    ['ids of a table', 'Gather table ids -> e\nRelu e -> y', { ids: whole }],
    ['updates by index', 'ScatterND x places new -> e\nRelu e -> y', { places: whole }],
    ['a running sum', 'CumSum x axis -> e\nRelu e -> y', { axis: whole }],
    ['the diagonal', 'Trilu x k -> e\nRelu e -> y', { k: whole }],
  ])('are none behind %s', (_, nodes, types) => {
    expect(inseparable(nodes, types)).toEqual([]);
  });

  it.each([
    ['an end of 64 bits', 'Slice x a b -> e\nRelu e -> y', { a: whole, b: whole }],
    ['an end of 32 bits', 'Slice x a b -> e\nRelu e -> y', { a: narrow, b: narrow }],
    ['a number of best', 'TopK x k -> e\nRelu e -> y', { k: whole }],
    ['a length of floats', 'Range a b c -> e\nRelu e -> y', { a: float, b: float, c: float }],
    ['axes of 64 bits', 'ReduceMean x axes -> e\nRelu e -> y', { axes: whole }],
    ['non-zero places', 'NonZero x -> e\nRelu e -> y', {}],
  ])('lie behind %s', (_, nodes, types) => {
    expect(inseparable(nodes, types)).toEqual(['e', 'y']);
  });

  it('may lie behind whole numbers of an operator that is not known', () => {
    const nodes = 'Mystery x n -> e\nRelu e -> y';
    expect(inseparable(nodes, { n: narrow }, 'org.example')).toEqual(['e', 'y']);
    expect(inseparable(nodes, { n: float }, 'org.example')).toEqual([]);
  });
});
