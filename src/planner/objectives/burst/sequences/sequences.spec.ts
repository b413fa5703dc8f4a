import { describe, expect, it, vi } from 'vitest';
import { FAMILIES, randomProblem } from '../../../../../test/support/networks/random-networks.js';
import { seededRandom } from '../../../../wire/index.js';
import { allDeviceSets } from '../../../problem/device-sets.js';
import { graphOf } from '../../../problem/graph.js';
import { pricedFrameOf } from '../../../problem/priced-frame.js';
import { type BurstJob, inOrder } from '../job.js';
import { jobsOfSets } from '../set-jobs.js';
import { annealed } from './annealing.js';
import { Completion } from './completion.js';
import {
  endOf,
  extended,
  type Label,
  NO_FRAME,
  NO_RELAXED_FRAME,
  noFrameOf,
  noRelaxedFrameOf,
} from './label.js';
import { bestSequences } from './label-search.js';
import { pieceOf } from './served.js';
import { Slack } from './slack.js';

// Many bursts are slow where the machine is busy.
vi.setConfig({ testTimeout: 600_000 });

const SEEDS = Array.from(
  { length: Number(process.env.FLOTILLA_INSTANCES ?? 120) },
  (_, seed) => seed,
);

/** The jobs of a small random network, and a sequence of them. */
class RandomJobs {
  readonly workers: number;
  readonly returnMs: number;
  /** Jobs of at most one tensor, and bounds of the others. */
  readonly whole: readonly BurstJob[];
  readonly relaxed: readonly BurstJob[];
  readonly #random: () => number;

  constructor(seed: number, workers: number) {
    const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
    const problem = randomProblem({ family, units: 3 + (seed % 4), seed });
    const frame = pricedFrameOf(graphOf(problem.network), problem.link);
    const sets = allDeviceSets(frame.graph, 10_000) ?? [];
    const { whole, split } = jobsOfSets(frame, workers, sets);
    this.workers = workers;
    this.returnMs = frame.returnMs;
    this.whole = whole;
    this.relaxed = split.map((one) => one.relaxed);
    this.#random = seededRandom(seed);
  }

