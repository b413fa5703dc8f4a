import { describe, expect, it } from 'vitest';
import { FAMILIES, randomProblem } from '../../../../test/support/networks/random-networks.js';
import { runMs } from '../../../../test/support/planner/exhaustive.js';
import { plansOf } from '../../../../test/support/planner/paced-oracle.js';
import { seededRandom } from '../../../wire/index.js';
import { type Outcome, type Problem, solve } from '../../index.js';

const SLIGHT = 1e-7;

function limitedProblem(seed: number): Problem {
  const random = seededRandom(99_000 + seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
  const units = 2 + (Math.floor(seed / 4) % 5);
  const problem = randomProblem({ family, units, seed, hasEncodings: units < 5 && seed % 3 === 0 });
  const network = {
    ...problem.network,
    units: problem.network.units.map((unit) => ({ ...unit, memoryBytes: below(10) })),
  };
  return {
    ...{ ...problem, network },
    ...(below(2) === 0 ? { deviceMemoryBytes: below(10 * units) } : {}),
    ...(below(2) === 0 ? { maxFrameBytes: below(30) } : {}),
    ...{ bytesPrice: [0, 0, 100, 2000][below(4)] ?? 0 },
  };
}

/** Bytes and latency of every plan within the limits. */
function pointsOf(problem: Problem): { bytes: number; latencyMs: number }[] {
  return plansOf(problem, false).map(({ device, sent, bytes }) => ({
    bytes,
    latencyMs: runMs(problem.network, problem.link, device, sent),
  }));
}

function frame(problem: Problem, strategy?: Parameters<typeof solve>[1]): Outcome {
  return solve(problem, strategy);
}

describe('one frame within limits', () => {
  it('costs what exhaustive search finds', () => {
    let [proven, impossible] = [0, 0];
    for (let seed = 0; seed < 300; seed++) {
      const problem = limitedProblem(seed);
      const { bytesPrice = 0 } = problem;
      const points = pointsOf(problem);
      const outcome = frame(problem);
      if (outcome.kind === 'infeasible') {
        expect(points, `seed ${seed}`).toEqual([]);
        impossible += 1;
        continue;
      }
      const costs = points.map(({ bytes, latencyMs }) => latencyMs + (bytesPrice * bytes) / 1000);
      const { schedule } = outcome;
      expect(schedule.bytes?.costMs, `seed ${seed}`).toBeCloseTo(Math.min(...costs), 7);
      if (schedule.optimal) proven += 1;
    }
    expect(impossible).toBeGreaterThan(0);
    expect(proven + impossible).toBe(300);
  });

  it('says what a megabyte buys: the slopes of the lower hull of latency over bytes', () => {
    let [saving, further] = [0, 0];
    for (let seed = 0; seed < 150; seed++) {
      const problem = limitedProblem(seed);
      const outcome = frame(problem);
      if (outcome.kind === 'infeasible') continue;
      const { bytes, makespanMs } = outcome.schedule;
      const here = { bytes: bytes?.frameBytes ?? 0, latencyMs: makespanMs };
      const { maxFrameBytes: _, ...unlimited } = problem;
      const slope = (a: typeof here, b: typeof here): number =>
        (1e6 * (b.latencyMs - a.latencyMs)) / (a.bytes - b.bytes);
      const less = pointsOf(problem).filter((point) => point.bytes < here.bytes);
      const more = pointsOf(unlimited).filter(
        (point) => point.bytes > here.bytes && point.latencyMs < here.latencyMs - SLIGHT,
      );
      const saved = less.length > 0 ? Math.min(...less.map((point) => slope(here, point))) : null;
      const next = more.length > 0 ? Math.max(...more.map((point) => slope(here, point))) : null;
      const isSaving = saved !== null && saved > SLIGHT;
      const ratio = (found: number | null | undefined, expected: number): number =>
        (found ?? Number.NaN) / expected;
      if (isSaving) {
        expect(ratio(bytes?.savedMsPerMegabyte, saved), `seed ${seed}`).toBeCloseTo(1, 6);
      } else expect(bytes?.savedMsPerMegabyte, `seed ${seed}`).toBeNull();
      if (next === null) expect(bytes?.furtherMsPerMegabyte, `seed ${seed}`).toBeNull();
      else expect(ratio(bytes?.furtherMsPerMegabyte, next), `seed ${seed}`).toBeCloseTo(1, 6);
      saving += Number(isSaving);
      further += Number(next !== null);
    }
    expect(saving).toBeGreaterThan(10);
    expect(further).toBeGreaterThan(5);
  });

  it.each([
    ['deviceMemoryBytes', 'local', /the cut of local takes \d+ bytes, deviceMemoryBytes allows 0/],
    ['maxFrameBytes', 'cloud', /the cut of cloud takes \d+ bytes, maxFrameBytes allows 0/],
  ] as const)('rejects a strategy that breaks %s', (limit, strategy, because) => {
    const units = [
      { id: 'in', deviceMs: 0, cloudMs: 0, outputBytes: 9, memoryBytes: 1 },
      { id: 'a', deviceMs: 4, cloudMs: 1, outputBytes: 1, memoryBytes: 7 },
    ];
    const link = { uplinkMbps: 1, latencyMs: 0, perTensorMs: 0, resultBytes: 0, downlinkMbps: 20 };
    const problem = { network: { units, edges: [['in', 'a']] as const }, link, [limit]: 0 };
    const outcome = frame(problem, strategy);
    expect(outcome).toMatchObject({ kind: 'infeasible', because: expect.stringMatching(because) });
  });

  it.each([
    [{ objective: 'paced' }, 'intervalMs: is missing; the objective paced needs it'],
    [{ objective: 'paced', intervalMs: 0 }, 'intervalMs: must be above 0'],
    [{ objective: 'paced', intervalMs: 5, slack: 1 }, 'slack: must be below 1, is 1'],
    [
      { objective: 'paced', intervalMs: 5, slack: { device: 0, uplink: 1, cloud: 0 } },
      'slack.uplink: must be below 1, is 1',
    ],
    [{ bytesPrice: -1 }, 'bytesPrice: must not be negative, is -1'],
    [
      { objective: 'burst', maxFrameBytes: 1 },
      'maxFrameBytes: holds for frame and paced, not for burst',
    ],
  ] as const)('rejects the question %j', (question, because) => {
    const { network, link } = limitedProblem(0);
    expect(solve({ network, link, ...question })).toEqual({ kind: 'infeasible', because });
  });
});
