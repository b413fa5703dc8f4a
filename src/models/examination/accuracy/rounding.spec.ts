import { describe, expect, it } from 'vitest';
import { graphModel } from '../../../../test/support/networks/onnx-graphs.js';
import type { Tensor } from '../../../wire/index.js';
import { largestDifference } from './difference.js';
import { Rounding } from './rounding.js';

const floats = (...values: number[]): Tensor => ({
  dtype: 'float32',
  dims: [values.length],
  data: new Uint8Array(Float32Array.from(values).buffer),
});

/** The relative difference of `y` with and without the rounding of a graph's values. */
function compared(nodes: string, values: Record<string, Tensor>, actual: Tensor) {
  const model = graphModel({ nodes, inputs: { x: [2], z: [2] }, outputs: ['y'] });
  const all = new Map(Object.entries(values));
  const expected = [...all].filter(([name]) => name === 'y');
  const rounding = new Rounding(model, all);
  const got = new Map([['y', actual]]);
  return {
    plain: largestDifference(got, expected).rel,
    rounded: largestDifference(got, expected, rounding).rel,
    isSilent: rounding.isBelowFloor('y'),
  };
}

describe('rounding', () => {
  it('of a sigmoid is that of its range', () => {
    const values = { x: floats(-16, -17), y: floats(1.8e-7, 4e-8) };
    const { plain, rounded, isSilent } = compared('Sigmoid x -> y', values, floats(2.1e-7, 4e-8));
    expect(plain).toBeGreaterThan(0.1);
    expect([rounded, isSilent]).toEqual([0, true]);
  });

  it('of a sum is that of its largest term, through values that are handed on', () => {
    const values = {
      x: floats(1000, 1),
      z: floats(-1000, 1),
      s: floats(1e-4, 2e-4),
      y: floats(1e-4, 2e-4),
    };
    const graph = 'Add x z -> s\nRelu s -> y';
    expect(compared(graph, values, floats(1.5e-4, 2e-4)).rounded).toBe(0);
    // 4 units in the last place of 1000 are 4.8e-4.
    expect(compared(graph, values, floats(1e-3, 2e-4)).rounded).toBeGreaterThan(1);
  });

  it('does not excuse a value of the wrong place', () => {
    const values = { x: floats(1, 3), y: floats(0.73, 0.95) };
    const { rounded, isSilent } = compared('Sigmoid x -> y', values, floats(0.95, 0.73));
    expect(rounded).toBeGreaterThan(0.2);
    expect(isSilent).toBe(false);
  });

  it('is none for whole numbers', () => {
    const whole: Tensor = {
      dtype: 'int32',
      dims: [1],
      data: new Uint8Array(Int32Array.of(7).buffer),
    };
    const model = graphModel({ nodes: 'Add x x -> y', inputs: { x: [1] }, outputs: ['y'] });
    expect(
      new Rounding(
        model,
        new Map([
          ['y', whole],
          ['x', whole],
        ]),
      ).floorOf('y'),
    ).toBe(0);
  });
});
