import { describe, expect, it } from 'vitest';
import type { FrameCosts } from '../../history/index.js';
import { breachOf, failuresIn, uncomparedBy } from './breaches.js';
import { gates as gatesOf, type RolloutDevice, waitingDevice } from './rollout.js';

const gates = gatesOf.parse({ minFrames: 20 });
const none = { frames: 0, failed: 0, fallbacks: 0, p95Ms: null };
const unheard: ReadonlySet<string> = new Set();
const usual = { frames: 100, failed: 0, fallbacks: 0, p95Ms: 100 };
const breach = (before: FrameCosts, after: FrameCosts) =>
  breachOf({ before, after, comparedFrames: after.frames, unheard }, gates);

describe('a gate', () => {
  it('breaks when frames take much longer than before on the same devices', () => {
    const after = { ...usual, frames: 50, p95Ms: 300 };
    expect(breach(usual, after)).toBe('the p95 of 50 frames is 300.0 ms, it was 100.0 ms');
    expect(breach(usual, { ...after, p95Ms: 149 })).toBeUndefined();
  });

  it('does not break over a few milliseconds', () => {
    const before = { ...usual, p95Ms: 4 };
    expect(breach(before, { ...usual, p95Ms: 13 })).toBeUndefined();
    expect(breach(before, { ...usual, p95Ms: 15 })).toBeDefined();
  });

  it('breaks when more frames fail, or fall back, than did before', () => {
    const after = { ...usual, failed: 4, fallbacks: 6 };
    expect(breach(usual, after)).toBe('10 % of 100 frames failed or fell back, 0 % did before');
    const before = { ...usual, fallbacks: 8 };
    expect(breach(before, after)).toBeUndefined();
  });

  it('is not judged by too few frames', () => {
    const after = { frames: 19, failed: 19, fallbacks: 0, p95Ms: null };
    expect(breach(usual, after)).toBeUndefined();
    expect(breach(none, { ...usual, p95Ms: 9000 })).toBeUndefined();
  });

  it('takes no share of before for none where few frames say what it was', () => {
    const after = { ...usual, failed: 4, fallbacks: 6 };
    expect(breach({ ...none, frames: 9 }, after)).toBe(
      '10 % of 100 frames failed or fell back, how many did before is unknown',
    );
  });

  it('compares no p95 where frames before, or those of the same devices since, are few', () => {
    const slow = { ...usual, p95Ms: 9000 };
    const few = { before: { ...usual, frames: 9 }, after: slow, comparedFrames: 100, unheard };
    expect(breachOf(few, gates)).toBeUndefined();
    expect(uncomparedBy(few)).toBe('p95 not compared: 9 frames before, 100 since');
    const others = { before: usual, after: slow, comparedFrames: 9, unheard };
    expect(breachOf(others, gates)).toBeUndefined();
    expect(uncomparedBy(others)).toBe('p95 not compared: 100 frames before, 9 since');
    expect(uncomparedBy({ ...others, comparedFrames: 10, unheard })).toBeUndefined();
  });
});

describe('the failures of a wave', () => {
  const one = (n: number, more: Partial<RolloutDevice>) => ({
    ...waitingDevice(`pi-${n}`, 1, {}),
    ...more,
  });
  const failed = { state: 'failed', fault: 'it is silent' } as const;

  it('are a share of the devices that take part, not of those that are absent or left', () => {
    const devices = [one(0, failed), one(1, { state: 'ready' })];
    const others = (['waiting', 'left', 'absent'] as const).map((state, i) =>
      one(2 + i, { state }),
    );
    const lax = { ...gates, maxFailures: 0.4 };
    expect(failuresIn([...devices, ...others], 0, lax, new Map())).toBe(
      '1 of 2 devices failed: pi-0: it is silent',
    );
    const present = new Map([['pi-2', new Date(0)]]);
    expect(failuresIn([...devices, ...others], 0, lax, present)).toBeUndefined();
  });

  it('name six devices and count the others', () => {
    const devices = Array.from({ length: 8 }, (_, n) => one(n, failed));
    expect(failuresIn(devices, 0, gates, new Map())).toBe(
      '8 of 8 devices failed: pi-0: it is silent; also pi-1, pi-2, pi-3, pi-4, pi-5 and 2 more',
    );
  });
});
