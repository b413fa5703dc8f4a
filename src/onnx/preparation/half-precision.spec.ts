import { describe, expect, it } from 'vitest';
import { graphModel } from '../../../test/support/networks/onnx-graphs.js';
import { tensorOf } from '../format/tensor-data.js';
import { withoutHalves } from './half-precision.js';

const model = graphModel({
  nodes: 'Cast x -> a\nMul a w -> y',
  outputs: ['y'],
  attributes: { 0: [{ name: 'to', i: 10n, type: 2 }] },
});
const halves = [
  0x0000, 0x8000, 0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x3555,
];
const singles = [
  0,
  -0,
  1,
  -2,
  2 ** -24,
  1023 * 2 ** -24,
  2 ** -14,
  65504,
  Infinity,
  -Infinity,
  0.333251953125,
];

describe('half precision', () => {
  const type = { tensorType: { elemType: 10, shape: { dim: [] } } };
  const weight = { name: 'w', dims: [halves.length], dataType: 10, int32Data: halves };
  const wide = withoutHalves({
    ...model,
    graph: { ...model.graph, input: [{ name: 'x', type }], initializer: [weight] },
  });

  it('becomes float32 in weights, exactly', () => {
    const [tensor] = wide.graph.initializer.map(tensorOf);
    expect(tensor?.dtype).toBe('float32');
    expect([...new Float32Array(tensor?.data.buffer ?? new ArrayBuffer(0))]).toEqual(singles);
  });

  it('stays in inputs and outputs, with casts between them and the values inside', () => {
    const output = [{ name: 'y', type }];
    const ends = withoutHalves({
      ...model,
      graph: { ...model.graph, input: [{ name: 'x', type }], output },
    });
    expect(ends.graph.input[0]?.type?.tensorType?.elemType).toBe(10);
    expect(ends.graph.output[0]?.type?.tensorType?.elemType).toBe(10);
    const text = ends.graph.node.map(({ opType, input, output: made, attribute }) =>
      [opType, ...input, '->', ...made, attribute[0]?.i ?? ''].join(' ').trim(),
    );
    expect(text).toEqual([
      'Cast x -> x/float32 1',
      'Cast x/float32 -> a 1',
      'Mul a w -> y/float32',
      'Cast y/float32 -> y 10',
    ]);
  });

  it('becomes float32 in inputs that are made from pictures', () => {
    const input = [{ name: 'x', type }];
    const { graph } = withoutHalves({ ...model, graph: { ...model.graph, input } }, new Set(['x']));
    expect(graph.input[0]?.type?.tensorType?.elemType).toBe(1);
    expect(graph.node[0]?.input).toEqual(['x']);
  });
});
