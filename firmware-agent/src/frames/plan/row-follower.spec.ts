import { describe, expect, it } from 'vitest';
import type { DesiredPlan, LinkEstimate } from '../../../../src/wire/index.js';
import { type OnCut, type OwnGoal, RowFollower } from './row-follower.js';

const digest = (letter: string): string => letter.repeat(64);
const [A, B] = [digest('a'), digest('b')];
const zero = { deviceMs: 0, encodeMs: 0, uplinkMs: 0, queueMs: 0, cloudMs: 0, downlinkMs: 0 };
const links = { latencyMs: 5, returnMs: 5 };

const link = (mbps: number, ageMs = 50): LinkEstimate => ({
  ...{ uplinkMsPerByte: 0.008 / mbps, rttMs: 10, ageMs, confidence: 1, samples: 20 },
});

/** All in the cloud for 100 kB, or all on the device in 300 ms. */
function planOf(version: number, changes: Partial<DesiredPlan> = {}): DesiredPlan {
  const predicted = { ...zero, totalMs: 100 };
  return {
    ...{ v: 1, version, at: new Date(0).toISOString(), cause: { code: 'first', text: '' } },
    ...{ model: digest('f'), device: [], cloud: [A, B], predicted, alternatives: [] },
    uploads: [{ tensor: 'x', encoding: 'raw', bytes: 100_000 }],
    ...{ deadlineMs: 1000, creditBytes: 1 << 20, chunkBytes: 16_384, link: link(20) },
    table: {
      times: {
        ...{ deviceMs: 0, ownMs: 0, ...links },
        uploads: [{ readyMs: 0, bytes: 100_000, cloudMs: 20 }],
      },
      rows: [
        {
          ...{ device: [A, B], cloud: [], uploads: [], predicted },
          times: { deviceMs: 300, ownMs: 300, uploads: [], ...links },
        },
      ],
    },
    ...changes,
  };
}

const at = (atMs: number, mbps: number) => ({
  atMs,
  link: link(mbps),
  slowdown: 1,
  isOnline: true,
});

const followerOf = (onCut: OnCut = () => undefined, onDoubt: () => void = () => undefined) =>
  new RowFollower({ onCut, onDoubt });

describe('the follower of rows', () => {
  it('follows the row for the link and reports each change once', () => {
    const reports: number[] = [];
    const follower = followerOf((_, cut) => reports.push(cut));
    const plan = planOf(1);
    for (let s = 0; s < 5; s++) expect(follower.next(plan, at(1000 * s, 50)).cut).toBe(0);
    for (let s = 5; s < 9; s++) expect(follower.next(plan, at(1000 * s, 0.5)).cut).toBe(1);
    expect(follower.current(plan).cut).toBe(1);
    expect(reports).toEqual([1]);
  });

  it('keeps to the cut in force under a new version that has it', () => {
    const reports: [number, number][] = [];
    const follower = followerOf(({ version }, cut) => reports.push([version, cut]));
    for (let s = 0; s < 3; s++) follower.next(planOf(1), at(1000 * s, 0.5));
    const newer = planOf(2);
    expect(follower.next(newer, at(4000, 0.5)).cut).toBe(1);
    expect(reports.at(-1)).toEqual([2, 1]);
  });

  it('leaves a cloud that was silent for two frames, and comes back after a sample', () => {
    const silent = { outcome: 'local-fallback' as const, isSilent: true };
    const plan = planOf(1);
    const follower = followerOf();
    expect(follower.next(plan, at(0, 50)).cut).toBe(0);
    expect(follower.alone(plan, at(500, 50))).toBeUndefined();
    follower.learn(silent, 1000);
    follower.learn(silent, 2000);
    const old = { atMs: 3000, link: link(50, 2900), slowdown: 1, isOnline: true };
    expect(follower.alone(plan, old)?.cloud).toEqual([]);
    expect(follower.next(plan, old).cloud).toEqual([]);
    expect(follower.next(plan, at(5000, 50)).cut).toBe(0);
    expect(follower.alone(plan, at(5000, 50))).toBeUndefined();
  });

  it('sends nothing for as long as there is no session', () => {
    const silent = { outcome: 'local-fallback' as const, isSilent: true };
    const plan = planOf(1);
    const follower = followerOf();
    for (const atMs of [1000, 2000]) follower.learn(silent, atMs);
    const moment = { atMs: 400_000, link: null, slowdown: 1 };
    const offline = { ...moment, isOnline: false };
    expect(follower.alone(plan, offline)?.cloud).toEqual([]);
    expect(follower.next(plan, offline).cloud).toEqual([]);
    expect(follower.alone(plan, { ...moment, isOnline: true })).toBeUndefined();
  });

  it('asks for a sample when rows are close or a frame was not answered, and not otherwise', () => {
    let doubts = 0;
    const follower = followerOf(undefined, () => {
      doubts += 1;
    });
    const plan = planOf(1);
    // 40 ms against 300, then 296 against 300.
    follower.next(plan, at(0, 50));
    follower.learn({ outcome: 'cloud', isSilent: false }, 100);
    expect(doubts).toBe(0);
    follower.next(plan, at(60_000, 2.95));
    expect(doubts).toBe(1);
    follower.learn({ outcome: 'local-fallback', isSilent: false }, 61_000);
    expect(doubts).toBe(2);
  });

  it('knows what the device would need for the rest of a frame, slower or not', () => {
    const follower = followerOf();
    const plan = planOf(1);
    const cut = follower.next(plan, at(0, 50));
    expect(follower.restMs(cut, 2)).toBe(600);
    const { table: _, ...without } = plan;
    const alone = follower.next(without, at(1000, 50));
    expect(follower.restMs(alone, 1)).toBeUndefined();
  });
});

