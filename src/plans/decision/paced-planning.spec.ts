/** Frames at an interval over a network small enough to work everything out by hand. */
import { describe, expect, it } from 'vitest';
import {
  digestOf as d,
  drawnModel,
  exactOnly,
} from '../../../test/support/networks/drawn-models.js';
import { randomModel, randomSituation } from '../../../test/support/networks/random-models.js';
import { allowedCuts } from '../../../test/support/planner/allowed-cuts.js';
import { simulate } from '../../planner/index.js';
import { cutsOf, type DesiredPlan, rowsOfPlan } from '../../wire/index.js';
import type { PlanCause } from '../budget/causes.js';
import { loadsOf } from '../pricing/machine-loads.js';
import { type Cut, placementOf } from '../pricing/planner-network.js';
import { problemOf, type Situation } from '../pricing/prediction.js';
import { bestPlan, costOf, kindOf, plannedCost } from './best-plan.js';
import { type Decision, decide } from './decide.js';
import { type PricedPlan, proposalOf } from './proposal.js';

/** in (40 kB) ─ a ─ 10 kB ─ b ─ y: all there is 40 ms of link at 8 Mbps, after a 10 ms and 50 ms on the device, all here 100 ms. */
const chain = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['m']], b: [['m'], ['y']] },
  elements: { in: 10_000, m: 2500 },
});

