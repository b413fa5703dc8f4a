import { describe, expect, it, vi } from 'vitest';
import {
  chain,
  heads,
  LINK,
  ladder,
  planWithEveryStrategy,
} from '../../test/support/planner/large-networks.js';
import { solve } from './index.js';

// Planning is slow where the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

// A recursive walk would overflow the stack here. test/long has larger networks of these kinds.
describe.each([
  ['a chain of 3,000 units', chain(3000)],
  ['600 heads of one input', heads(600)],
  ['a ladder of 400 rungs', ladder(400)],
])('%s', (_, network) => {
  it('is planned by every strategy', () => planWithEveryStrategy(network));
});

describe('a network that is too large', () => {
  it('is rejected in one sentence that names the limit', () => {
    expect(solve({ network: chain(20_001), link: LINK })).toEqual({
      kind: 'infeasible',
      because: 'units: must have at most 20000 entries, has 20001',
    });
  });
});
