import { describe, expect, it } from 'vitest';
import { graphModel } from '../../../test/support/networks/onnx-graphs.js';
import type { TensorType } from '../../wire/index.js';
import { serializeModel } from '../format/model.js';
import { normalizeModel } from '../preparation/normalize.js';
import { extractModel } from './extract.js';

const model = normalizeModel(
  graphModel({
    nodes: 'Conv x w -> a\nRelu a -> b\nConv b v -> y',
    weights: ['w', 'v', 'unused'],
    outputs: ['y'],
  }),
);
const tensors = new Map<string, TensorType>([
  ['x', { dtype: 'float32', dims: [1, 3, 8, 8] }],
  ['b', { dtype: 'float32', dims: [1, 4] }],
  ['y', { dtype: 'float32', dims: [1, 2] }],
]);
const tail = { inputs: ['b'], outputs: ['y'], tensors };

describe('a sub-model', () => {
  it('has the nodes, their weights, and measured ends', () => {
    expect(extractModel(model, [2], tail)).toMatchObject({
      irVersion: model.irVersion,
      opsetImport: model.opsetImport,
      graph: {
        node: [{ opType: 'Conv', input: ['b', 'v'] }],
        initializer: [{ name: 'v' }],
        input: [
          {
            name: 'b',
            type: {
              tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }, { dimValue: 4 }] } },
            },
          },
        ],
        output: [{ name: 'y' }],
      },
    });
  });

  it('has the same bytes whatever the order it was asked in', () => {
    const ends = { inputs: ['x'], outputs: ['y'], tensors };
    const [one, other] = [
      [0, 1, 2],
      [2, 0, 1],
    ].map((nodes) => serializeModel(extractModel(model, nodes, ends)));
    expect(one).toEqual(other);
  });

  it('keeps the local functions of the whole', () => {
    const functions = [{ name: 'f', input: [], output: [], node: [] }];
    expect(extractModel({ ...model, functions }, [2], tail).functions).toBe(functions);
  });

  it('is rejected when an end is no tensor of numbers', () => {
    expect(() => extractModel(model, [1], { inputs: ['a'], outputs: ['b'], tensors })).toThrow(
      /value 'a' is no tensor/,
    );
  });
});