function situation(intervalMs: number | undefined, changes: Partial<Situation> = {}): Situation {
  const times = (a: number, b: number) => new Map([[d('a'), a] as const, [d('b'), b] as const]);
  return {
    model: chain,
    costs: {
      ...{ ...exactOnly, deviceMs: times(50, 50), cloudMs: times(1, 1) },
      ...{ source: 'tensor' as const, maxBytes: 1e6 },
    },
    link: { uplinkMsPerByte: 0.001, rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
    ...(intervalMs === undefined
      ? { objective: 'frame' as const }
      : { objective: 'paced' as const, intervalMs }),
    ...{ deadlineMs: null, creditBytes: 1e6 },
    ...changes,
  };
}

function planned(given: Situation): PricedPlan {
  const plan = bestPlan(given);
  if (plan.kind === 'impossible') throw new Error(plan.because);
  return plan;
}

function documentOf(given: Situation): DesiredPlan {
  const cause = { code: 'first' as const, text: '' };
  const at = '2026-01-01T00:00:00Z';
  return { v: 1, version: 1, at, cause, ...proposalOf(given, planned(given)) };
}

/** Latency of a frame alone, as the planner counts it. */
function latencyOf(given: Situation, cut: Cut): number {
  const simulated = simulate(problemOf(given), placementOf(given.model, cut));
  return simulated.kind === 'refused' ? Number.NaN : simulated.makespanMs;
}

const decided = (now: Situation, current: DesiredPlan, cause: PlanCause): Decision =>
  decide({ situation: now, current, cause });

describe('planning for an interval', () => {
  it('plans a slow camera for latency, by one cut', () => {
    const plan = planned(situation(1000));
    expect(plan.cut).toEqual(planned(situation(undefined)).cut);
    expect(plan.mix).toBeUndefined();
    const margins = { device: 0.1, uplink: 0.1 };
    expect(plan.paced).toEqual({ intervalMs: 1000, sustainedMs: 1000, waitingMs: 0, margins });
  });

  it('keeps to the quickest cut while that keeps up, and takes a mix when no cut does alone', () => {
    // Sent at once: 40 ms of link and 62 of latency. Cut after a: 50 ms of device, and 10 of link.
    const fast = planned(situation(60));
    expect(fast.cut.device).toEqual([]);
    const faster = planned(situation(36));
    expect(faster.mix?.cuts.length).toBeGreaterThan(0);
    expect(faster.paced?.sustainedMs).toBe(36);
  });

  it('gives the highest rate where no plan keeps up, and says which', () => {
    const { paced, mix } = planned(situation(5));
    expect(mix).toBeDefined();
    const stream = planned(situation(undefined, { objective: 'stream' }));
    const shortestMs = (stream.mix?.periodMs ?? 0) / 0.9;
    expect(paced?.intervalMs).toBe(5);
    expect(paced?.sustainedMs).toBeGreaterThan(5);
    expect(paced?.sustainedMs).toBeLessThan(1.05 * shortestMs);
  });

  it('loads no machine beyond the interval less its margin, whenever it says so', () => {
    let [sustained, mixed] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const model = randomModel({ seed, blocks: 4, leaves: 'anything', isSingle: true });
      const alone = randomSituation(model, seed);
      const frameMs = planned(alone).predicted.totalMs;
      const intervalMs = frameMs * (0.2 + (seed % 7) / 5);
      const given = { ...alone, objective: 'paced' as const, intervalMs };
      const plan = documentOf(given);
      if (plan.paced?.sustainedMs !== intervalMs) continue;
      sustained += 1;
      if (plan.mix !== undefined) mixed += 1;
      const cuts = cutsOf(plan).slice(0, 1 + (plan.mix?.cuts.length ?? 0));
      const loads = loadsOf(given, cuts, plan.mix?.pattern ?? [0]);
      for (const ms of Object.values(loads ?? { none: Number.NaN })) {
        expect(ms).toBeLessThanOrEqual(0.9 * intervalMs * (1 + 1e-9));
      }
    }
    expect(sustained).toBeGreaterThan(30);
    expect(mixed).toBeLessThan(sustained);
  });

  it('loads a machine the less the more it varies, and no other machine', () => {
    // Sent at once, a frame needs 40 ms of link; cut after a, 50 ms of device and 10 of link.
    const steady = { share: 0, slower: 1 };
    const known = { gaps: 0, device: steady, uplink: steady, cloud: steady };
    const unsteady = { share: 0.5, slower: 1 };
    const cutAt = (intervalMs: number, spreads: Situation['spreads'] = {}) =>
      planned(situation(intervalMs, { spreads }));
    const isSentAtOnce = (plan: PricedPlan): boolean =>
      plan.mix === undefined && plan.cut.device.length === 0;
    expect(isSentAtOnce(cutAt(42))).toBe(false);
    expect(isSentAtOnce(cutAt(42, known))).toBe(true);
    expect(isSentAtOnce(cutAt(52))).toBe(true);
    expect(isSentAtOnce(cutAt(52, { ...known, uplink: unsteady }))).toBe(false);
    expect(isSentAtOnce(cutAt(52, { ...known, cloud: unsteady }))).toBe(true);
    expect(cutAt(42, known).paced?.margins).toEqual({ device: 0.03, uplink: 0.03 });
  });

  it('costs more when a machine turns out to vary, and leads to another plan', () => {
    const steady = { share: 0, slower: 1 };
    const known = { gaps: 0, device: steady, uplink: steady, cloud: steady };
    const plan = documentOf(situation(42, { spreads: known }));
    const now = (uplink: { share: number; slower: number }): Situation =>
      situation(42, { spreads: { ...known, uplink } });
    expect(decided(now({ share: 0.1, slower: 1 }), plan, 'profile').kind).toBe('keep');
    expect(decided(now({ share: 0.4, slower: 1 }), plan, 'profile').kind).toBe('issue');
    expect(decided(now({ share: 0, slower: 1.2 }), plan, 'profile').kind).toBe('issue');
  });

  it('takes one cut where one keeps up, and the quickest of those', () => {
    const misses: string[] = [];
    let compared = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const model = randomModel({ seed, blocks: 4, leaves: 'anything', isSingle: true });
      const alone = randomSituation(model, seed);
      const intervalMs = planned(alone).predicted.totalMs * (0.3 + (seed % 5) / 4);
      const given = { ...alone, objective: 'paced' as const, intervalMs };
      const keepsUp = (cut: Cut): boolean =>
        Object.values(loadsOf(given, [cut], [0]) ?? { none: Number.NaN }).every(
          (ms) => ms <= 0.9 * intervalMs,
        );
      const latencies = [...allowedCuts(model)].filter(keepsUp).map((cut) => latencyOf(given, cut));
      if (latencies.length === 0) continue;
      compared += 1;
      const { mix, cut } = planned(given);
      const [ms, leastMs] = [latencyOf(given, cut), Math.min(...latencies)];
      // Frames with several tensors can wait for each other, so the quickest cut alone is a bound.
      const isGood = mix === undefined && ms <= 1.05 * leastMs;
      if (!isGood) misses.push(`${seed}: ${ms} instead of ${leastMs}${mix ? ', a mix' : ''}`);
    }
    expect(misses).toEqual([]);
    expect(compared).toBeGreaterThan(20);
  });

  it('counts that frames of one cut wait for each other, where they send several tensors', () => {
    // A is sent after 1 ms, B after 31: at 36 ms, A of the next frame waits for B, and the cloud needs A first.
    const forked = drawnModel({
      inputs: ['in'],
      outputs: ['y'],
      blocks: {
        ...{ a: [['in'], ['A']], b: [['in'], ['B']] },
        ...{ c: [['A'], ['C']], d: [['C', 'B'], ['y']] },
      },
      elements: { in: 100_000, A: 2500, B: 2500 },
    });
    const times = (a: number, b: number, c: number, e: number) =>
      new Map([
        [d('a'), a] as const,
        [d('b'), b] as const,
        [d('c'), c] as const,
        [d('d'), e] as const,
      ]);
    const costs = {
      ...situation(36).costs,
      ...{ deviceMs: times(1, 30, 500, 500), cloudMs: times(1, 1, 30, 0.1) },
    };
    const given = situation(36, { model: forked, costs });
    const alone = planned(situation(undefined, { model: forked, costs }));
    const plan = planned(given);
    expect(plan.cut.uploads.map(({ tensor }) => tensor).sort()).toEqual(['A', 'B']);
    expect(plan.mix).toBeUndefined();
    const waitingMs = plan.paced?.waitingMs ?? 0;
    expect(waitingMs).toBeGreaterThan(1);
    expect(plan.predicted.totalMs).toBeCloseTo(alone.predicted.totalMs + waitingMs, 6);
    const document = documentOf(given);
    expect(costOf(given, document)).toBeCloseTo(plannedCost(document), 6);
  });

  it('costs now what it was planned to cost, until the link or the interval changes', () => {
    for (const intervalMs of [1000, 60, 36, 5]) {
      const plan = documentOf(situation(intervalMs));
      expect(costOf(situation(intervalMs), plan)).toBeCloseTo(plannedCost(plan), 6);
      expect(decided(situation(intervalMs), plan, 'profile').kind).toBe('keep');
    }
    const slow = documentOf(situation(1000));
    expect(costOf(situation(5), slow)).toBeGreaterThan(2 * plannedCost(slow));
  });
});

