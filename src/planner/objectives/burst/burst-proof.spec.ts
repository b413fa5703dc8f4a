import { describe, expect, it, vi } from 'vitest';
import { FAMILIES, randomProblem } from '../../../../test/support/networks/random-networks.js';
import { preparedNetwork, TRAITS } from '../../../../test/support/planner/best-known.js';
import { byLastTensor, RandomBurst } from '../../../../test/support/planner/bursts/random-burst.js';
import { exhaustiveBurstMs } from '../../../../test/support/planner/exhaustive-burst.js';
import { instances } from '../../../../test/support/planner/instances.js';
import { greatest } from '../../algorithms/extremes.js';
import { cutMixOf } from '../../cuts/cut-mix.js';
import { planPrepared, type Schedule } from '../../index.js';
import { allDeviceSets } from '../../problem/device-sets.js';
import { graphOf } from '../../problem/graph.js';
import { pricedFrameOf } from '../../problem/priced-frame.js';
import { BurstSearch } from './burst-search.js';
import { meanStartMs } from './first-tensors.js';
import { Interleaving } from './interleaved.js';
import { type BurstJob, jobOf, undominated } from './job.js';
import { executeBurst } from './judge.js';
import { refinedJob } from './refined-job.js';
import { Completion } from './sequences/completion.js';
import {
  endOf,
  extended,
  type Label,
  NO_RELAXED_FRAME,
  noRelaxedFrameOf,
  servedBy,
} from './sequences/label.js';
import { bestSequences } from './sequences/label-search.js';
import { mayServe, pieceOf } from './sequences/served.js';
import { jobsOfSets } from './set-jobs.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 600_000 });

const INSTANCES = Number(process.env.FLOTILLA_INSTANCES ?? 160);
const SEEDS = Array.from({ length: INSTANCES }, (_, seed) => seed);

/** The label that ends first, whichever workers serve the frames. */
function leastServed(from: Label, jobs: readonly BurstJob[], returnMs: number): Label {
  const [job, ...others] = jobs;
  if (!job) return from;
  let least: Label | undefined;
  for (let worker = 0; worker < from.freeMs.length; worker++) {
    if (!mayServe(from, job, worker)) continue;
    const one = leastServed(servedBy(from, job, worker), others, returnMs);
    if (!least || endOf(one, returnMs) < endOf(least, returnMs)) least = one;
  }
  if (!least) throw new Error('no worker may serve a frame');
  return least;
}

/** What a search says of all bursts of as many frames. */
function searchedMs({ frame, workers, burst, sets }: RandomBurst, belowMs: number): number {
  const { whole, split } = jobsOfSets(frame, workers, sets);
  const refined = split.map((one) => refinedJob(frame, workers, one));
  const pieces = undominated([...whole, ...refined]).map(pieceOf);
  const [from, frames] = [noRelaxedFrameOf(workers), burst.length];
  const prices = cutMixOf(frame, workers).prices;
  const search = new BurstSearch(frame, { frames, workers }, prices);
  const completion = search.completion(pieces, belowMs);
  completion.price(from, frames, belowMs);
  const extent = { frames, from, isRelaxed: false, belowMs, width: 100, extensions: 20_000 };
  return bestSequences(pieces, completion, extent).boundMs;
}

