import { describe, expect, it } from 'vitest';
import { graphModel } from '../../../test/support/networks/onnx-graphs.js';
import { ATTRIBUTE, type OnnxModel } from '../format/proto.js';
import { inputForms } from './input-forms.js';

/** Kernels of named weights; the drawn model has them without dims. */
function withKernels(model: OnnxModel, kernels: Readonly<Record<string, readonly number[]>>) {
  const initializer = model.graph.initializer.map((weight) => {
    const kernel = kernels[weight.name ?? ''];
    return kernel === undefined ? weight : { ...weight, dims: [4, 3, ...kernel] };
  });
  return { ...model, graph: { ...model.graph, initializer } };
}

const formsOf = (
  nodes: string,
  weights: readonly string[] = [],
  kernels: Readonly<Record<string, readonly number[]>> = {},
  inputs: Readonly<Record<string, readonly number[]>> = { x: [1, 3, 8, 8] },
): string[] => {
  const model = graphModel({ nodes, weights, inputs, outputs: ['y'] });
  return [...inputForms(withKernels(model, kernels))].sort();
};

describe('inputForms', () => {
  it('follows an input through operators that rearrange, scale or pool it', () => {
    const nodes = 'Transpose x -> a\nSub a m -> b\nResize b -> c\nMaxPool c -> d\nRelu d -> y';
    expect(formsOf(nodes, ['m'])).toEqual(['a', 'b', 'c', 'd', 'x', 'y']);
  });

  it('ends at a convolution over more than one pixel, and at a matrix product', () => {
    const chain = 'Mul x s -> a\nConv a w -> b\nRelu b -> y';
    expect(formsOf(chain, ['s', 'w'], { w: [3, 3] })).toEqual(['a', 'x']);
    expect(formsOf('Flatten x -> a\nGemm a w -> y', ['w'])).toEqual(['a', 'x']);
    expect(formsOf('QLinearConv x s z w -> y', ['s', 'z', 'w'], { w: [1, 7] })).toEqual(['x']);
  });

  it('does not end at a convolution that weighs single pixels, or one of unknown size', () => {
    expect(formsOf('Conv x w -> y', ['w'], { w: [1, 1] })).toEqual(['x', 'y']);
    expect(formsOf('Conv x w -> y', ['w'])).toEqual(['x', 'y']);
    expect(formsOf('Conv x k -> y', [], {}, { x: [1], k: [1] })).toEqual(['k', 'x', 'y']);
  });

  it.each([
    ['MatMul x w -> y', [3, 3]],
    ['MatMul w x -> y', [3, 3]],
    ['MatMul x w -> y', [3]],
    ['MatMul x w -> y', [1, 1, 3, 16]],
    ['Gemm x w -> y', [64, 4]],
    ['QLinearMatMul x s z w -> y', [3, 3]],
  ])(
    'does not end at a product that weighs the channels of single pixels: %s, %s',
    (node, dims) => {
      const model = graphModel({
        ...{ nodes: node, weights: ['w', 's', 'z'], inputs: { x: [1, 8, 8, 3] }, outputs: ['y'] },
      });
      const initializer = model.graph.initializer.map((weight) => ({
        ...weight,
        dims: weight.name === 'w' ? dims : [],
      }));
      const forms = inputForms({ ...model, graph: { ...model.graph, initializer } });
      expect(forms.has('y')).toBe(true);
    },
  );

  it('ends at a product over more numbers than a pixel has', () => {
    const model = graphModel({
      ...{ nodes: 'MatMul x w -> y', weights: ['w'], inputs: { x: [1, 5] }, outputs: ['y'] },
    });
    const initializer = model.graph.initializer.map((weight) => ({ ...weight, dims: [5, 5] }));
    const forms = inputForms({ ...model, graph: { ...model.graph, initializer } });
    expect(forms.has('y')).toBe(false);
  });

  it('reads the size of a kernel that is no constant from its attribute', () => {
    const attribute = { name: 'kernel_shape', type: ATTRIBUTE.ints, ints: [3n, 3n] };
    const model = graphModel({
      ...{ nodes: 'Conv x k -> y', inputs: { x: [1], k: [1] }, outputs: ['y'] },
      attributes: { 0: [attribute] },
    });
    expect(inputForms(model).has('y')).toBe(false);
  });

  it('keeps what mixes features with an input itself', () => {
    const nodes = 'Conv x w -> a\nConcat a x -> b\nAdd a a -> c\nConv b w -> y';
    expect(formsOf(nodes, ['w'], { w: [3, 3] })).toEqual(['b', 'x']);
  });

  it('follows every input, in a graph of any order', () => {
    const nodes = 'Neg a -> y\nAbs z -> a\nConv x w -> b';
    const inputs = { x: [1, 3, 8, 8], z: [1] };
    expect(formsOf(nodes, ['w'], { w: [5, 5] }, inputs)).toEqual(['a', 'x', 'y', 'z']);
  });
});
