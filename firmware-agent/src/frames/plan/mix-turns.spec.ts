import { describe, expect, it } from 'vitest';
import type { DesiredPlan, FramePlan } from '../../../../src/wire/index.js';
import { wireSamples } from '../../../../test/support/mqtt/wire-samples.js';
import { MixTurns } from './mix-turns.js';

const { mix: _, ...single } = wireSamples.desiredPlan;
const { cloud, uploads, predicted } = single;
const other = { device: [], cloud, uploads, predicted };
const mixOf = (pattern: number[]): DesiredPlan => ({
  ...single,
  mix: { cuts: [other, other], pattern, periodMs: 10 },
});

/** Numbers of the cuts that get the next turns. */
function turnsOf(
  turns: MixTurns,
  plan: DesiredPlan,
  count: number,
  mayBegin: (cut: FramePlan) => boolean = () => true,
): (number | undefined)[] {
  return Array.from({ length: count }, () => turns.take(plan, mayBegin)?.cut);
}

describe('the turns of a plan', () => {
  it('are all of its one cut where there is no mix', () => {
    expect(turnsOf(new MixTurns(), single, 3)).toEqual([0, 0, 0]);
  });

  it('are those of the pattern while every cut may begin', () => {
    const expected = [0, 2, 0, 1, 0, 2, 0, 1];
    expect(turnsOf(new MixTurns(), mixOf([0, 2, 0, 1]), 8)).toEqual(expected);
  });

  it('start over with another plan', () => {
    const turns = new MixTurns();
    turnsOf(turns, mixOf([0, 2, 0, 1]), 1);
    expect(turnsOf(turns, mixOf([2, 0]), 2)).toEqual([2, 0]);
  });

  it('skip a cut that cannot begin for at most one pattern, and run it first as soon as it can', () => {
    const turns = new MixTurns();
    const plan = mixOf([0, 1, 1, 2]);
    const notFirst = ({ cut }: FramePlan): boolean => cut !== 0;
    expect(turnsOf(turns, plan, 4, notFirst)).toEqual([1, 1, 2, undefined]);
    expect(turnsOf(turns, plan, 5)).toEqual([0, 0, 1, 1, 2]);
  });

  it('run every cut as often as the pattern says, in whatever order cuts can begin', () => {
    const pattern = [0, 0, 1, 0, 2, 1];
    const plan = mixOf(pattern);
    const turns = new MixTurns();
    let state = 7;
    const mayBegin = (): boolean => {
      state = (state * 16_807) % 2_147_483_647;
      return state % 3 > 0;
    };
    const counts = [0, 0, 0];
    for (let n = 1; n <= 6000; n++) {
      const cut = turnsOf(turns, plan, 1, mayBegin)[0];
      if (cut !== undefined) counts[cut] = (counts[cut] ?? 0) + 1;
    }
    const all = counts.reduce((sum, count) => sum + count, 0);
    for (const [cut, count] of counts.entries()) {
      const share = pattern.filter((one) => one === cut).length / pattern.length;
      expect(Math.abs(count - share * all)).toBeLessThanOrEqual(pattern.length);
    }
  });
});
