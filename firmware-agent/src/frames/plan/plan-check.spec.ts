import { describe, expect, it } from 'vitest';
import type { DesiredPlan, ModelDocument } from '../../../../src/wire/index.js';
import { planFault } from './plan-check.js';

const digest = (letter: string): string => letter.repeat(64);
const image = {
  ...{ width: 2, height: 2, layout: 'NCHW' as const, channels: 'RGB' as const },
  ...{ scale: 1, mean: 0, deviation: 1, fit: 'fill' as const },
};
const spec = (name: string, dims: number[]) => ({
  ...{ name, dtype: 'float32' as const, dims, bytes: 4 * dims.reduce((a, b) => a * b, 1) },
});
const block = (letter: string, inputs: string[], outputs: string[]) => ({
  ...{ digest: digest(letter), name: letter, bytes: 1, inputs, outputs },
});

/** x ─ a ─ b ─ out */
const model: ModelDocument = {
  ...{ id: 'm', name: 'm', version: 1, digest: digest('0') },
  inputs: [{ name: 'x', image }],
  outputs: [{ name: 'out', kind: 'raw' }],
  tensors: [spec('x', [1, 3, 2, 2]), spec('t', [5]), spec('out', [1])],
  blocks: [block('a', ['x'], ['t']), block('b', ['t'], ['out'])],
};
const plan: DesiredPlan = {
  ...{ v: 1, version: 1, at: new Date(0).toISOString(), cause: { code: 'first', text: '' } },
  ...{ model: model.digest, device: [digest('a')], cloud: [digest('b')] },
  uploads: [{ tensor: 't', encoding: 'raw', bytes: 20 }],
  ...{ deadlineMs: 100, creditBytes: 1000, chunkBytes: 1024, alternatives: [] },
  link: { uplinkMsPerByte: 1, rttMs: 1, ageMs: 0, confidence: 0, samples: 0 },
  predicted: {
    ...{ deviceMs: 0, encodeMs: 0, uplinkMs: 0, queueMs: 0, cloudMs: 0, downlinkMs: 0, totalMs: 0 },
  },
};
const allInCloud = {
  ...{ device: [], cloud: [digest('a'), digest('b')] },
  uploads: [{ tensor: 'x', encoding: 'pixels' as const, bytes: 12 }],
};

const whyNot = (changes: Partial<DesiredPlan>): string | undefined =>
  planFault({ ...plan, ...changes }, model)?.message;

describe('planFault', () => {
  it('finds nothing wrong with plans that can be run', () => {
    expect(planFault(plan, model)).toBeUndefined();
    expect(planFault({ ...plan, ...allInCloud }, model)).toBeUndefined();
    const local = { device: [digest('a'), digest('b')], cloud: [], uploads: [] };
    expect(planFault({ ...plan, ...local }, model)).toBeUndefined();
    const { predicted } = plan;
    const cuts = [
      { ...local, predicted },
      { ...allInCloud, predicted },
    ];
    const mix = { cuts, pattern: [0, 1, 2], periodMs: 1 };
    expect(planFault({ ...plan, mix }, model)).toBeUndefined();
    const beyond = { ...mix, pattern: [3] };
    expect(whyNot({ mix: beyond })).toBe('the pattern names cut 3, there are 3');
    const wrong = { ...mix, cuts: [{ ...local, predicted, cloud: [digest('b')] }] };
    expect(whyNot({ mix: { ...wrong, pattern: [0] } })).toContain('places 3');
  });

  it.each<[string, Partial<DesiredPlan>]>([
    ['is not in model', { device: [digest('c')] }],
    ['places 1 blocks', { cloud: [] }],
    ['places 3 blocks', { cloud: [digest('b'), digest('b')] }],
    ['device block b needs t', { device: [digest('b')], cloud: [digest('a')] }],
    ['cloud block b needs t', { uploads: [] }],
    ['not computed on the device', { ...allInCloud, uploads: plan.uploads }],
    ['takes 20 bytes', { uploads: [{ tensor: 't', encoding: 'raw', bytes: 19 }] }],
    ['is no picture', { uploads: [{ tensor: 't', encoding: 'pixels', bytes: 5 }] }],
    ['is no picture', { uploads: [{ tensor: 't', encoding: 'jpeg', bytes: 4 }] }],
    ['takes 10 bytes as f16', { uploads: [{ tensor: 't', encoding: 'f16', bytes: 5 }] }],
    ['may be in flight', { creditBytes: 19 }],
  ])('says “%s”', (why, changes) => {
    expect(whyNot(changes)).toContain(why);
  });
});
