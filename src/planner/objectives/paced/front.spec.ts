import { describe, expect, it } from 'vitest';
import { BYTE_PER_MS, namedGraphs } from '../../../../test/support/networks/graphs.js';
import { TRAITS } from '../../../../test/support/planner/best-known.js';
import { instances } from '../../../../test/support/planner/instances.js';
import { type FrontPoint, frontOf, type Problem, type Schedule, solve } from '../../index.js';

function pointsOf(problem: Problem): readonly FrontPoint[] {
  const front = frontOf(problem);
  if (front.kind === 'infeasible') throw new Error(front.because);
  return front.points;
}

function scheduleFor(problem: Problem): Schedule {
  const outcome = solve(problem);
  if (outcome.kind === 'infeasible') throw new Error(outcome.because);
  return outcome.schedule;
}

describe('the front of rate against latency', () => {
  it.each(Object.entries(namedGraphs))(
    'of %s leads from the least latency to the highest rate',
    (_, network) => {
      for (const uplinkMbps of [0.002, 0.008, 0.03]) {
        const problem = { network, link: { ...BYTE_PER_MS, uplinkMbps }, workers: 2 };
        const points = pointsOf(problem);
        const alone = scheduleFor(problem);
        const [first] = points;
        // Frames that follow each other at the shortest interval may wait for each other.
        expect(first?.meanLatencyMs).toBeGreaterThanOrEqual(alone.makespanMs - 1e-9);
        const { periodMs = 0 } = scheduleFor({ ...problem, objective: 'stream' }).stream ?? {};
        expect(points.at(-1)?.intervalMs).toBeLessThanOrEqual(1.011 * Math.max(periodMs, 1e-3));
        for (const [i, point] of points.entries()) {
          const before = points[i - 1];
          if (!before) continue;
          expect(point.intervalMs).toBeLessThan(before.intervalMs);
          expect(point.meanLatencyMs).toBeGreaterThan(before.meanLatencyMs);
        }
      }
    },
  );

  it('has the plan for frames at the interval of each point', () => {
    const { network } = instances().find(({ name }) => name === 'squeezenet') ?? {};
    if (!network) throw new Error('no such instance');
    const problem = { network, link: { ...TRAITS, uplinkMbps: 5.85 } };
    const points = pointsOf(problem);
    expect(points.length).toBeGreaterThan(3);
    for (const { intervalMs, meanLatencyMs, pattern } of points.slice(0, -1)) {
      const { paced } = scheduleFor({ ...problem, objective: 'paced', intervalMs });
      expect(paced?.isSustained).toBe(true);
      if (pattern.length > 1) continue;
      expect(paced?.executed.meanLatencyMs).toBeCloseTo(meanLatencyMs, 6);
    }
  });
});
