import { describe, expect, it } from 'vitest';
import type {
  DesiredPlan,
  Fault,
  LeavesPolicy,
  ModelDocument,
} from '../../../../src/wire/index.js';
import { drawnModel } from '../../../../test/support/networks/drawn-models.js';
import { Confinement } from './confinement.js';

/** in ─ a ─ m ─ b ─ n ─ c ─ y; m still shows the input. */
const drawn = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['m']], b: [['m'], ['n']], c: [['n'], ['y']] },
});
const model = (leaves?: LeavesPolicy): ModelDocument => ({
  ...drawn,
  tensors: drawn.tensors.map((tensor) =>
    tensor.name === 'm' ? { ...tensor, showsInput: true as const } : tensor,
  ),
  ...(leaves && { leaves }),
});

const zero = { deviceMs: 0, encodeMs: 0, uplinkMs: 0, queueMs: 0, cloudMs: 0, downlinkMs: 0 };
const predicted = { ...zero, totalMs: 0 };
const cut = (...tensors: string[]) => ({
  ...{ device: [], cloud: [], predicted },
  uploads: tensors.map((tensor) => ({ tensor, encoding: 'f16' as const, bytes: 1 })),
});
const planOf = (own: ReturnType<typeof cut>, more: Partial<DesiredPlan> = {}): DesiredPlan => ({
  ...{ v: 1, version: 1, at: '2026-01-01T00:00:00Z', cause: { code: 'first', text: '' } },
  ...{ model: drawn.digest, ...own, deadlineMs: 1, creditBytes: 1, chunkBytes: 1024 },
  link: { uplinkMsPerByte: 1, rttMs: 0, ageMs: 0, confidence: 0, samples: 0 },
  ...{ alternatives: [], ...more },
});
const times = { deviceMs: 0, ownMs: 0, uploads: [], latencyMs: 0, returnMs: 0 };

function confinement() {
  const stopped: Fault[] = [];
  return { stopped, rule: new Confinement((fault) => stopped.push(fault)) };
}

describe('Confinement', () => {
  it.each<[LeavesPolicy | undefined, string[]]>([
    [undefined, []],
    ['anything', []],
    ['features', ['in', 'm']],
    ['nothing', ['in', 'm', 'n']],
  ])('rejects with %s plans that send %j', (leaves, withheld) => {
    const { rule } = confinement();
    const rejected = ['in', 'm', 'n'].filter(
      (tensor) => rule.faultOf(planOf(cut(tensor)), model(leaves))?.code === 'TENSOR_WITHHELD',
    );
    expect(rejected).toEqual(withheld);
  });

  it('checks every cut of a plan: the mix and the rows of the table', () => {
    const { rule } = confinement();
    const fault = (plan: DesiredPlan) => rule.faultOf(plan, model('features'))?.message;
    const mix = { cuts: [cut('n'), cut('n', 'm')], pattern: [0, 1], periodMs: 1 };
    expect(fault(planOf(cut('n'), { mix }))).toContain('tensor m must stay on the device');
    const table = { times, rows: [{ ...cut('in'), times }] };
    expect(fault(planOf(cut(), { table }))).toContain('tensor in must stay on the device');
    const allowed = { times, rows: [{ ...cut('n'), times }] };
    expect(fault(planOf(cut('n'), { table: allowed }))).toBeUndefined();
  });

  it('stops what is sent when a stricter document of the held model comes, and obeys it at once', () => {
    const { rule, stopped } = confinement();
    const held = model('anything');
    expect(rule.faultOf(planOf(cut('in')), held)).toBeUndefined();
    rule.take(model('features'), held);
    expect(stopped.map(({ code }) => code)).toEqual(['TENSOR_WITHHELD']);
    expect(rule.faultOf(planOf(cut('in')), held)?.code).toBe('TENSOR_WITHHELD');
    rule.take(model('nothing'), held);
    expect(stopped).toHaveLength(2);
    expect(rule.faultOf(planOf(cut('n')), held)?.code).toBe('TENSOR_WITHHELD');
  });

  it('keeps to a stricter document that others came after, while its model is held', () => {
    const { rule, stopped } = confinement();
    const held = model('anything');
    rule.take(model('features'), held);
    for (const letter of ['b', 'c', 'e']) {
      rule.take({ ...model('anything'), digest: letter.repeat(64) }, held);
      expect(rule.faultOf(planOf(cut('in')), held)?.code).toBe('TENSOR_WITHHELD');
    }
    rule.take(null, held);
    expect(rule.faultOf(planOf(cut('in')), held)?.code).toBe('TENSOR_WITHHELD');
    expect(stopped).toHaveLength(1);
  });

  it('stops nothing for a laxer document, another model or none', () => {
    const { rule, stopped } = confinement();
    const held = model('features');
    rule.take(model('features'), undefined);
    rule.take({ ...model('nothing'), digest: 'e'.repeat(64) }, held);
    rule.take(null, held);
    expect(rule.faultOf(planOf(cut('in')), held)?.code).toBe('TENSOR_WITHHELD');
    rule.take(model('anything'), held);
    expect(rule.faultOf(planOf(cut('in')), held)).toBeUndefined();
    expect(stopped).toEqual([]);
  });
});
