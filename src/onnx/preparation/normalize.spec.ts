import { describe, expect, it } from 'vitest';
import { graphModel, stringBytes } from '../../../test/support/networks/onnx-graphs.js';
import { ATTRIBUTE, type OnnxModel } from '../format/proto.js';
import { tensorOf } from '../format/tensor-data.js';
import { labelsOf } from '../graph/outputs.js';
import { normalizeModel } from './normalize.js';

const ops = ({ graph }: OnnxModel) => graph.node.map(({ opType }) => opType);
const dimsOf = ({ graph }: OnnxModel) =>
  graph.input.map(({ type }) => type?.tensorType?.shape?.dim.map(({ dimValue }) => dimValue));
const chain = graphModel({ nodes: 'Conv x w -> a\nRelu a -> y', weights: ['w'], outputs: ['y'] });

describe('a model in normal form', () => {
  it('lists no initializer among its inputs', () => {
    const asShipped = graphModel({
      nodes: 'Conv x w -> y',
      inputs: { x: [1, 3, 8, 8], w: [] },
      weights: ['w'],
      outputs: ['y'],
    });
    expect(normalizeModel({ ...asShipped, irVersion: 3 })).toMatchObject({
      irVersion: 4,
      graph: { input: [{ name: 'x' }] },
    });
  });

  it('holds nothing that no output needs', () => {
    const model = graphModel({
      nodes: 'Relu x -> y\nConv x w -> lost\nRelu lost -> lost2',
      weights: ['w', 'v'],
      outputs: ['y'],
    });
    const { graph } = normalizeModel(model);
    expect(graph.node).toHaveLength(1);
    expect(graph.initializer).toEqual([]);
  });

  it('is sorted, and each node has a name of its own', () => {
    const model = graphModel({ nodes: 'Relu a -> y\nAbs x -> a', outputs: ['y'] });
    expect(normalizeModel(model).graph.node.map(({ name }) => name)).toEqual(['Abs_0', 'Relu_1']);
  });

  it('has numbers for its Constant nodes', () => {
    const model = graphModel({
      nodes: 'Constant -> c\nAdd x c -> y',
      outputs: ['y'],
      attributes: { 0: [{ name: 'value_floats', floats: [1, 2], type: ATTRIBUTE.floats }] },
    });
    const normal = normalizeModel(model);
    expect(ops(normal)).toEqual(['Add']);
    expect(normal.graph.initializer.map(tensorOf)).toMatchObject([{ dtype: 'float32', dims: [2] }]);
  });

  it('gives each reader a dequantizer of its own', () => {
    const model = graphModel({
      nodes: 'DequantizeLinear x s -> f\nRelu f -> a\nAbs f -> b\nAdd a b -> y',
      weights: ['s'],
      outputs: ['y'],
    });
    expect(ops(normalizeModel(model)).filter((op) => op === 'DequantizeLinear')).toHaveLength(2);
  });

  it('answers with the scores behind a ZipMap, and knows its labels', () => {
    const labels = { name: 'classlabels_strings', strings: ['cat', 'dog'].map(stringBytes) };
    const model = graphModel({
      nodes: 'Sigmoid x -> p\nZipMap p -> loss',
      outputs: ['loss'],
      attributes: { 1: [labels] },
    });
    expect(labelsOf(model)).toEqual(['cat', 'dog']);
    expect(normalizeModel(model).graph).toMatchObject({
      node: [{ opType: 'Sigmoid' }, { opType: 'Identity', output: ['loss'] }],
      output: [{ name: 'loss' }],
    });
  });

  it('drops an output of strings where others remain', () => {
    const model = graphModel({ nodes: 'Relu x -> y\nLabel x -> s', outputs: ['y'] });
    const label = { name: 's', type: { tensorType: { elemType: 8 } } };
    const both = { ...model, graph: { ...model.graph, output: [...model.graph.output, label] } };
    expect(ops(normalizeModel(both))).toEqual(['Relu']);
    const alone = { ...model, graph: { ...model.graph, output: [label] } };
    expect(() => normalizeModel(alone)).toThrow(/output 's' is no tensor of numbers/);
  });

  it('makes each constant output by a node', () => {
    const model = graphModel({ nodes: 'Relu x -> y', weights: ['c'], outputs: ['y', 'c'] });
    expect(
      normalizeModel(model)
        .graph.node.map(({ output }) => output[0])
        .sort(),
    ).toEqual(['c', 'y']);
  });
});

describe('dimensions', () => {
  const sized = (...dims: (number | string)[]) =>
    graphModel({ nodes: 'Relu x -> y', inputs: { x: dims }, outputs: ['y'] });

  it('are 1 for the batch and the given size for others', () => {
    expect(dimsOf(normalizeModel(sized('None', 3, 'height', 8), { height: 5 }))).toEqual([
      [1, 3, 5, 8],
    ]);
    expect(dimsOf(normalizeModel(sized(-1, 4), { 'x[0]': 2 }))).toEqual([[2, 4]]);
  });

  it('are rejected by name when they are unknown', () => {
    expect(() => normalizeModel(sized('N', 3, 'height'))).toThrow(
      /dimension 2 \('height'\) of input 'x' .* manifest/,
    );
  });

  it('are rejected when a size names none of them', () => {
    expect(() => normalizeModel(sized('N', 3, 'height'), { height: 1, heigth: 4 })).toThrow(
      /'heigth' names no symbolic dimension .* N, height/,
    );
  });
});

describe('a model is refused', () => {
  const changed = (graph: Partial<OnnxModel['graph']>) => ({
    ...chain,
    graph: { ...chain.graph, ...graph },
  });

  it.each([
    ['without inputs', changed({ input: [] }), /no inputs/],
    ['without outputs', changed({ output: [] }), /no output/],
    [
      'with weights in another file',
      changed({ initializer: [{ name: 'w', dims: [], dataType: 1, dataLocation: 1 }] }),
      /'w' is kept in another file/,
    ],
    [
      'with random numbers',
      graphModel({ nodes: 'RandomNormalLike x -> r\nAdd x r -> y', outputs: ['y'] }),
      /RandomNormalLike 'r' draws random numbers/,
    ],
    [
      'in training mode',
      graphModel({
        nodes: 'Constant -> on\nDropout x r on -> y',
        weights: ['r'],
        outputs: ['y'],
        attributes: { 0: [{ name: 'value_int', i: 1n, type: ATTRIBUTE.int }] },
      }),
      /Dropout 'y' is in training mode/,
    ],
    [
      'with a value nothing makes',
      graphModel({ nodes: 'Add x ghost -> y', outputs: ['y'] }),
      /reads 'ghost', which nothing makes/,
    ],
    ['with a cycle', graphModel({ nodes: 'Add x b -> a\nRelu a -> b', outputs: ['b'] }), /cycle/],
    [
      'with a value made twice',
      graphModel({ nodes: 'Relu x -> y\nAbs x -> y', outputs: ['y'] }),
      /'y' is made twice/,
    ],
    [
      'with an output nothing makes',
      graphModel({ nodes: 'Relu x -> y', outputs: ['z'] }),
      /'z' is made by no node/,
    ],
  ])('%s', (_, model, reason) => {
    expect(() => normalizeModel(model)).toThrow(reason);
  });
});
