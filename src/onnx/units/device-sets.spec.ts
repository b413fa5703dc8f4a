import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawUnits, randomUnits } from '../../../test/support/networks/unit-graphs.js';
import { countIdeals, deviceSetsOf } from './device-sets.js';

//   u0 ─ u1 ┬ u2 ─ u3 ┬ u5
//           └ u4 ─────┘
const fork = drawUnits(6, ['0-1', '1-2', '2-3', '1-4', '3-5', '4-5']);

describe('device sets', () => {
  it('begin with the prefixes, from nothing to everything', () => {
    const sets = [...deviceSetsOf(fork)];
    expect(sets.slice(0, 7).map(({ length }) => length)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(sets.slice(7)).toEqual([
      ['u0', 'u1', 'u4'],
      ['u0', 'u1', 'u2', 'u4'],
    ]);
  });

  it('are no more than the limit', () => {
    expect([...deviceSetsOf(fork, { limit: 3 })]).toHaveLength(3);
    expect([...deviceSetsOf(fork, { limit: 8 })]).toHaveLength(8);
  });

  it('are closed, distinct and complete, for any graph', () => {
    fc.assert(
      fc.property(randomUnits(8), (graph) => {
        const sets = [...deviceSetsOf(graph)];
        for (const set of sets) {
          for (const { from, to } of graph.edges) {
            if (set.includes(to)) expect(set).toContain(from);
          }
        }
        expect(new Set(sets.map((set) => set.join())).size).toBe(sets.length);
        expect(countIdeals(graph)).toBe(sets.length + 1);
      }),
    );
  });
});

describe('counting ideals', () => {
  it('counts the input as a unit of its own', () => {
    expect(countIdeals(drawUnits(0, []))).toBe(2);
    expect(countIdeals(drawUnits(3, ['0-1', '1-2']))).toBe(5);
  });

  it('needs no listing: 30 parallel units', () => {
    const star = Array.from({ length: 30 }, (_, i) => [`0-${i + 1}`, `${i + 1}-31`]).flat();
    expect(countIdeals(drawUnits(32, star), 1_000)).toBe(1_000);
    const chains = Array.from({ length: 40 }, (_, i) => [
      `${3 * i}-${3 * i + 1}`,
      `${3 * i}-${3 * i + 2}`,
    ]);
    expect(countIdeals(drawUnits(120, chains.flat()), 1e15)).toBe(1e15);
  });
});
