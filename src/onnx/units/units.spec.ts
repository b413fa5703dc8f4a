import { describe, expect, it } from 'vitest';
import {
  type GraphText,
  graphModel,
  withoutWeights,
} from '../../../test/support/networks/onnx-graphs.js';
import { normalizeModel } from '../preparation/normalize.js';
import { referenceNetworks } from '../reference/index.js';
import { countIdeals } from './device-sets.js';
import { unitsOf } from './units.js';

const draw = (text: GraphText) => unitsOf(normalizeModel(graphModel(text)));
const ops = (text: GraphText) => draw(text).units.map(({ op }) => op);

describe('the units of the reference networks', () => {
  it.each([
    ['alexnet', 13],
    ['vgg16', 23],
    ['resnet18', 39],
    ['squeezenet', 48],
    ['mobilenetv2', 66],
    ['googlenet', 497],
    ['three-heads', 226],
    ['three-cameras', 157],
    ['tiny-chain', 7],
    ['tiny-fork', 17],
  ])('%s has %d order ideals', (name, ideals) => {
    const network = referenceNetworks.find((one) => one.name === name);
    const blueprint = network?.blueprint();
    if (blueprint === undefined) throw new Error(`no network ${name}`);
    expect(countIdeals(unitsOf(normalizeModel(withoutWeights(blueprint))))).toBe(ideals);
  });
});

describe('one unit', () => {
  const weights = ['w', 'k', 'm', 'v'];

  it.each([
    [
      'convolution, normalisation, activation',
      'Conv x w -> a\nBatchNormalization a w k m v -> c\nRelu c -> y',
    ],
    ['product and bias', 'MatMul x w -> a\nAdd a k -> c\nTanh c -> y'],
    ['x · sigmoid(x)', 'Conv x w -> a\nSigmoid a -> s\nMul a s -> y'],
    [
      'hard swish, written out',
      'Conv x w -> a\nAdd a k -> c\nClip c m v -> d\nMul a d -> e\nDiv e w -> y',
    ],
    [
      'GELU, written out',
      'Gemm x w -> a\nDiv a k -> c\nErf c -> d\nAdd d m -> e\nMul a e -> f\nMul f v -> y',
    ],
    ['an operator and the views behind it', 'MaxPool x -> a\nReshape a w -> b\nTranspose b -> y'],
    ['a padding and what it is for', 'Pad x w -> a\nMaxPool a -> y'],
    [
      'a quantised operator',
      'DequantizeLinear x w -> a\nDequantizeLinear k w -> c\nConv a c -> d\nRelu d -> e\nQuantizeLinear e w -> y',
    ],
    ['values prepared one by one', 'Sub x w -> a\nDiv a k -> y'],
  ])('is %s', (_, nodes) => {
    expect(draw({ nodes, weights, outputs: ['y'] }).units).toHaveLength(1);
  });

  it('ends where a value has another reader', () => {
    const nodes =
      'Conv x w -> a\nRelu a -> b\nAbs a -> c\nMaxPool b -> d\nMaxPool c -> e\nAdd d e -> y';
    expect(ops({ nodes, weights, outputs: ['y'] })).toEqual([
      'Conv',
      'Relu',
      'Abs',
      'MaxPool',
      'MaxPool',
      'Add',
    ]);
  });

  it('ends where a value is an output of the graph', () => {
    const nodes = 'Conv x w -> a\nRelu a -> y';
    expect(ops({ nodes, weights, outputs: ['a', 'y'] })).toEqual(['Conv', 'Relu']);
  });

  it('holds a sum with its activation, without the convolution before it', () => {
    const nodes = 'Conv x w -> a\nAdd a x -> b\nRelu b -> y';
    expect(ops({ nodes, weights, outputs: ['y'] })).toEqual(['Conv', 'Add+Relu']);
  });

  it('holds a concatenation, a pooling or a softmax without an activation', () => {
    const nodes = 'Concat x x -> a\nRelu a -> b\nMaxPool b -> c\nSoftmax c -> y';
    expect(ops({ nodes, outputs: ['y'] })).toEqual(['Concat', 'Relu', 'MaxPool', 'Softmax']);
  });
});

describe('the graph of units', () => {
  it('names the tensors that cross', () => {
    const graph = draw({ nodes: 'Split x -> a b\nMaxPool a -> c\nAdd c b -> y', outputs: ['y'] });
    expect(graph).toMatchObject({
      inputs: ['x'],
      outputs: ['y'],
      units: [
        { id: 'u0', inputs: ['x'], outputs: ['a', 'b'] },
        { id: 'u1', inputs: ['a'], outputs: ['c'] },
        { id: 'u2', inputs: ['c', 'b'], outputs: ['y'] },
      ],
      edges: [
        { from: 'u0', to: 'u1', tensors: ['a'] },
        { from: 'u1', to: 'u2', tensors: ['c'] },
        { from: 'u0', to: 'u2', tensors: ['b'] },
      ],
    });
  });

  it('counts what a subgraph captures as read by its node', () => {
    const inner = graphModel({ nodes: 'Add item outside -> sum', outputs: ['sum'] }).graph;
    const text = {
      nodes: 'MaxPool x -> outside\nSoftmax x -> condition\nIf condition -> y',
      outputs: ['y'],
      attributes: {
        2: [{ name: 'then_branch', g: { ...inner, input: [{ name: 'item' }] }, type: 5 }],
      },
    };
    expect(draw(text).units.at(-1)?.inputs).toEqual(['condition', 'outside']);
  });

  it('keeps inseparable values inside a unit, and all that lies between', () => {
    const nodes = 'MaxPool x -> a\nSoftmax a -> b\nLRN b -> c\nConcat a c -> d\nMaxPool d -> y';
    const model = normalizeModel(graphModel({ nodes, outputs: ['y'] }));
    const direct = unitsOf(model, new Set(['a'])).units.map(({ nodes: own }) => own);
    expect(direct).toEqual([[0, 1, 2, 3], [4]]);
  });
});