/** Also 20 kB after 150 ms on the device: slower over 50 Mbps than sending all, and in time for 250 ms. */
function planWithThree(version: number, changes: Partial<DesiredPlan> = {}): DesiredPlan {
  const plan = planOf(version, changes);
  const [local] = plan.table?.rows ?? [];
  if (plan.table === undefined || local === undefined) throw new Error('the plan has a table');
  const half = {
    ...{ device: [A], cloud: [B], predicted: plan.predicted },
    uploads: [{ tensor: 'y', encoding: 'raw' as const, bytes: 20_000 }],
    times: {
      ...{ deviceMs: 150, ownMs: 0, ...links },
      uploads: [{ readyMs: 150, bytes: 20_000, cloudMs: 10 }],
    },
  };
  return { ...plan, table: { ...plan.table, rows: [local, half] } };
}

describe('the follower of rows for a deadline', () => {
  const [ALL, LOCAL, HALF] = [0, 1, 2];
  const chosen = (own: OwnGoal, changes: Partial<DesiredPlan>): number => {
    const follower = new RowFollower({ onCut: () => undefined, onDoubt: () => undefined }, own);
    return follower.next(planWithThree(1, changes), at(0, 50)).cut;
  };

  it.each([
    ['the quickest without a deadline', {}, {}, ALL],
    ['the one that sends least within that of the plan', {}, { deadlineMs: 250, risk: 0.1 }, HALF],
    ['the one that sends nothing where it is in time', {}, { deadlineMs: 320, risk: 0.1 }, LOCAL],
    ['the quickest where no other is in time', {}, { deadlineMs: 100, risk: 0.1 }, ALL],
    [
      'its own deadline before that of the plan',
      { deadlineMs: 320, risk: 0.1 },
      { deadlineMs: 250, risk: 0.1 },
      LOCAL,
    ],
    [
      'its own deadline with the risk of the plan',
      { deadlineMs: 320 },
      { deadlineMs: 250, risk: 0.1 },
      LOCAL,
    ],
    ['no deadline of its own without a risk', { deadlineMs: 320 }, undefined, ALL],
  ] as const)('takes %s', (_, own, deadline, cut) => {
    const isDue = deadline !== undefined && 'risk' in deadline;
    expect(chosen(own, isDue ? { deadline } : {})).toBe(cut);
  });

  it('weighs rows with the price of the plan', () => {
    expect(chosen({}, { limits: { bytesPrice: 0.1 } })).toBe(ALL);
    expect(chosen({}, { limits: { bytesPrice: 2 } })).toBe(HALF);
    expect(chosen({}, { limits: { bytesPrice: 20 } })).toBe(LOCAL);
  });
});
