import { describe, expect, it } from 'vitest';
import { digestOf, drawnModel, exactOnly } from '../../../test/support/networks/drawn-models.js';
import type { LineShare } from '../pricing/pace-margin.js';
import { hasShareMoved, LineJudge, sharesAfter } from './line-judge.js';
import type { LineMember } from './line-question.js';
import { type LineDevice, linesOf, type SiteLine } from './site-lines.js';

const SECOND_MS = 1000;
const model = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['m']], b: [['m'], ['y']] },
  elements: { in: 1000, m: 100 },
});

interface Given {
  readonly intervalMs?: number;
  readonly mbps?: number;
  readonly deviceMs?: number;
  readonly leaves?: 'anything' | 'nothing';
}

function member(device: string, given: Given = {}): LineMember {
  const { intervalMs = 100, mbps = 6, deviceMs = 20, leaves = 'anything' } = given;
  const times = (ms: number) => new Map([digestOf('a'), digestOf('b')].map((one) => [one, ms]));
  return {
    ...{ device, intervalMs },
    situation: {
      model: { ...model, leaves },
      costs: {
        ...{ ...exactOnly, source: 'tensor', maxBytes: 1e6 },
        ...{ deviceMs: times(deviceMs), cloudMs: times(1) },
      },
      link: {
        ...{ uplinkMsPerByte: 8 / (1000 * mbps), rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
      },
    },
  };
}

function lineOf(members: readonly LineMember[], siteMbps = 10, fixedMbps?: number): SiteLine {
  const uplink = { site: 'barn', mbps: siteMbps };
  const devices: LineDevice[] = members.map((one) => ({
    uplink,
    member: one,
    fixedMbps: undefined,
  }));
  const stubborn = { uplink, member: member('z'), fixedMbps };
  const [line] = linesOf(fixedMbps === undefined ? devices : [...devices, stubborn]);
  if (line === undefined) throw new Error('no line');
  return line;
}

const both = lineOf([member('a'), member('b')]);

/** A judge of a line of two devices that was asked about at second 10. */
function asked(): LineJudge {
  const judge = new LineJudge();
  judge.isDue(both, 0);
  judge.asked(both, 10 * SECOND_MS);
  judge.answered(true);
  return judge;
}

describe('a line', () => {
  it('is asked about once its devices are there for ten seconds', () => {
    const judge = new LineJudge();
    expect(judge.isDue(lineOf([member('a')]), 0)).toBe(false);
    expect(judge.isDue(both, 5 * SECOND_MS)).toBe(false);
    expect(judge.isDue(both, 14 * SECOND_MS)).toBe(false);
    expect(judge.isDue(both, 15 * SECOND_MS)).toBe(true);
  });

  it('is asked about after a minute, though devices still come', () => {
    const judge = new LineJudge();
    const due = Array.from({ length: 13 }, (_, n) => {
      const members = Array.from({ length: n + 1 }, (_, i) => member(`d-${i}`));
      return judge.isDue(lineOf(members), 5 * n * SECOND_MS);
    });
    expect(due.indexOf(true)).toBe(12);
  });

  it('is not asked about again while nothing notable moves', () => {
    const judge = asked();
    const near = lineOf([
      member('a', { intervalMs: 120, mbps: 7 }),
      member('b', { intervalMs: 81, mbps: 5, deviceMs: 24 }),
    ]);
    for (const second of [15, 60, 600, 6000]) {
      expect(judge.isDue(near, second * SECOND_MS)).toBe(false);
    }
  });

  it.each<[string, SiteLine]>([
    ['an interval', lineOf([member('a'), member('b', { intervalMs: 130 })])],
    ['a link', lineOf([member('a'), member('b', { mbps: 4 })])],
    ['block times', lineOf([member('a', { deviceMs: 30 }), member('b')])],
    ['what may leave a device', lineOf([member('a', { leaves: 'nothing' }), member('b')])],
    ['the devices', lineOf([member('a'), member('c')])],
    ['a device less', lineOf([member('a')])],
    ['what an ordered strategy sends', lineOf([member('a'), member('b')], 10, 4)],
  ])('is asked about again when it moves: %s; but not within a minute', (_, line) => {
    const judge = asked();
    for (const second of [15, 40, 69]) expect(judge.isDue(line, second * SECOND_MS)).toBe(false);
    expect(judge.isDue(line, 80 * SECOND_MS)).toBe(true);
  });

  it('takes a link that is quicker than the line for as quick as the line', () => {
    const judge = new LineJudge();
    const quick = lineOf([member('a', { mbps: 50 }), member('b')]);
    judge.isDue(quick, 0);
    judge.asked(quick, 0);
    const quicker = lineOf([member('a', { mbps: 900 }), member('b')]);
    expect(judge.isDue(quicker, 100 * SECOND_MS)).toBe(false);
  });

  it('adds up small moves', () => {
    const judge = asked();
    const due = [110, 120, 130].map((intervalMs, i) =>
      judge.isDue(lineOf([member('a', { intervalMs }), member('b')]), (100 + i) * SECOND_MS),
    );
    expect(due).toEqual([false, false, true]);
  });

  it('is asked about again where there was no answer, later each time', () => {
    const judge = asked();
    const asks: number[] = [];
    judge.answered(false);
    for (let second = 15; second < 1000; second += 5) {
      if (!judge.isDue(both, second * SECOND_MS)) continue;
      asks.push(second);
      judge.asked(both, second * SECOND_MS);
      judge.answered(asks.length === 3);
    }
    expect(asks).toEqual([130, 370, 850]);
  });

  it('is asked about at once when an operator sets another rate', () => {
    const judge = asked();
    const slower = lineOf([member('a'), member('b')], 9);
    expect([judge.isNewRate(slower), judge.isDue(slower, 11 * SECOND_MS)]).toEqual([true, true]);
    judge.asked(slower, 11 * SECOND_MS);
    judge.answered(false);
    expect([judge.isNewRate(slower), judge.isDue(slower, 12 * SECOND_MS)]).toEqual([true, false]);
    judge.answered(true);
    expect([judge.isNewRate(slower), judge.isDue(slower, 12 * SECOND_MS)]).toEqual([false, false]);
  });
});

describe('shares of a line', () => {
  const share = (changes: Partial<LineShare> = {}): LineShare => ({
    ...{ site: 'barn', bytesPrice: 1, mbps: 2, intervalMs: 100, slowdown: 1 },
    ...changes,
  });

  it('are about the same within a quarter', () => {
    const before = [share(), null];
    expect(hasShareMoved(before, [share({ bytesPrice: 1.2, mbps: 1.7 }), null])).toBe(false);
    expect(hasShareMoved(before, [share({ bytesPrice: 1.3 }), null])).toBe(true);
    expect(hasShareMoved(before, [share({ mbps: 1.5 }), null])).toBe(true);
    expect(hasShareMoved(before, [share({ intervalMs: 130 }), null])).toBe(true);
  });

  it('have moved where one comes, goes, or was not known', () => {
    expect(hasShareMoved([null], [share()])).toBe(true);
    expect(hasShareMoved([share()], [null])).toBe(true);
    expect(hasShareMoved([undefined], [null])).toBe(true);
    expect(hasShareMoved([share({ bytesPrice: 0 })], [share({ bytesPrice: 0.001 })])).toBe(true);
    expect(hasShareMoved([null], [null])).toBe(false);
  });
});

describe('devices of a line', () => {
  const old: LineShare = {
    ...{ site: 'barn', bytesPrice: 1, mbps: 2, intervalMs: 100, slowdown: 1 },
  };
  const answerOf = (bytesPrice: number) => ({
    ...{ kind: 'shared' as const, load: 0.9 },
    shares: [
      { ...old, bytesPrice },
      { ...old, bytesPrice, mbps: 2.1 },
    ],
  });

  it('get all what the planner says, also those for which little changes', () => {
    expect(sharesAfter(both, answerOf(2), [old, { ...old, bytesPrice: 2 }], false)).toEqual(
      answerOf(2).shares,
    );
  });

  it('keep what they have where it is about the same, unless an operator changed the rate', () => {
    expect(sharesAfter(both, answerOf(1.1), [old, old], false)).toEqual([old, old]);
    expect(sharesAfter(both, answerOf(1.1), [old, old], true)).toEqual(answerOf(1.1).shares);
  });

  it('keep what they have where there is no answer; it is nothing for a new device', () => {
    const lost = { kind: 'impossible' as const, because: 'the planning thread was lost' };
    expect(sharesAfter(both, lost, [old, undefined], true)).toEqual([old, null]);
  });

  it('have no share of a line with room, and none where an operator ordered their strategy', () => {
    expect(sharesAfter(both, { kind: 'free', load: 0.2 }, [old, old], false)).toEqual([null, null]);
    const three = lineOf([member('a'), member('b')], 10, 4);
    expect(sharesAfter(three, answerOf(2), [old, old, old], false)).toEqual([
      ...answerOf(2).shares,
      null,
    ]);
  });
});
