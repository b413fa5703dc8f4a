import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawUnits, randomUnits } from '../../../test/support/networks/unit-graphs.js';
import { type Block, blocksOf } from './blocks.js';
import { deviceSetsOf } from './device-sets.js';
import type { UnitGraph } from './units.js';

//   u0 ─ u1 ┬ u2 ─ u3 ┬ u5
//           └ u4 ─────┘
const fork = drawUnits(6, ['0-1', '1-2', '2-3', '1-4', '3-5', '4-5']);
const members = (blocks: readonly Block[]) => blocks.map(({ units }) => units.join(' '));

describe('blocks', () => {
  it('are one where there is nothing to choose', () => {
    expect(blocksOf(fork, [[], fork.units.map(({ id }) => id)])).toEqual([
      {
        units: ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'],
        nodes: [0, 1, 2, 3, 4, 5],
        inputs: ['x'],
        outputs: ['t5'],
      },
    ]);
  });

  it('split where a device set ends, and where equal units do not touch', () => {
    const blocks = blocksOf(fork, [['u0', 'u1']]);
    expect(members(blocks)).toEqual(['u0 u1', 'u2 u3 u4 u5']);
    expect(blocks[1]).toMatchObject({ inputs: ['t1'], outputs: ['t5'] });
    const towers = drawUnits(5, ['0-1', '2-3', '1-4', '3-4']);
    expect(members(blocksOf(towers, [['u0', 'u1', 'u2', 'u3']]))).toEqual(['u0 u1', 'u2 u3', 'u4']);
  });

  it('are the units when every device set counts', () => {
    expect(blocksOf(fork, deviceSetsOf(fork))).toHaveLength(6);
  });

  it('leave an output that is an input to the reader of the input', () => {
    const graph = { ...drawUnits(1, []), outputs: ['t0', 'x'] };
    expect(blocksOf(graph, [[]])).toMatchObject([{ inputs: ['x'], outputs: ['t0'] }]);
  });

  it('serve every device set, convex and in order, for any graph and any sets', () => {
    const choice = randomUnits(8).chain((graph) =>
      fc.tuple(fc.constant(graph), fc.subarray([...deviceSetsOf(graph)])),
    );
    fc.assert(
      fc.property(choice, ([graph, sets]) => {
        const blocks = blocksOf(graph, sets);
        expect(blocks.flatMap(({ units }) => units).sort()).toEqual(
          graph.units.map(({ id }) => id).sort(),
        );
        for (const set of sets) {
          for (const { units } of blocks) {
            expect([0, units.length]).toContain(units.filter((id) => set.includes(id)).length);
          }
        }
        expectToRun(graph, blocks);
        for (const { units } of blocks) expectConvex(graph, units);
      }),
    );
  });
});

/** Block after block, each finds what it reads, and in the end the outputs are there. */
function expectToRun(graph: UnitGraph, blocks: readonly Block[]): void {
  const there = new Set(graph.inputs);
  for (const { inputs, outputs } of blocks) {
    for (const value of inputs) expect(there).toContain(value);
    for (const value of outputs) there.add(value);
  }
  for (const value of graph.outputs) expect(there).toContain(value);
}

/** No path leaves the block and comes back. */
function expectConvex(graph: UnitGraph, units: readonly string[]): void {
  const outside = new Set<string>();
  for (const { from, to } of graph.edges) {
    const isBelow = units.includes(from) || outside.has(from);
    if (isBelow && !units.includes(to)) outside.add(to);
  }
  for (const { from, to } of graph.edges) {
    if (units.includes(to)) expect(outside).not.toContain(from);
  }
}
