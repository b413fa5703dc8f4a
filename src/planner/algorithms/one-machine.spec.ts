import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestTailFirstMs, type MachineJob, preemptiveMs } from './one-machine.js';

const jobs = fc.array(
  fc.record({
    headMs: fc.nat({ max: 9 }),
    workMs: fc.nat({ max: 5 }),
    tailMs: fc.nat({ max: 9 }),
  }),
  { minLength: 1, maxLength: 5 },
);

/** The oracle: every order, each job as early as it can. */
function bestOrderMs(left: readonly MachineJob[], nowMs = 0): number {
  if (left.length === 0) return 0;
  return Math.min(
    ...left.map((job) => {
      const doneMs = Math.max(nowMs, job.headMs) + job.workMs;
      const others = left.filter((one) => one !== job);
      return Math.max(doneMs + job.tailMs, bestOrderMs(others, doneMs));
    }),
  );
}

/** The oracle: the largest sum of least head, all work and least tail of any of the jobs. */
function largestSubsetMs(all: readonly MachineJob[]): number {
  let mostMs = 0;
  for (let mask = 1; mask < 2 ** all.length; mask++) {
    const some = all.filter((_, i) => mask & (1 << i));
    const heads = Math.min(...some.map(({ headMs }) => headMs));
    const work = some.reduce((sum, { workMs }) => sum + workMs, 0);
    mostMs = Math.max(mostMs, heads + work + Math.min(...some.map(({ tailMs }) => tailMs)));
  }
  return mostMs;
}

describe('the bounds of one machine', () => {
  it('without heads equal the best of all orders', () => {
    fc.assert(
      fc.property(jobs, (some) => {
        const early = some.map((job) => ({ ...job, headMs: 0 }));
        expect(largestTailFirstMs(early)).toBe(bestOrderMs(early));
      }),
    );
  });

  it('with heads equal the largest bound of a subset, which no order goes below (Carlier)', () => {
    fc.assert(
      fc.property(jobs, (some) => {
        expect(preemptiveMs(some)).toBe(largestSubsetMs(some));
        expect(preemptiveMs(some)).toBeLessThanOrEqual(bestOrderMs(some));
      }),
    );
  });
});
