import { describe, expect, it } from 'vitest';
import { exactOnly } from '../../../test/support/networks/drawn-models.js';
import { CostHistory, remembered } from './cost-history.js';

const costsOf = (ms: number) => ({
  ...{
    deviceMs: new Map([['a', ms]]),
    cloudMs: new Map(),
    maxBytes: 1,
    source: 'tensor' as const,
  },
  ...exactOnly,
});

describe('the history of costs', () => {
  it('returns what was known at a time, not what came later', () => {
    const history = new CostHistory();
    history.note(10, 'model', [1], () => costsOf(1));
    history.note(20, 'model', [2], () => costsOf(2));
    expect(history.at(9)).toBeUndefined();
    expect(history.at(10)?.costs.deviceMs.get('a')).toBe(1);
    expect(history.at(19.9)?.costs.deviceMs.get('a')).toBe(1);
    expect(history.at(1000)?.costs.deviceMs.get('a')).toBe(2);
  });

  it('does not grow when the same costs are noted again', () => {
    const history = new CostHistory();
    const from = [{}, 'x'];
    const first = history.note(10, 'model', from, () => costsOf(1));
    const again = history.note(20, 'model', [...from], () => {
      throw new Error('made again');
    });
    expect(again).toBe(first);
    expect(history.note(30, 'other', from, () => costsOf(1))).not.toBe(first);
  });

  it('forgets the oldest', () => {
    const history = new CostHistory();
    for (let i = 0; i < 100; i++) history.note(i, 'model', [i], () => costsOf(i));
    expect(history.at(0)).toBeUndefined();
    expect(history.at(99)?.costs.deviceMs.get('a')).toBe(99);
  });

  it('keeps predictions, also that there is none', () => {
    const known = new CostHistory().note(0, 'model', [], () => costsOf(1));
    let made = 0;
    for (let i = 0; i < 3; i++) {
      remembered(known, 'key', () => {
        made += 1;
        return undefined;
      });
    }
    expect(made).toBe(1);
  });
});
