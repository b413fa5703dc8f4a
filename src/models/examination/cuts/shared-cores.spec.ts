import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawUnits, randomUnits } from '../../../../test/support/networks/unit-graphs.js';
import { blocksOf, deviceSetsOf } from '../../../onnx/index.js';
import { SharedCores } from './shared-cores.js';

describe('cores of a device set', () => {
  it('reach up to the last branch on the device, and from the first join in the cloud', () => {
    // 0 ─ 1 ┬ 2 ─ 3 ┬ 6 ─ 7
    //       └ 4 ─ 5 ┘
    const graph = drawUnits(8, ['0-1', '1-2', '2-3', '1-4', '4-5', '3-6', '5-6', '6-7']);
    const cores = new SharedCores(graph);
    expect(cores.around(['u0', 'u1', 'u2'])).toEqual(
      [
        ['u0', 'u1'],
        ['u0', 'u1', 'u2'],
        ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'],
      ].map((set) => expect.arrayContaining(set)),
    );
    expect(cores.around([])[0]).toEqual([]);
  });

  it('are device sets, one within the next, so that the cut stays a boundary of blocks', () => {
    fc.assert(
      fc.property(randomUnits(7), (graph) => {
        const cores = new SharedCores(graph);
        for (const set of deviceSetsOf(graph)) {
          const around = cores.around(set).map((one) => new Set(one));
          const [core = new Set(), cut = new Set(), max = new Set()] = around;
          expect([...core].every((id) => cut.has(id))).toBe(true);
          expect([...cut].every((id) => max.has(id))).toBe(true);
          for (const { from, to } of graph.edges) {
            for (const one of around) expect(one.has(to) && !one.has(from)).toBe(false);
          }
          for (const { units } of blocksOf(graph, around)) {
            expect(new Set(units.map((id) => cut.has(id))).size).toBe(1);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
