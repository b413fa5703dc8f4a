/** Graphs of units without a network behind them: drawn by their edges, or at random. */
import fc from 'fast-check';
import type { UnitGraph } from '../../../src/onnx/index.js';

/** Units u0… with edges such as `0-1` (from the smaller); u_i makes tensor t_i, units without predecessor read `x`. */
export function drawUnits(count: number, edges: readonly string[]): UnitGraph {
  const pairs = edges
    .map((edge) => edge.split('-').map(Number))
    .map(([from = 0, to = 0]) => ({ from, to }));
  const places = Array.from({ length: count }, (_, i) => i);
  return {
    inputs: ['x'],
    outputs: places.filter((i) => pairs.every(({ from }) => from !== i)).map((i) => `t${i}`),
    units: places.map((i) => {
      const inputs = pairs.filter(({ to }) => to === i).map(({ from }) => `t${from}`);
      return {
        ...{ id: `u${i}`, name: `n${i}`, op: 'Op', nodes: [i], outputs: [`t${i}`] },
        inputs: inputs.length === 0 ? ['x'] : inputs,
      };
    }),
    edges: pairs.map(({ from, to }) => ({ from: `u${from}`, to: `u${to}`, tensors: [`t${from}`] })),
  };
}

/** Any directed acyclic graph of at most `maxUnits` units. */
export function randomUnits(maxUnits: number): fc.Arbitrary<UnitGraph> {
  return fc.integer({ min: 1, max: maxUnits }).chain((count) => {
    const all = Array.from({ length: count }, (_, to) =>
      Array.from({ length: to }, (_, from) => `${from}-${to}`),
    ).flat();
    return fc.subarray(all).map((edges) => drawUnits(count, edges));
  });
}
