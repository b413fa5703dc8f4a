/** The dead band: which changes lead to another plan, and which do not. */
import { describe, expect, it } from 'vitest';
import { digestOf as d, drawnModel, exactOnly } from '../../test/support/drawn-models.js';
import type { DesiredPlan, LinkEstimate } from '../wire/index.js';
import { planFor, proposalOf, type Situation } from './planning.js';
import { decide } from './replanning.js';

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
      mostBytes: 1e6,
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
    const decision = decide(situation(5, 0), undefined, 'first');
    expect(decision).toMatchObject({ kind: 'issue' });
  });

  it('holds another cut back while it gains next to nothing', () => {
    expect(decide(situation(at * 1.02), below, 'link')).toEqual({ kind: 'keep', isHeldBack: true });
    expect(decide(situation(at * 0.97), below, 'link')).toEqual({
      kind: 'keep',
      isHeldBack: false,
    });
  });

  it('changes the cut once the gain is worth it, and says why', () => {
    const decision = decide(situation(at * 1.3), below, 'link');
    expect(decision).toMatchObject({ kind: 'issue', proposal: { device: [] } });
    if (decision.kind === 'issue') {
      expect(decision.text).toMatch(
        /^the link changed; uplink .* Mbps .* → .* ms instead of .* ms$/,
      );
    }
  });

  it('asks a guess for more gain than a measurement', () => {
    const gains = (confidence: number): boolean =>
      decide(situation(at * 1.08, confidence), below, 'link').kind === 'issue';
    expect([gains(1), gains(0)]).toEqual([true, false]);
  });

  it('never flaps: a plan made on one side of a breakpoint stays when the link comes back a little', () => {
    const above = decide(situation(at * 1.3), below, 'link');
    if (above.kind !== 'issue') throw new Error('no plan');
    const plan = { ...below, ...above.proposal, version: 2 };
    expect(decide(situation(at * 0.99), plan, 'link').kind).toBe('keep');
  });

  it('hands the same cut out anew when its prediction has drifted by a fifth', () => {
    const slow = decide(situation(at / 4), below, 'link');
    expect(slow).toMatchObject({ kind: 'issue', proposal: { device: below.device } });
    expect(slow.kind === 'issue' && slow.text).toMatch(/are predicted now/);
  });

  it('hands out a deadline an operator has set', () => {
    const wanted = situation(at * 0.98, 1, { deadlineMs: 777 });
    expect(decide(wanted, below, 'operator')).toMatchObject({
      kind: 'issue',
      proposal: { deadlineMs: 777 },
    });
  });

  it('follows a strategy an operator names, though its plan is worse', () => {
    const wanted = situation(at * 0.98, 1, { strategy: 'local' });
    for (const cause of ['operator', 'profile'] as const) {
      expect(decide(wanted, below, cause)).toMatchObject({
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
    expect(decide(situation(at * 0.98), wanted, 'source')).toMatchObject({ kind: 'issue' });
  });
});
