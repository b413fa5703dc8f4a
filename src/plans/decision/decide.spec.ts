/** The dead band: which changes lead to another plan, and which do not. */
import { describe, expect, it } from 'vitest';
import {
  digestOf as d,
  drawnModel,
  exactOnly,
} from '../../../test/support/networks/drawn-models.js';
import { cutsOf, type DesiredPlan, type LinkEstimate } from '../../wire/index.js';
import type { PlanCause } from '../budget/causes.js';
import type { Situation } from '../pricing/prediction.js';
import { type Decision, decide } from './decide.js';
import { planFor, proposalOf } from './proposal.js';
import type { Followed } from './table-cover.js';

const decided = (now: Situation, current: DesiredPlan | undefined, cause: PlanCause): Decision =>
  decide({ situation: now, current, cause });

/** in (40 kB) ─ a ─ 4 kB ─ b ─ y: where a ends decides between two cuts near 6 Mbps. */
const chain = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['m']], b: [['m'], ['y']] },
  elements: { in: 10_000, m: 1000 },
});

function situation(mbps: number, confidence = 1, changes: Partial<Situation> = {}): Situation {
  const times = (a: number, b: number) =>
    new Map([
      [d('a'), a],
      [d('b'), b],
    ]);
  const link: LinkEstimate = {
    ...{ uplinkMsPerByte: 8 / (1000 * mbps), rttMs: 20, ageMs: 0, confidence, samples: 9 },
  };
  return {
    model: chain,
    costs: {
      ...exactOnly,
      deviceMs: times(50, 400),
      cloudMs: times(2, 5),
      source: 'tensor',
      maxBytes: 1e6,
    },
    link,
    objective: 'frame',
    deadlineMs: null,
    creditBytes: 1e6,
    ...changes,
  };
}

function planAt(mbps: number): DesiredPlan {
  const planned = planFor(situation(mbps));
  if (planned.kind === 'impossible') throw new Error(planned.because);
  const cause = { code: 'first' as const, text: '' };
  return {
    v: 1,
    version: 1,
    at: '2026-01-01T00:00:00Z',
    cause,
    ...proposalOf(situation(mbps), planned),
  };
}

/** The rate at which sending the input and sending m cost the same. */
function breakpoint(): number {
  let [low, high] = [1, 100];
  for (let i = 0; i < 60; i++) {
    const middle = Math.sqrt(low * high);
    if (planAt(middle).device.length > 0) low = middle;
    else high = middle;
  }
  return low;
}

