import { describe, expect, it } from 'vitest';
import { graphModel } from '../../../../test/support/networks/onnx-graphs.js';
import { numbersOf, seededRandom, type TensorType, tensorOfNumbers } from '../../../wire/index.js';
import { type DrawnInput, drawInput, drawsOf, needsExample } from './drawn-inputs.js';
import { tableRows } from './table-rows.js';

const float: DrawnInput = { type: { dtype: 'float32', dims: [3] } };
const ids: DrawnInput = { type: { dtype: 'int64', dims: [200] }, rows: 7 };

describe('other draws', () => {
  it('are tried for whole numbers alone', () => {
    expect(drawsOf(new Map([['x', float]]))).toEqual(['bounded']);
    expect(
      drawsOf(
        new Map([
          ['x', float],
          ['ids', ids],
        ]),
      ),
    ).toEqual(['bounded', 'positive', 'zeros']);
    const example = tensorOfNumbers(ids.type, [3]);
    expect(drawsOf(new Map([['ids', { ...ids, example }]]))).toEqual(['bounded']);
  });

  it('name every row of a table, then small numbers, then 0', () => {
    const drawn = (draw: 'bounded' | 'positive' | 'zeros') =>
      new Set(numbersOf(drawInput(ids, draw, seededRandom(3))));
    expect(drawn('bounded')).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(drawn('positive')).toEqual(new Set([1, 2, 3]));
    expect(drawn('zeros')).toEqual(new Set([0]));
  });
});

describe('an example', () => {
  it('goes before a draw, and to the devices', () => {
    const type: TensorType = { dtype: 'float32', dims: [2, 2] };
    const given: DrawnInput = { type, example: tensorOfNumbers(type, [4, 5]) };
    expect(numbersOf(drawInput(given, 'zeros', seededRandom(1)))).toEqual([4, 5, 4, 5]);
    expect([given, ids, float].map(needsExample)).toEqual([true, true, false]);
  });
});

describe('the rows of tables', () => {
  it('are read through values that are handed on; the smallest table counts', () => {
    const model = graphModel({
      nodes: 'Unsqueeze ids axes -> u\nGather large u -> a\nGather small u -> b\nAdd a b -> y',
      inputs: { ids: [4], x: [2] },
      outputs: ['y'],
    });
    const table = (name: string, rows: number) => ({
      name,
      dims: [rows, 2],
      dataType: 1,
      floatData: [],
    });
    const initializer = [table('large', 90), table('small', 12)];
    expect(tableRows({ ...model, graph: { ...model.graph, initializer } as never })).toEqual(
      new Map([['ids', 12]]),
    );
  });
});
