import { describe, expect, it } from 'vitest';
import { drawUnits } from '../../../../test/support/networks/unit-graphs.js';
import { undominatedSets } from './worthwhile-sets.js';

const bytes = (of: Record<string, number>) => new Map(Object.entries(of));

describe('undominatedSets', () => {
  it('keeps the sets of a chain that send less than all before', () => {
    const chain = drawUnits(5, ['0-1', '1-2', '2-3', '3-4']);
    const ms = new Map(chain.units.map(({ id }) => [id, 1]));
    const sent = bytes({ x: 100, t0: 300, t1: 80, t2: 79, t3: 40, t4: 4 });
    expect(undominatedSets(chain, ms, sent)).toEqual([
      [],
      ['u0', 'u1'],
      ['u0', 'u1', 'u2', 'u3'],
      ['u0', 'u1', 'u2', 'u3', 'u4'],
    ]);
  });

  it('counts a tensor with several readers once', () => {
    // 0 ┬ 1 ┬ 3
    //   └ 2 ┘
    const fork = drawUnits(4, ['0-1', '0-2', '1-3', '2-3']);
    const ms = new Map(fork.units.map(({ id }) => [id, 1]));
    const sent = bytes({ x: 100, t0: 60, t1: 25, t2: 20, t3: 1 });
    expect(undominatedSets(fork, ms, sent)).toEqual([
      [],
      ['u0'],
      ['u0', 'u1', 'u2'],
      ['u0', 'u1', 'u2', 'u3'],
    ]);
  });

  it('depends on the encoding of the input', () => {
    const chain = drawUnits(2, ['0-1']);
    const ms = new Map([
      ['u0', 1],
      ['u1', 1],
    ]);
    const raw = bytes({ x: 400, t0: 200, t1: 1 });
    const pixels = bytes({ x: 100, t0: 200, t1: 1 });
    expect(undominatedSets(chain, ms, raw)).toEqual([[], ['u0'], ['u0', 'u1']]);
    expect(undominatedSets(chain, ms, pixels)).toEqual([[], ['u0', 'u1']]);
  });

  it('omits sets that send what must stay, and counts the next ones without them', () => {
    const chain = drawUnits(4, ['0-1', '1-2', '2-3']);
    const ms = new Map(chain.units.map(({ id }) => [id, 1]));
    const sent = bytes({ x: Number.POSITIVE_INFINITY, t0: 300, t1: 200, t2: 250, t3: 1 });
    expect(undominatedSets(chain, ms, sent)).toEqual([
      ['u0'],
      ['u0', 'u1'],
      ['u0', 'u1', 'u2', 'u3'],
    ]);
    const nothing = new Map([...sent.keys()].map((name) => [name, Number.POSITIVE_INFINITY]));
    expect(undominatedSets(chain, ms, nothing)).toEqual([['u0', 'u1', 'u2', 'u3']]);
  });
});