describe('frames on several workers', () => {
  it('end no later than any interleaving when each worker does its last pieces in a row', () => {
    let [sharper, full, near, late] = [0, 0, 0, 0];
    for (const seed of SEEDS) {
      for (const cloudTimes of [1, 6]) {
        const random = new RandomBurst(seed, cloudTimes);
        const { frame, workers, burst } = random;
        if (workers === 1 || frame.graph.mayStartInCloud) continue;
        for (let i = 0; i < 4; i++) {
          const turns = random.turns();
          const decisions = burst.map(({ decision }) => decision);
          const { bars, endMs: ranMs } = executeBurst(frame, { decisions, turns }, workers);
          const sending = decisions.filter(({ sendings }) => sendings.size > 0).length;
          const startMs = meanStartMs(frame, workers, sending);
          const cloud = bars.filter(({ lane }) => lane === 'cloud');
          const busyMs = cloud.reduce((sum, bar) => sum + bar.endMs - bar.startMs, 0);
          const cloudMs = greatest(cloud.map((bar) => bar.endMs));
          if (cloud.length > 0)
            expect(busyMs / workers + startMs).toBeLessThanOrEqual(cloudMs + 1e-9);
          if (startMs > meanStartMs(frame, workers, 0) + 1e-9) late += 1;
          const relaxed = byLastTensor(burst, turns).map(({ set, decision }) => {
            const [split] = jobsOfSets(frame, workers, [set]).split;
            return split ? refinedJob(frame, workers, split) : jobOf(frame, workers, decision);
          });
          const jobs = relaxed.map(pieceOf);
          const last = leastServed(noRelaxedFrameOf(workers), jobs, frame.returnMs);
          const place = `seed ${seed}, ${cloudTimes} times, order ${i}`;
          const endMs = endOf(last, frame.returnMs);
          expect(endMs, place).toBeLessThanOrEqual(ranMs + 1e-9);
          const sharedMs = endOf(relaxed.reduce(extended, NO_RELAXED_FRAME), frame.returnMs);
          expect(sharedMs, place).toBeLessThanOrEqual(endMs + 1e-9);
          if (endMs > sharedMs + 1e-6) sharper += 1;
          if (i === 0) {
            const boundMs = searchedMs(random, 1.2 * ranMs);
            expect(boundMs, place).toBeLessThanOrEqual(ranMs + 1e-9);
            if (boundMs > 0.9 * ranMs) near += 1;
          }
          const belowMs = ranMs * (1 + 1e-6) + 1e-6;
          const completion = new Completion(jobs, frame.returnMs, workers, startMs);
          completion.price(noRelaxedFrameOf(workers), jobs.length, belowMs);
          for (
            let [label, left] = [last.before, 1];
            label;
            [label, left] = [label.before, left + 1]
          ) {
            completion.price(label, left, belowMs);
            expect(completion.boundMs(label, left), place).toBeLessThanOrEqual(ranMs + 1e-9);
            expect(completion.hasRoom(label, left, belowMs), place).toBe(true);
            if (!completion.hasRoom(label, left, 0.8 * ranMs)) full += 1;
          }
        }
      }
    }
    expect(sharper).toBeGreaterThan(SEEDS.length / 4);
    expect(full).toBeGreaterThan(SEEDS.length / 8);
    expect(near).toBeGreaterThan(SEEDS.length / 40);
    expect(late).toBeGreaterThan(SEEDS.length / 4);
  });
});

describe('interleaved frames', () => {
  it('are searched as by trying every interleaving, and bound what several workers can do', () => {
    let [exact, below] = [0, 0];
    for (const seed of SEEDS.slice(0, Math.max(120, SEEDS.length / 2))) {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const frames = 2 + (Math.floor(seed / 12) % 2);
      const hasEncodings = seed % 5 === 0;
      const problem = randomProblem({ family, units: 5 - frames, seed, hasEncodings });
      const frame = pricedFrameOf(graphOf(problem.network), problem.link);
      if (frame.graph.mayStartInCloud) continue;
      const sets = allDeviceSets(frame.graph, 10_000) ?? [];
      for (let workers = 1; workers <= frames; workers++) {
        const oracleMs = exhaustiveBurstMs({ ...problem, frames, workers });
        const size = { frames, workers };
        const place = `seed ${seed}, ${frames} frames, ${workers} workers`;
        const interleaving = new Interleaving(frame, sets, size);
        const nothing = interleaving.all(oracleMs);
        const found = interleaving.all(1.5 * oracleMs);
        const first = interleaving.first(1.5 * oracleMs);
        expect(nothing.boundMs, place).toBeLessThanOrEqual(oracleMs + 1e-9);
        expect(found.boundMs, place).toBeLessThanOrEqual(oracleMs + 1e-9);
        for (const option of [first, found.option]) {
          if (!option) continue;
          const { endMs } = executeBurst(frame, option, workers);
          expect(endMs, place).toBeGreaterThanOrEqual(oracleMs - 1e-9);
          below += 1;
        }
        // One worker serves all frames, or each frame has its own: then nothing is relaxed but encodings.
        if (workers > 1 && (workers < frames || hasEncodings)) continue;
        expect(nothing.option, place).toBeUndefined();
        expect(nothing.boundMs, place).toBeCloseTo(oracleMs, 9);
        expect(found.boundMs, place).toBeCloseTo(oracleMs, 9);
        exact += 1;
      }
    }
    expect(exact).toBeGreaterThan(100);
    expect(below).toBeGreaterThan(50);
  });
});

describe('bursts of frames with several heads', () => {
  const network = instances().find(({ name }) => name === 'three-heads')?.network;

  it.each([
    [2, 1, 80.37],
    [2, 2, 79.35],
    [4, 1, 130.27],
    [4, 2, 119.87],
    [8, 1, 205.68],
  ])(
    'interleave, proven within a hundredth, for %i frames and %i workers',
    (frames, workers, mostMs) => {
      if (!network) throw new Error('no frozen three-heads');
      const link = { ...TRAITS, uplinkMbps: 18.88 };
      const question = { link, objective: 'burst', frames, workers } as const;
      const outcome = planPrepared(preparedNetwork(network), question);
      const { gap, makespanMs } = (outcome as { schedule: Schedule }).schedule;
      expect(makespanMs).toBeLessThanOrEqual(mostMs);
      expect(gap).toBeLessThanOrEqual(0.01 + 1e-9);
    },
  );
});
