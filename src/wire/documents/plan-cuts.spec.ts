import { describe, expect, it } from 'vitest';
import { wireSamples } from '../../../test/support/mqtt/wire-samples.js';
import type { DesiredPlan } from './desired-documents.js';
import { cutOfTensor, cutsOf } from './plan-cuts.js';

const upload = (tensor: string) => ({ tensor, encoding: 'raw' as const, bytes: 4 });
const { predicted } = wireSamples.desiredPlan;
const cut = (device: string[], uploads: string[]) => ({
  ...{ device, cloud: [], uploads: uploads.map(upload), predicted },
});
const { mix: _, ...single } = wireSamples.desiredPlan;
const plan: DesiredPlan = {
  ...single,
  uploads: ['a', 'b'].map(upload),
  mix: {
    cuts: [cut(['all'], []), cut(['some'], ['c'])],
    pattern: [0, 2, 0, 1],
    periodMs: 10,
  },
};

describe('the cuts of a plan', () => {
  it('are one without a mix', () => {
    expect(cutsOf(single)).toEqual([{ ...single, cut: 0, firstTensor: 0 }]);
  });

  it('number their tensors consecutively', () => {
    const cuts = cutsOf(plan);
    expect(cuts.map(({ firstTensor }) => firstTensor)).toEqual([0, 2, 2]);
    expect([0, 1, 2, 99].map((index) => cutOfTensor(cuts, index))).toEqual([0, 0, 2, 2]);
  });
});