describe('news of the interval', () => {
  it('leads to a plan when the interval changes by more than a quarter, and says from where to where', () => {
    const plan = documentOf(situation(1000));
    expect(decided(situation(1240), plan, 'rate').kind).toBe('keep');
    expect(decided(situation(810), plan, 'rate').kind).toBe('keep');
    const decision = decided(situation(100), plan, 'rate');
    expect(decision).toMatchObject({
      kind: 'issue',
      text: 'frames come every 100 ms now, they came every 1000 ms',
      proposal: { paced: { intervalMs: 100 } },
    });
  });

  it('does not flap at the interval where one cut no longer keeps up', () => {
    // All sent at once keeps the link busy for 40 ms: with a tenth to spare, one cut keeps up with 44.4 ms.
    const [beyond, within] = [situation(43.5), situation(45.5)];
    expect(planned(within).mix).toBeUndefined();
    expect(planned(beyond).mix).toBeDefined();
    for (const first of [beyond, within]) {
      let plan = documentOf(first);
      const issued: number[] = [];
      for (let i = 0; i < 20; i++) {
        const decision = decided(i % 2 === 0 ? beyond : within, plan, 'rate');
        if (decision.kind !== 'issue') continue;
        issued.push(i);
        const cause = { code: 'rate' as const, text: decision.text };
        plan = { ...plan, version: plan.version + 1, cause, ...decision.proposal };
      }
      // The gain of another plan is soon less than the one that it must have.
      expect(issued.filter((i) => i >= 4)).toEqual([]);
    }
  });

  it('leads to a plan when the interval becomes known or unknown', () => {
    const stream = documentOf(situation(undefined, { objective: 'stream' }));
    expect(decided(situation(1000), stream, 'rate')).toMatchObject({
      kind: 'issue',
      text: 'frames come every 1000 ms now',
    });
    const paced = documentOf(situation(1000));
    const unknown = decided(situation(undefined), paced, 'source');
    expect(unknown).toMatchObject({ kind: 'issue', text: 'frames come one by one now' });
    expect(unknown.kind === 'issue' && unknown.proposal.paced).toBeUndefined();
    expect([kindOf(stream), kindOf(paced)]).toEqual(['stream', 'paced']);
  });

  it('says that no plan for them fits when a single frame is planned instead', () => {
    const paced = documentOf(situation(36));
    const single = decided(situation(36, { creditBytes: 0 }), paced, 'model');
    expect(single).toMatchObject({
      kind: 'issue',
      text: 'planned for single frames now: no other plan fits the limits',
    });
    expect(single.kind === 'issue' && single.proposal.paced).toBeUndefined();
  });

  it('is not covered by a table that was made for another interval', () => {
    const first = decide({ situation: situation(1000), current: undefined, cause: 'first' });
    if (first.kind !== 'issue') throw new Error('no plan');
    const plan: DesiredPlan = { ...documentOf(situation(1000)), ...first.proposal };
    expect(rowsOfPlan(plan).length).toBeGreaterThan(1);
    const followed = { cut: 0, isTrusted: true };
    const judged = (intervalMs: number, mbps: number) => {
      const link = { ...situation(1).link, uplinkMsPerByte: 0.008 / mbps };
      const now = situation(intervalMs, { link });
      return decide({ situation: now, current: plan, cause: 'link', followed });
    };
    expect(judged(1000, 0.5)).toMatchObject({ kind: 'keep', isByTable: true });
    expect(judged(45, 0.5).kind).toBe('issue');
  });
});
