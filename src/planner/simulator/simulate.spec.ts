import { describe, expect, it, vi } from 'vitest';
import { BYTE_PER_MS, drawn, namedGraphs } from '../../../test/support/networks/graphs.js';
import { FAMILIES, randomProblem } from '../../../test/support/networks/random-networks.js';
import { exhaustiveMs, runMs } from '../../../test/support/planner/exhaustive.js';
import { simulate, solve } from '../index.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 600_000 });

const diamond = namedGraphs.diamond ?? drawn([], {});

describe('the simulator', () => {
  it('overlaps device, uplink and cloud as docs/planner.md defines', () => {
    const run = simulate(
      { network: diamond, link: { ...BYTE_PER_MS, latencyMs: 1, perTensorMs: 2 } },
      {
        device: ['in', 's', 'right', 'left'],
        uploads: [
          { id: 'left', encoding: 'plain' },
          { id: 'right', encoding: 'plain' },
        ],
      },
    );
    expect(run).toEqual({
      kind: 'ran',
      makespanMs: 34,
      timeline: [
        { lane: 'device', id: 'in', startMs: 0, endMs: 0 },
        { lane: 'device', id: 's', startMs: 0, endMs: 3 },
        { lane: 'device', id: 'right', startMs: 3, endMs: 9 },
        { lane: 'device', id: 'left', startMs: 9, endMs: 17 },
        { lane: 'uplink', id: 'right', startMs: 9, endMs: 20 },
        { lane: 'uplink', id: 'left', startMs: 20, endMs: 27 },
        { lane: 'cloud', id: 'join', startMs: 28, endMs: 31 },
        { lane: 'cloud', id: 'out', startMs: 31, endMs: 33 },
        { lane: 'downlink', id: 'out', startMs: 33, endMs: 34 },
      ],
    });
  });

  it.each([
    ['an unknown unit', ['in', 'unknown'], [], 'the network has no unit unknown'],
    ['a unit before what it needs', ['in', 'left'], [], 'left runs before s, which it needs'],
    ['a unit twice', ['in', 's', 's'], [], 's runs twice'],
    ['a missing input', [], [], 'input in is not on the device'],
    ['a tensor that is not sent', ['in'], [], 'in is read in the cloud but not sent'],
    ['a foreign encoding', ['in'], [['in', 'u8']], 'in must not be sent as u8'],
    [
      'a tensor that no unit reads',
      ['in', 's'],
      [
        ['in', 'plain'],
        ['s', 'plain'],
      ],
      'in is sent but not read in the cloud',
    ],
  ])('rejects %s', (_, device, uploads, because) => {
    const decision = {
      device,
      uploads: uploads.map(([id = '', encoding = '']) => ({ id, encoding })),
    };
    const run = simulate({ network: diamond, link: BYTE_PER_MS }, decision);
    expect(run).toEqual({ kind: 'refused', because });
  });

  it('agrees with an independent simulator on random schedules', () => {
    for (let seed = 0; seed < 400; seed++) {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const problem = randomProblem({ family, units: 7, seed, hasEncodings: seed % 3 === 0 });
      const outcome = solve(problem, 'topological');
      if (outcome.kind === 'infeasible') throw new Error(outcome.because);
      const { schedule } = outcome;
      const sent = schedule.uploads.map(({ id, encoding }) => {
        const unit = problem.network.units.find((one) => one.id === id);
        const plain = { name: 'plain', bytes: unit?.outputBytes ?? 0, encodeMs: 0, decodeMs: 0 };
        const found = (unit?.encodings ?? [plain]).find(({ name }) => name === encoding);
        return { id, encoding: found ?? plain };
      });
      const expected = runMs(problem.network, problem.link, schedule.device, sent);
      expect(schedule.makespanMs, `seed ${seed}`).toBeCloseTo(expected, 9);
      if (seed % 8 === 0) {
        expect(schedule.lowerBoundMs).toBeLessThanOrEqual(exhaustiveMs(problem) + 1e-9);
      }
    }
  });
});
