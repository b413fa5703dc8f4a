/** Plans for situations whose answer can be worked out by hand. */
import { describe, expect, it } from 'vitest';
import {
  digestOf as d,
  drawnModel,
  exactOnly,
} from '../../../test/support/networks/drawn-models.js';
import type { LinkEstimate } from '../../wire/index.js';
import { predict, type Situation } from '../pricing/prediction.js';
import { isSameCut, type Proposal, planFor, proposalOf } from './proposal.js';

/** in (40 kB) ─ a ─ 1 kB ─ b ─ y: the cut after a sends least. */
const chain = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['m']], b: [['m'], ['y']] },
  elements: { in: 10_000 },
});

const linkOf = (mbps: number): LinkEstimate => ({
  ...{ uplinkMsPerByte: 8 / (1000 * mbps), rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
});

function situation(mbps: number, changes: Partial<Situation> = {}): Situation {
  return {
    model: chain,
    costs: {
      deviceMs: new Map([
        [d('a'), 10],
        [d('b'), 100],
      ]),
      cloudMs: new Map([
        [d('a'), 1],
        [d('b'), 5],
      ]),
      ...exactOnly,
      source: 'tensor',
      maxBytes: 1 << 20,
    },
    link: linkOf(mbps),
    objective: 'frame',
    deadlineMs: null,
    creditBytes: 1 << 20,
    ...changes,
  };
}

function proposal(given: Situation): Proposal {
  const planned = planFor(given);
  if (planned.kind === 'impossible') throw new Error(planned.because);
  return proposalOf(given, planned);
}

describe('planning', () => {
  it('cuts where little is sent, and predicts every stage', () => {
    const plan = proposal(situation(8));
    expect(plan.device).toEqual([d('a')]);
    expect(plan.uploads).toEqual([{ tensor: 'm', encoding: 'raw', bytes: 1000 }]);
    expect(plan.predicted.deviceMs).toBeCloseTo(10);
    expect(plan.predicted.uplinkMs).toBeCloseTo(1 + 0.212 + 20);
    expect(plan.predicted.cloudMs).toBeCloseTo(5);
    expect(plan.predicted.totalMs).toBeCloseTo(10 + 1.212 + 10 + 5 + 10 + 0.4);
  });

  it('sends everything over a fast link and nothing over a very slow one', () => {
    expect(proposal(situation(1000)).device).toEqual([]);
    const local = proposal(situation(0.01));
    expect(local.cloud).toEqual([]);
    expect(local.predicted).toMatchObject({ uplinkMs: 0, cloudMs: 0, downlinkMs: 0 });
  });

  it('lists what other strategies would cost, best first', () => {
    const { alternatives, predicted } = proposal(situation(8));
    expect(alternatives.map(({ strategy }) => strategy).toSorted()).toEqual([
      'cloud',
      'local',
      'min-cut',
      'topological',
    ]);
    const totals = alternatives.map(({ totalMs }) => totalMs);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    expect(totals[0]).toBeGreaterThanOrEqual(predicted.totalMs - 1e-9);
  });

  it('gives a deadline of three times the prediction, a second at least, or the device’s own', () => {
    expect(proposal(situation(8)).deadlineMs).toBe(1000);
    expect(proposal(situation(8, { deadlineMs: 250 })).deadlineMs).toBe(250);
  });

  it('never plans a frame that the cloud has no room for', () => {
    const plan = proposal(situation(1000, { creditBytes: 2000 }));
    expect(plan.uploads.every(({ bytes }) => bytes <= 2000)).toBe(true);
    const none = proposal(situation(1000, { creditBytes: 10 }));
    expect(none.cloud).toEqual([]);
  });

  it('leaves the cut to the strategy it is given', () => {
    const { uploads } = proposal(situation(8, { strategy: 'cloud' }));
    expect(uploads).toEqual([{ tensor: 'in', encoding: 'raw', bytes: 40_000 }]);
    expect(proposal(situation(8, { strategy: 'local' })).cloud).toEqual([]);
    const tooMuch = situation(8, { strategy: 'cloud', creditBytes: 2000 });
    expect(planFor(tooMuch)).toMatchObject({ kind: 'impossible' });
  });

  it('prices a cut on another link', () => {
    const plan = proposal(situation(8));
    const slow = predict(situation(1), plan);
    expect(slow?.uplinkMs).toBeCloseTo(8 * 1.212 + 20);
    expect(isSameCut(plan, proposal(situation(8)))).toBe(true);
    expect(isSameCut(plan, proposal(situation(1000)))).toBe(false);
  });
});
