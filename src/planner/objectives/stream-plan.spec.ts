import { describe, expect, it, vi } from 'vitest';
import { BYTE_PER_MS, namedGraphs } from '../../../test/support/networks/graphs.js';
import { FAMILIES, randomProblem } from '../../../test/support/networks/random-networks.js';
import {
  cutLoads,
  leastPatternMs,
  leastPeriodMs,
} from '../../../test/support/planner/least-period.js';
import { type Problem, type Schedule, type StrategyName, solve } from '../index.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

function streamed(problem: Problem, strategy: StrategyName = 'auto'): Schedule {
  const outcome = solve({ ...problem, objective: 'stream' }, strategy);
  if (outcome.kind === 'infeasible') throw new Error(outcome.because);
  return outcome.schedule;
}

describe('the objective stream', () => {
  it('finds the least period over all mixes of cuts', () => {
    for (let seed = 0; seed < 150; seed++) {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const problem = {
        ...randomProblem({ family, units: 2 + (seed % 6), seed }),
        workers: 1 + (seed % 3),
      };
      const { stream, optimal } = streamed(problem);
      expect(stream?.periodMs, `seed ${seed}`).toBeCloseTo(leastPeriodMs(problem), 7);
      expect(optimal, `seed ${seed}`).toBe(true);
      expect(stream?.mix.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
    }
  });

  it.each(Object.entries(namedGraphs))(
    'keeps %s within 1 percent of the bound when executed frame by frame',
    (_, network) => {
      for (const uplinkMbps of [0.002, 0.008, 0.03]) {
        for (const workers of [1, 2]) {
          const problem = { network, link: { ...BYTE_PER_MS, uplinkMbps }, frames: 32, workers };
          const { stream } = streamed(problem);
          const executedMs = stream?.executed.periodMs ?? Infinity;
          expect(executedMs).toBeLessThanOrEqual(1.01 * (stream?.periodMs ?? 0));
        }
      }
    },
  );

  it('repeats a pattern that no pattern of up to six frames beats by a thousandth', () => {
    for (let seed = 0; seed < 80; seed++) {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const problem = {
        ...randomProblem({ family, units: 2 + (seed % 4), seed }),
        workers: 1 + (seed % 3),
      };
      const { stream } = streamed(problem);
      const leastMs = Math.min(...[1, 2, 3, 4, 5, 6].map((n) => leastPatternMs(problem, n)));
      const { periodMs = Infinity, pattern = [] } = stream?.executed ?? {};
      expect(periodMs, `seed ${seed}`).toBeLessThanOrEqual(1.00101 * leastMs + 1e-9);
      // Frames that overtake each other in the cloud blur the measure a little.
      if (pattern.length <= 6) expect(periodMs).toBeGreaterThanOrEqual(0.995 * leastMs);
    }
  });

  it('reports the one-time cost of starting with idle machines', () => {
    const network = namedGraphs.chain ?? { units: [], edges: [] };
    const { stream } = streamed({ network, link: BYTE_PER_MS }, 'min-cut');
    const { fillMs, meanLatencyMs, periodMs } = stream?.executed ?? {};
    expect(meanLatencyMs).toBeCloseTo((fillMs ?? 0) + (periodMs ?? 0), 9);
  });

  it('serves every frame by one cut under a strategy with a single cut', () => {
    const network = namedGraphs.chain ?? { units: [], edges: [] };
    const { stream, gap } = streamed({ network, link: BYTE_PER_MS }, 'local');
    expect(stream?.mix).toHaveLength(1);
    expect(stream?.periodMs).toBe(36);
    const loads = cutLoads({ network, link: BYTE_PER_MS });
    expect(36 / (1 + gap)).toBeLessThanOrEqual(Math.min(...loads.map((one) => Math.max(...one))));
  });
});
