/** Streams over a network small enough to work their best mix out by hand. */
import { describe, expect, it } from 'vitest';
import {
  digestOf as d,
  drawnModel,
  exactOnly,
} from '../../../test/support/networks/drawn-models.js';
import { cutsOf, type DesiredPlan } from '../../wire/index.js';
import type { PlanCause } from '../budget/causes.js';
import type { Situation } from '../pricing/prediction.js';
import { bestPlan, costOf, isSamePlan, plannedCost } from './best-plan.js';
import { type Decision, decide } from './decide.js';
import { proposalOf } from './proposal.js';

const decided = (now: Situation, current: DesiredPlan | undefined, cause: PlanCause): Decision =>
  decide({ situation: now, current, cause });

/** in (40 kB) ─ a ─ 40 kB ─ b ─ y: a frame is all here (100 ms) or all there (40 ms of link at 8 Mbps). */
const chain = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['m']], b: [['m'], ['y']] },
  elements: { in: 10_000, m: 10_000 },
});

function situation(mbps: number, changes: Partial<Situation> = {}): Situation {
  const times = (a: number, b: number) =>
    new Map([
      [d('a'), a],
      [d('b'), b],
    ]);
  return {
    model: chain,
    costs: {
      ...{ deviceMs: times(50, 50), cloudMs: times(1, 1), source: 'tensor', maxBytes: 1e6 },
      ...exactOnly,
    },
    link: { uplinkMsPerByte: 8 / (1000 * mbps), rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
    objective: 'stream',
    deadlineMs: null,
    creditBytes: 1e6,
    ...changes,
  };
}

function planned(given: Situation) {
  const plan = bestPlan(given);
  if (plan.kind === 'impossible') throw new Error(plan.because);
  return plan;
}

function documentOf(given: Situation): DesiredPlan {
  const cause = { code: 'first' as const, text: '' };
  const at = '2026-01-01T00:00:00Z';
  return { v: 1, version: 1, at, cause, ...proposalOf(given, planned(given)) };
}

describe('planning a stream', () => {
  it('lets device and link work concurrently, and prices a frame then', () => {
    const { mix, cut, predicted } = planned(situation(8));
    // p frames of 100 ms here and 1 − p of 40 ms there: 100 p = 40 (1 − p), 28.6 ms from frame to frame.
    expect(mix?.periodMs).toBeGreaterThan(28.6);
    expect(mix?.periodMs).toBeLessThan(28.6 * 1.02);
    expect(mix?.cuts).toHaveLength(1);
    const here = (mix?.pattern ?? []).filter((number) => number === 1).length;
    expect(here / (mix?.pattern.length ?? 1)).toBeCloseTo(2 / 7, 1);
    expect(cut.device).toEqual([]);
    expect(mix?.cuts[0]?.device).toEqual([d('a'), d('b')]);
    // Alone the frame would take 40 ms of link, 20 ms of latency and 2 ms of cloud.
    expect(predicted.totalMs).toBeGreaterThan(62);
  });

  it('counts on as many tails at a time as the cloud runs for it', () => {
    const cloudMs = new Map([
      [d('a'), 60],
      [d('b'), 60],
    ]);
    const slow = { costs: { ...situation(8).costs, cloudMs } };
    const alone = planned(situation(8, slow)).mix?.periodMs ?? 0;
    const shared = planned(situation(8, { ...slow, workers: 3 })).mix?.periodMs ?? 0;
    // 100 p = 120 (1 − p) with one, 54.5 ms; with three the link is slower: 28.6 ms again.
    expect(alone).toBeGreaterThan(54.5);
    expect(alone).toBeLessThan(54.5 * 1.02);
    expect(shared).toBeGreaterThan(28.6);
    expect(shared).toBeLessThan(28.6 * 1.02);
  });

  it('is one cut where the link is very slow, and a mix of its own even then', () => {
    const { mix, cut } = planned(situation(0.01));
    expect(mix?.periodMs).toBeCloseTo(100, 0);
    expect(cut.cloud).toEqual([]);
  });

  it('plans a single frame when the cloud has no room for the mix', () => {
    const { mix, cut } = planned(situation(8, { creditBytes: 10 }));
    expect(mix).toBeUndefined();
    expect(cut.cloud).toEqual([]);
  });

  it('writes a document whose cuts number their tensors on, with a deadline for the slowest', () => {
    const plan = documentOf(situation(1));
    const cuts = cutsOf(plan);
    expect(cuts.length).toBeGreaterThan(1);
    const slowest = Math.max(...cuts.map(({ predicted }) => predicted.totalMs));
    expect(plan.deadlineMs).toBeCloseTo(Math.max(1000, 3 * slowest));
  });

  it('judges a mix by its period: keeps it while that holds, replaces it when it does not', () => {
    const plan = documentOf(situation(8));
    expect(costOf(situation(8), plan)).toBeCloseTo(plannedCost(plan));
    expect(isSamePlan(plan, planned(situation(8)))).toBe(true);
    expect(isSamePlan(plan, planned(situation(80)))).toBe(false);
    expect(decided(situation(8.1), plan, 'link').kind).toBe('keep');
    const faster = decided(situation(20), plan, 'link');
    expect(faster.kind === 'issue' && faster.text).toMatch(/a frame every .* ms instead of .* ms$/);
  });

  it('follows a device that changes between single frames and a stream', () => {
    const stream = documentOf(situation(8));
    const single = decided(situation(8, { objective: 'frame' }), stream, 'source');
    expect(single.kind === 'issue' && single.text).toBe('frames come one by one now');
    const frame = documentOf(situation(8, { objective: 'frame' }));
    expect(frame.mix).toBeUndefined();
    expect(decided(situation(8), frame, 'source')).toMatchObject({ kind: 'issue' });
  });
});
