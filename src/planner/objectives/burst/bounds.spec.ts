import { describe, expect, it, vi } from 'vitest';
import { byLastTensor, RandomBurst } from '../../../../test/support/planner/bursts/random-burst.js';
import { type BurstJob, inOrder, jobOf, undominated } from './job.js';
import { executeBurst, sequenceOf } from './judge.js';
import { refinedJob } from './refined-job.js';
import { Completion } from './sequences/completion.js';
import {
  endOf,
  extended,
  type Label,
  NO_FRAME,
  NO_RELAXED_FRAME,
  noFrameOf,
} from './sequences/label.js';
import { jobsOfSets } from './set-jobs.js';

// Many bursts are slow where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

function labelOf(jobs: readonly BurstJob[]): Label {
  return jobs.reduce(extended, NO_FRAME);
}

const SEEDS = Array.from(
  { length: Number(process.env.FLOTILLA_INSTANCES ?? 160) },
  (_, seed) => seed,
);

describe('the label of a burst', () => {
  it('matches the simulator with one worker and is no later with several, for labels of a burst', () => {
    for (const seed of SEEDS) {
      const { frame, workers, burst } = new RandomBurst(seed);
      const jobs = burst.map(({ decision }) => jobOf(frame, workers, decision));
      const sequence = inOrder(jobs);
      const endMs = endOf(labelOf(sequence), frame.returnMs);
      const ranMs = executeBurst(frame, sequenceOf(sequence), workers).endMs;
      if (workers === 1) expect(endMs, `seed ${seed}`).toBeCloseTo(ranMs, 9);
      else expect(endMs, `seed ${seed}`).toBeLessThanOrEqual(ranMs + 1e-9);
    }
  });

  it('matches the simulator for labels with free times of workers when every frame sends one tensor', () => {
    let served = 0;
    for (const seed of SEEDS) {
      const { frame, workers, burst } = new RandomBurst(seed);
      const singles = burst.filter(({ set }) => set.cut.length <= 1);
      if (workers === 1 || frame.graph.mayStartInCloud || singles.length < 2) continue;
      const jobs = [...singles, ...singles].map(({ decision }) => jobOf(frame, workers, decision));
      const sequence = inOrder(jobs);
      const label = sequence.reduce(extended, noFrameOf(workers));
      const ranMs = executeBurst(frame, sequenceOf(sequence), workers).endMs;
      expect(endOf(label, frame.returnMs), `seed ${seed}`).toBeCloseTo(ranMs, 9);
      served += 1;
    }
    expect(served).toBeGreaterThan(40);
  });

  it('ends no later than any interleaving for labels of relaxed jobs', () => {
    let [relaxed, full] = [0, 0];
    for (const seed of SEEDS) {
      const random = new RandomBurst(seed);
      const { frame, workers, burst } = random;
      for (let i = 0; i < 3; i++) {
        const turns = random.turns();
        const decisions = burst.map(({ decision }) => decision);
        const ranMs = executeBurst(frame, { decisions, turns }, workers).endMs;
        const jobs = byLastTensor(burst, turns).map(({ set, decision }) => {
          const [split] = jobsOfSets(frame, workers, [set]).split;
          if (split) relaxed += 1;
          if (!split) return jobOf(frame, workers, decision);
          return i === 0 ? split.relaxed : refinedJob(frame, workers, split);
        });
        expect(endOf(labelOf(jobs), frame.returnMs), `seed ${seed}`).toBeLessThanOrEqual(
          ranMs + 1e-9,
        );
        const all = jobsOfSets(frame, workers, random.sets);
        const own = new Completion(jobs, frame.returnMs, workers);
        const belowMs = ranMs * (1 + 1e-6) + 1e-6;
        own.price(NO_RELAXED_FRAME, jobs.length, belowMs);
        for (let placed = 0; placed <= jobs.length; placed++) {
          const label = jobs.slice(0, placed).reduce((before, job) => {
            const made = extended(before, job);
            own.count(made);
            return made;
          }, NO_RELAXED_FRAME);
          const boundMs = own.boundMs(label, jobs.length - placed);
          expect(boundMs, `seed ${seed}, ${placed} placed`).toBeLessThanOrEqual(ranMs + 1e-9);
          const left = jobs.length - placed;
          expect(own.hasRoom(label, left, belowMs), `seed ${seed}, ${placed} placed`).toBe(true);
          if (!own.hasRoom(label, left, 0.8 * ranMs)) full += 1;
        }
        const relaxations = [...all.whole, ...all.split.map((one) => one.relaxed)];
        const completion = new Completion(relaxations, frame.returnMs);
        completion.price(NO_RELAXED_FRAME, burst.length);
        expect(completion.burstMs(burst.length), `seed ${seed}`).toBeLessThanOrEqual(ranMs + 1e-9);
        const best = new Completion(undominated(relaxations), frame.returnMs);
        best.price(NO_RELAXED_FRAME, burst.length);
        expect(best.burstMs(burst.length), `seed ${seed}`).toBeLessThanOrEqual(ranMs + 1e-9);
        for (const job of jobs) {
          const boundMs = completion.withJobMs(job, burst.length);
          expect(boundMs, `seed ${seed}`).toBeLessThanOrEqual(ranMs + 1e-9);
        }
      }
    }
    expect(relaxed).toBeGreaterThan(400);
    expect(full).toBeGreaterThan(SEEDS.length / 8);
  });
});

describe('the bound on the rest of a burst', () => {
  it('counts the earliest begin and the shortest end of relaxed jobs that others replace', () => {
    let replaced = 0;
    for (const seed of SEEDS) {
      const random = new RandomBurst(seed);
      const { frame, workers } = random;
      const { whole, split } = jobsOfSets(frame, workers, random.sets);
      for (const relaxed of [
        split.map((one) => one.relaxed),
        split.map((one) => refinedJob(frame, workers, one)),
      ]) {
        const kept = undominated([...whole, ...relaxed]).filter((job) => job.sends);
        // Without a job that sends there is no such bound.
        if (kept.length === 0) continue;
        for (const job of relaxed) {
          if (!kept.includes(job)) replaced += 1;
          const first = kept.map((one) => one.headsMs);
          const place = `seed ${seed}`;
          expect(Math.min(...first.map(([ms]) => ms)), place).toBeLessThanOrEqual(job.headsMs[0]);
          expect(Math.min(...first.map(([, ms]) => ms)), place).toBeLessThanOrEqual(job.headsMs[1]);
          expect(Math.min(...kept.map((one) => one.tailMs)), place).toBeLessThanOrEqual(job.tailMs);
        }
      }
    }
    expect(replaced).toBeGreaterThan(0);
  });

  it('bounds every completion of a burst from below', () => {
    for (const seed of SEEDS) {
      const random = new RandomBurst(seed);
      const { frame, workers, burst } = random;
      const all = jobsOfSets(frame, workers, random.sets);
      const jobs = [...all.whole, ...all.split.map((one) => one.relaxed)];
      const completion = new Completion(jobs, frame.returnMs);
      const sequence = inOrder(burst.map(() => random.pick(jobs)));
      const endMs = endOf(labelOf(sequence), frame.returnMs);
      for (let placed = 0; placed <= sequence.length; placed++) {
        const label = labelOf(sequence.slice(0, placed));
        const left = sequence.length - placed;
        completion.price(label, left);
        expect(completion.boundMs(label, left), `seed ${seed}`).toBeLessThanOrEqual(endMs + 1e-9);
      }
    }
  });
});
