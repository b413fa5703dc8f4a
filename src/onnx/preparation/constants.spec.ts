import { describe, expect, it } from 'vitest';
import { graphModel, int64s } from '../../../test/support/networks/onnx-graphs.js';
import type { TensorType } from '../../wire/index.js';
import type { OnnxModel } from '../format/proto.js';
import { constantSubgraph, withConstants } from './constants.js';
import { normalizeModel } from './normalize.js';
import { inseparableValues, withAllOutputs, withMeasuredShapes } from './shapes.js';

const ops = ({ graph }: OnnxModel) => graph.node.map(({ opType }) => opType);
const float = (...dims: number[]) => ({ dtype: 'float32', dims }) as const;

describe('what depends on no input', () => {
  const model = normalizeModel(
    graphModel({
      nodes: 'ConstantOfShape s -> ones\nMul ones k -> w\nConv x w -> a\nAdd a w -> y',
      weights: ['s', 'k'],
      outputs: ['y'],
    }),
  );

  it('is a model of its own, which gives what the others read', () => {
    const constants = constantSubgraph(model);
    expect(constants?.values).toEqual(['w']);
    expect(constants?.model.graph).toMatchObject({
      input: [],
      node: [{ opType: 'ConstantOfShape' }, { opType: 'Mul' }],
      initializer: [{ name: 's' }, { name: 'k' }],
      output: [{ name: 'w' }],
    });
  });

  it('becomes an initializer, and what made it is gone', () => {
    const stored = withConstants(model, new Map([['w', int64s(1, 2)]]));
    expect(ops(stored)).toEqual(['Conv', 'Add']);
    expect(stored.graph.initializer.map(({ name }) => name)).toEqual(['w']);
    expect(constantSubgraph(stored)).toBeUndefined();
  });

  it('keeps quantised weights and anchored outputs as they are', () => {
    const kept = graphModel({
      nodes: 'DequantizeLinear q s -> w\nConv x w -> y',
      weights: ['q', 's', 'c'],
      outputs: ['y', 'c'],
    });
    expect(constantSubgraph(normalizeModel(kept))).toBeUndefined();
  });
});

describe('measured shapes', () => {
  const reshaping = normalizeModel(
    graphModel({
      nodes:
        'MaxPool x -> a\nShape a -> s\nGather s i -> n\nConcat n m -> t\nReshape a t -> b\nSoftmax b -> y',
      weights: ['i', 'm'],
      outputs: ['y'],
    }),
  );
  const measured = new Map<string, TensorType>(
    Object.entries({
      x: float(1, 3, 8, 8),
      a: float(1, 3, 4, 4),
      s: { dtype: 'int64', dims: [4] } as const,
      n: { dtype: 'int64', dims: [1] } as const,
      t: { dtype: 'int64', dims: [2] } as const,
      b: float(1, 48),
      y: float(1, 48),
    }),
  );

  it('are asked of every value that is read', () => {
    const names = withAllOutputs(reshaping).graph.output.map(({ name }) => name);
    expect(names.sort()).toEqual(['a', 'b', 'n', 's', 't', 'y']);
  });

  it('make constants of what exporters compute with them', () => {
    const fixed = withMeasuredShapes(reshaping, measured);
    expect(ops(fixed)).toEqual(['MaxPool', 'Gather', 'Concat', 'Reshape', 'Softmax']);
    expect(constantSubgraph(fixed)?.values).toEqual(['t']);
    expect(inseparableValues(reshaping, measured)).toEqual(new Set());
  });

  it('are not trusted behind an operator whose result is as long as its input happens to ask', () => {
    const picking = normalizeModel(
      graphModel({
        nodes: 'NonZero x -> i\nShape i -> s\nMaxPool x -> p\nTile p s -> y',
        outputs: ['y'],
      }),
    );
    const types = new Map(measured);
    types.set('i', { dtype: 'int64', dims: [4, 9] }).set('p', float(1));
    expect(withMeasuredShapes(picking, types)).toBe(picking);
    expect(inseparableValues(picking, types)).toEqual(new Set(['i', 's', 'y']));
  });
});