  sequence(jobs: readonly BurstJob[], frames: number): BurstJob[] {
    return inOrder(
      Array.from({ length: frames }, () => {
        return jobs[Math.floor(this.#random() * jobs.length)] as BurstJob;
      }),
    );
  }
}

/** Every sequence of jobs, without the search: frames that send nothing stand first. */
function leastEndMs(
  jobs: readonly BurstJob[],
  from: Label,
  frames: number,
  backMs: number,
): number {
  if (frames === 0) return endOf(from, backMs);
  let leastMs = Infinity;
  for (const job of jobs) {
    if (!job.sends && from.linkMs > -Infinity) continue;
    leastMs = Math.min(leastMs, leastEndMs(jobs, extended(from, job), frames - 1, backMs));
  }
  return leastMs;
}

describe('idle time that no frame can use', () => {
  it('changes no later time where it is counted as busy', () => {
    let raised = 0;
    for (const seed of SEEDS) {
      for (const workers of [1, 2, 3]) {
        const random = new RandomJobs(seed, workers);
        const all = [...random.whole, ...random.relaxed];
        const cases = [
          { from: NO_RELAXED_FRAME, jobs: all },
          { from: workers > 1 ? noFrameOf(workers) : NO_FRAME, jobs: random.whole },
          ...(workers > 1 ? [{ from: noRelaxedFrameOf(workers), jobs: all.map(pieceOf) }] : []),
        ];
        for (const { from, jobs } of cases) {
          const slack = new Slack(jobs);
          const sequence = random.sequence(jobs, 5);
          for (let placed = 1; placed < sequence.length; placed++) {
            const label = sequence.slice(0, placed).reduce(extended, from);
            const busy = { ...label };
            slack.raise(busy);
            if (busy.linkMs > label.linkMs || busy.freeMs !== label.freeMs) raised += 1;
            for (let next = placed + 1; next <= sequence.length; next++) {
              const rest = sequence.slice(placed, next);
              if (!rest.some((job) => job.sends)) continue;
              const [one, other] = [rest.reduce(extended, label), rest.reduce(extended, busy)];
              const place = `seed ${seed}, ${workers} workers, ${placed} to ${next}`;
              expect(other.linkMs, place).toBeCloseTo(one.linkMs, 9);
              const [endMs, busyMs] = [one, other].map((last) => endOf(last, random.returnMs));
              expect(busyMs, place).toBeCloseTo(endMs ?? 0, 9);
            }
          }
        }
      }
    }
    expect(raised).toBeGreaterThan(SEEDS.length);
  });
});

describe('bursts that several workers serve', () => {
  it('end no earlier than their bounds, and have room where they end in time', () => {
    let full = 0;
    for (const seed of SEEDS) {
      for (const workers of [2, 3]) {
        const random = new RandomJobs(seed, workers);
        const { whole, returnMs } = random;
        const from = noFrameOf(workers);
        const jobs = random.sequence(whole, 6);
        const endMs = endOf(jobs.reduce(extended, from), returnMs);
        const completion = new Completion(whole, returnMs, workers);
        for (let placed = 0; placed < jobs.length; placed++) {
          const label = jobs.slice(0, placed).reduce(extended, from);
          const left = jobs.length - placed;
          const belowMs = endMs * (1 + 1e-6) + 1e-6;
          completion.price(label, left, belowMs);
          const place = `seed ${seed}, ${workers} workers, ${placed} placed`;
          expect(completion.boundMs(label, left), place).toBeLessThanOrEqual(endMs + 1e-9);
          expect(completion.hasRoom(label, left, belowMs), place).toBe(true);
          if (!completion.hasRoom(label, left, 0.8 * endMs)) full += 1;
        }
      }
    }
    expect(full).toBeGreaterThan(SEEDS.length / 4);
  });

  it('are found by the search as by trying every sequence', () => {
    let ended = 0;
    for (const seed of SEEDS.slice(0, Math.max(120, SEEDS.length / 10))) {
      for (const workers of [1, 2, 3]) {
        const { whole, returnMs } = new RandomJobs(seed, workers);
        const frames = whole.length > 6 ? 3 : 4;
        const from = workers > 1 ? noFrameOf(workers) : NO_FRAME;
        const completion = new Completion(whole, returnMs, workers);
        const leastMs = leastEndMs(whole, from, frames, returnMs);
        for (const belowMs of [leastMs + 1, leastMs]) {
          completion.price(from, frames, belowMs);
          const extent = { frames, from, isRelaxed: false, belowMs, width: 1_000 };
          const { ends, boundMs } = bestSequences(whole, completion, extent);
          // A proof loses nothing, or ends with what it knows.
          for (const width of [1, 1_000]) {
            const proof = bestSequences(whole, completion, { ...extent, width, extensions: 1e6 });
            expect(proof.boundMs).toBeLessThanOrEqual(leastMs + 1e-9);
            if (width === 1 && proof.boundMs < leastMs - 1e-9) ended += 1;
            if (width > 1) expect(proof.boundMs).toBeCloseTo(boundMs, 9);
          }
          const place = `seed ${seed}, ${workers} workers, below ${belowMs}`;
          expect(boundMs, place).toBeCloseTo(leastMs, 9);
          if (belowMs > leastMs) {
            const [best] = ends;
            expect(best && endOf(best, returnMs), place).toBeCloseTo(leastMs, 9);
          }
        }
      }
    }
    expect(ended).toBeGreaterThan(20);
  });
});

describe('annealing of sequences', () => {
  it('improves most sequences, the same way every time', () => {
    let better = 0;
    for (const seed of SEEDS.slice(0, 60)) {
      const random = new RandomJobs(seed, 3);
      const from = noFrameOf(3);
      const start = random.sequence(random.whole, 7);
      const endOfSequence = (jobs: readonly BurstJob[]): number =>
        endOf(jobs.reduce(extended, from), random.returnMs);
      const made = annealed(from, start, random.whole, random.returnMs);
      expect(made).toHaveLength(7);
      // The cost counts a little of when the machines are free.
      expect(endOfSequence(made), `seed ${seed}`).toBeLessThanOrEqual(1.003 * endOfSequence(start));
      const again = annealed(from, start, random.whole, random.returnMs);
      expect(again.every((job, i) => job === made[i])).toBe(true);
      if (endOfSequence(made) < endOfSequence(start) - 1e-9) better += 1;
    }
    expect(better).toBeGreaterThan(30);
  });
});