describe('replanning', () => {
  const at = breakpoint();
  const below = planAt(at * 0.98);

  it('gives a first plan whatever the link is', () => {
    const decision = decided(situation(5, 0), undefined, 'first');
    expect(decision).toMatchObject({ kind: 'issue' });
  });

  it('holds another cut back while it gains next to nothing', () => {
    expect(decided(situation(at * 1.02), below, 'link')).toEqual({
      kind: 'keep',
      isHeldBack: true,
    });
    expect(decided(situation(at * 0.97), below, 'link')).toEqual({
      kind: 'keep',
      isHeldBack: false,
    });
  });

  it('changes the cut once the gain is worth it, and says why', () => {
    const decision = decided(situation(at * 1.3), below, 'link');
    expect(decision).toMatchObject({ kind: 'issue', proposal: { device: [] } });
    if (decision.kind === 'issue') {
      expect(decision.text).toMatch(
        /^the link changed; uplink .* Mbps .* → .* ms instead of .* ms$/,
      );
    }
  });

  it('requires more gain of a guess than of a measurement', () => {
    const gains = (confidence: number): boolean =>
      decided(situation(at * 1.08, confidence), below, 'link').kind === 'issue';
    expect([gains(1), gains(0)]).toEqual([true, false]);
  });

  it('never flaps: a plan made on one side of a breakpoint stays when the link comes back a little', () => {
    const above = decided(situation(at * 1.3), below, 'link');
    if (above.kind !== 'issue') throw new Error('no plan');
    const plan = { ...below, ...above.proposal, version: 2 };
    expect(decided(situation(at * 0.99), plan, 'link').kind).toBe('keep');
  });

  it('issues the same cut again when its prediction has drifted by a fifth', () => {
    const slow = decided(situation(at / 4), below, 'link');
    expect(slow).toMatchObject({ kind: 'issue', proposal: { device: below.device } });
    expect(slow.kind === 'issue' && slow.text).toMatch(/are predicted now/);
  });

  it('hands out a deadline an operator has set', () => {
    const wanted = situation(at * 0.98, 1, { deadlineMs: 777 });
    expect(decided(wanted, below, 'operator')).toMatchObject({
      kind: 'issue',
      proposal: { deadlineMs: 777 },
    });
  });

  it('follows a strategy an operator names, though its plan is worse', () => {
    const wanted = situation(at * 0.98, 1, { strategy: 'local' });
    for (const cause of ['operator', 'profile'] as const) {
      expect(decided(wanted, below, cause)).toMatchObject({
        kind: 'issue',
        proposal: { cloud: [] },
        text: expect.stringContaining('by strategy local'),
      });
    }
  });

  it('drops a plan that can no longer be run', () => {
    const wanted = {
      ...below,
      uploads: [{ tensor: 'm', encoding: 'pixels' as const, bytes: 4000 }],
    };
    expect(decided(situation(at * 0.98), wanted, 'source')).toMatchObject({ kind: 'issue' });
  });

  describe('for a device with a table', () => {
    const quick = situation(at * 4);
    const issued = decided(quick, undefined, 'first');
    if (issued.kind !== 'issue') throw new Error('no plan');
    const plan: DesiredPlan = { ...below, ...issued.proposal };
    const slowRow = cutsOf(plan).find(({ device }) => device.length === 1)?.cut ?? 0;
    const judged = (mbps: number, followed: Followed, changes: Partial<Situation> = {}) =>
      decide({ situation: situation(mbps, 1, changes), current: plan, cause: 'link', followed });
    const covered = { kind: 'keep', isHeldBack: false, isByTable: true };

    it('issues no plan for a link that the table has a row for', () => {
      expect(slowRow).toBeGreaterThan(0);
      expect(judged(at / 2, { cut: slowRow, isTrusted: false })).toEqual(covered);
      expect(judged(at / 2, { cut: 0, isTrusted: true })).toEqual(covered);
    });

    it('issues a plan when the device did not follow its row', () => {
      expect(judged(at / 2, { cut: 0, isTrusted: false })).toMatchObject({ kind: 'issue' });
    });

    it('issues a plan when blocks take other times than the table was made for', () => {
      const times = new Map([...quick.costs.deviceMs].map(([digest, ms]) => [digest, 3 * ms]));
      const costs = { ...quick.costs, deviceMs: times };
      const followed = { cut: slowRow, isTrusted: true };
      expect(judged(at / 2, followed, { costs })).toMatchObject({ kind: 'issue' });
    });

    it('omits the table while an operator orders a strategy', () => {
      const strategy = plan.cloud.length > 0 && plan.device.length === 0 ? 'cloud' : 'local';
      const current = plan;
      const ordered = { situation: situation(at * 4, 1, { strategy }), current } as const;
      const without = decide({ ...ordered, cause: 'operator' });
      expect(without.kind === 'issue' && without.proposal.table).toBeUndefined();
      const { table: _, ...fixed } = plan;
      const back = decided(quick, fixed, 'operator');
      expect(back).toMatchObject({ kind: 'issue', proposal: { table: expect.anything() } });
    });
  });

  describe('of frames that vary', () => {
    const vary = (share: number) => ({ device: share, uplink: share, cloud: share });
    const judged = (mbps: number, share: number, cause: PlanCause = 'profile') =>
      decide({ situation: situation(mbps), current: below, cause, noise: vary(share) }).kind;

    it('holds back a gain that the noise of frames explains', () => {
      expect(judged(at * 1.3, 0.05)).toBe('issue');
      expect(judged(at * 1.3, 0.3)).toBe('keep');
    });

    it('believes a gain of more than a quarter, however much frames vary', () => {
      expect(judged(at * 20, 100)).toBe('issue');
    });

    it('weighs no noise against the order of an operator', () => {
      expect(judged(at * 1.3, 100, 'operator')).toBe('issue');
    });

    it('keeps the same cut while noise explains the drift of its prediction, up to a half', () => {
      const slower = (factor: number, share: number) => {
        const now = situation(at * 0.98);
        const times = new Map([...now.costs.deviceMs].map(([digest, ms]) => [digest, factor * ms]));
        const costs = { ...now.costs, deviceMs: times };
        // Another cut is no way out: blocks on the device are as much quicker in the cloud.
        const situated = { ...now, costs, strategy: 'local' as const };
        const local = decided({ ...now, strategy: 'local' }, undefined, 'first');
        if (local.kind !== 'issue') throw new Error('no plan');
        const current = { ...below, ...local.proposal };
        return decide({ situation: situated, current, cause: 'profile', noise: vary(share) }).kind;
      };
      expect([slower(1.3, 0.02), slower(1.3, 0.3), slower(1.6, 0.3)]).toEqual([
        ...['issue', 'keep', 'issue'],
      ]);
    });
  });

  describe('because of a reported drift', () => {
    const quick = situation(at * 4);
    const issued = decided(quick, undefined, 'first');
    if (issued.kind !== 'issue') throw new Error('no plan');
    const plan: DesiredPlan = { ...below, ...issued.proposal };
    const drifted = (factor: number, noise = {}) => {
      const times = new Map([...quick.costs.deviceMs].map(([digest, ms]) => [digest, factor * ms]));
      const costs = { ...quick.costs, deviceMs: times };
      return decide({ situation: { ...quick, costs }, current: plan, cause: 'drift', noise }).kind;
    };

    it('issues no plan while all predictions are as they were', () => {
      expect(drifted(1)).toBe('keep');
    });

    it('issues a plan once a row of the table is off by more than a tenth', () => {
      expect(plan.device).toEqual([]);
      expect([drifted(1.05), drifted(1.2), drifted(0.8)]).toEqual(['keep', 'issue', 'issue']);
    });

    it('issues no plan for what the noise of frames explains', () => {
      expect(drifted(1.2, { device: 0.3 })).toBe('keep');
      expect(drifted(2, { device: 0.3 })).toBe('issue');
    });
  });
});
