import { describe, expect, it } from 'vitest';
import type { RowTimes } from '../wire/index.js';
import { compareAll } from './comparison.js';
import { deadlineReplays } from './deadline.js';
import { type ReplayCase, replay } from './replay.js';
import { summaryOf } from './summary.js';
import { Trace, withOutage } from './traces/trace.js';
import { uplinks, uplinkTrace } from './traces/uplinks.js';

const LOCAL: RowTimes = { deviceMs: 300, ownMs: 300, uploads: [], latencyMs: 20, returnMs: 20 };
/** 100 kB at once, or 20 kB after 60 ms. */
const CLOUD = {
  ...LOCAL,
  deviceMs: 0,
  ownMs: 0,
  uploads: [{ readyMs: 0, bytes: 100_000, cloudMs: 30 }],
};
const SPLIT = { ...CLOUD, deviceMs: 60, uploads: [{ readyMs: 60, bytes: 20_000, cloudMs: 20 }] };
const ROWS = [LOCAL, SPLIT, CLOUD];

function over(trace: Trace, lastsMs = 120_000, periodMs = 1000): ReplayCase {
  return { trace, rows: ROWS, rttMs: 40, periodMs, lastsMs };
}

const steady = (mbps: number, endMs = 120_000): Trace => new Trace([{ atMs: 0, mbps }], endMs);

describe('a trace', () => {
  it('returns when bytes have passed, across outages and rounds', () => {
    const trace = new Trace(
      [
        { atMs: 0, mbps: 8 },
        { atMs: 100, mbps: 0 },
        { atMs: 300, mbps: 4 },
      ],
      400,
    );
    expect(trace.endOf(0, 50_000)).toBeCloseTo(50);
    expect(trace.endOf(50, 100_000)).toBeCloseTo(400);
    expect(trace.endOf(50, 101_000)).toBeCloseTo(401);
    expect(trace.endOf(150, 1000)).toBeCloseTo(302);
  });

  it('is repeatable by seed for a synthetic uplink, with its mean rate and outages', () => {
    for (const uplink of uplinks) {
      const trace = uplinkTrace(uplink, 3, 1_200_000);
      expect(uplinkTrace(uplink, 3, 1_200_000).points).toEqual(trace.points);
      const spans = trace.points.map(({ atMs, mbps }, i) => ({
        mbps,
        lastsMs: (trace.points[i + 1]?.atMs ?? trace.endMs) - atMs,
      }));
      const outMs = spans.reduce((sum, { mbps, lastsMs }) => sum + (mbps === 0 ? lastsMs : 0), 0);
      expect(Math.abs(outMs / trace.endMs - uplink.outageShare)).toBeLessThan(0.06);
      const logs = trace.points.filter(({ mbps }) => mbps > 0).map(({ mbps }) => Math.log(mbps));
      const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
      expect(Math.abs(mean - uplink.logMean)).toBeLessThan(0.35);
    }
  });
});

describe('a replay', () => {
  it.each([
    [0.3, 0],
    [4, 1],
    [50, 2],
  ])('at %d Mbps settles on row %d, as the clairvoyant policy does', (mbps, row) => {
    const { frames } = replay(over(steady(mbps)), 'adaptive');
    const { clairvoyant, adaptive } = compareAll(over(steady(mbps)));
    expect(frames.slice(10).every((frame) => frame.row === row)).toBe(true);
    expect(adaptive.p50Ms / clairvoyant.p50Ms).toBeCloseTo(1, 1);
  });

  it('follows a step of a calm link within one frame of having seen it', () => {
    const trace = new Trace(
      [
        { atMs: 0, mbps: 50 },
        { atMs: 60_000, mbps: 0.3 },
      ],
      120_000,
    );
    const { frames } = replay(over(trace), 'adaptive');
    const after = frames.filter(({ atMs }) => atMs >= 60_000);
    expect(after[0]?.row).toBe(2);
    expect(after[2]?.row).toBe(0);
  });

  it('answers every frame through an outage of 78 s, none later than local and deadline', () => {
    const { frames } = replay(over(withOutage(steady(50), 20_000, 78_000)), 'adaptive');
    expect(Math.max(...frames.map(({ latencyMs }) => latencyMs))).toBeLessThan(300 + 1000);
    const inside = frames.filter(({ atMs }) => atMs > 25_000 && atMs < 98_000);
    expect(inside.length).toBeGreaterThan(70);
    expect(inside.every(({ outcome }) => outcome === 'local-plan')).toBe(true);
    const later = frames.filter(({ atMs }) => atMs > 106_000);
    expect(later.every(({ outcome }) => outcome === 'cloud')).toBe(true);
  });

  it('makes at most six switches in any minute, including those away from a silent cloud', () => {
    for (const [seed, uplink] of [5, 6, 7].flatMap((one) =>
      uplinks.map((up) => [one, up] as const),
    )) {
      const one = over(uplinkTrace(uplink, seed, 300_000), 300_000, 100);
      const { maxSwitchesInAMinute, frames } = summaryOf(replay(one, 'adaptive'), 300_000);
      expect(maxSwitchesInAMinute).toBeLessThanOrEqual(6);
      expect(frames).toBeGreaterThan(300_000 / (300 + 1000));
    }
  });

  it('returns to a repeatedly silent cloud only while another switch is allowed', () => {
    const points = Array.from({ length: 60 }, (_, i) => ({ atMs: 5000 * i, mbps: i % 2 ? 0 : 50 }));
    const { frames } = replay(over(new Trace(points, 300_000), 300_000, 100), 'adaptive');
    expect(summaryOf({ frames, suppressed: 0 }, 300_000).maxSwitchesInAMinute).toBe(6);
    expect(Math.max(...frames.map(({ latencyMs }) => latencyMs))).toBeLessThan(300 + 1000);
  });

  it('is never better than the clairvoyant policy, even when that makes at most six switches', () => {
    const one = over(uplinkTrace(uplinks[6] ?? failed(), 9, 120_000));
    const by = compareAll(one);
    for (const { meanMs } of Object.values(by)) {
      expect(meanMs).toBeGreaterThanOrEqual(by.clairvoyant.meanMs - 1e-9);
    }
    expect(by['clairvoyant-six'].switchesPerMinute).toBeLessThanOrEqual(6);
  });
});

describe('a replay with a price of bytes', () => {
  it('sends what is worth its price, as a device does', () => {
    const one = over(steady(50));
    const bytes = (aim: ReplayCase['aim']) =>
      compareAll({ ...one, ...(aim && { aim }) }).adaptive.bytesPerFrame;
    // 80 kB more save 37 ms: 0.46 ms for each kB.
    expect(bytes(undefined)).toBeGreaterThan(95_000);
    expect(bytes({ bytesPrice: 0.3 })).toBeGreaterThan(95_000);
    expect(bytes({ bytesPrice: 1.2 })).toBeLessThan(25_000);
    // 20 kB save 177 ms of what the device takes alone.
    expect(bytes({ bytesPrice: 30 })).toBeLessThan(2000);
  });

  it('takes the row with the least latency and price for the best fixed one', () => {
    const rowAt = (bytesPrice: number) =>
      compareAll({ ...over(steady(50)), aim: { bytesPrice } })['best-fixed'].row;
    expect([0.3, 1.2, 30].map(rowAt)).toEqual([2, 1, 0]);
  });
});

describe('a replay for a deadline', () => {
  const risk = 0.05;

  it('misses none where the device alone is in time, on any uplink, and sends nothing', () => {
    for (const uplink of uplinks) {
      const one = over(uplinkTrace(uplink, 5, 300_000), 300_000);
      const { chance, hopeless } = deadlineReplays(one, { deadlineMs: 330, risk });
      expect([chance.missed, chance.bytes, hopeless]).toEqual([0, 0, 0]);
    }
  });

  it('sends the fewest bytes that are in time', () => {
    const one = over(steady(50));
    // 100 kB take 16 ms and all is there after 86; 20 kB come 60 ms later and are enough for 150 ms.
    expect(deadlineReplays(one, { deadlineMs: 150, risk }).chance.bytes).toBeLessThan(25_000);
    const { chance, expected } = deadlineReplays(one, { deadlineMs: 100, risk });
    expect(chance.missed).toBeLessThan(0.02);
    expect(expected.missed).toBeLessThan(0.02);
    expect(chance.bytes).toBeGreaterThan(90_000);
  });

  it('is compared with other policies by late frames and bytes', () => {
    for (const [deadlineMs, uplink] of [240, 330].flatMap((ms) =>
      uplinks.slice(3, 6).map((one) => [ms, one] as const),
    )) {
      const one = over(uplinkTrace(uplink, 3, 300_000), 300_000);
      const goal = { deadlineMs, risk };
      const { adaptive, 'best-fixed': fixed } = compareAll({ ...one, aim: { deadline: goal } });
      const { chance, fixed: leastMissed } = deadlineReplays(one, goal);
      expect((adaptive.late ?? -1) / adaptive.frames).toBe(chance.missed);
      expect(adaptive.bytesPerFrame).toBe(chance.bytes);
      expect((fixed.late ?? -1) / fixed.frames).toBe(leastMissed.missed);
    }
    expect(compareAll(over(steady(50))).adaptive.late).toBeUndefined();
  });

  it('misses no more than the risk on a calm link that is quick enough', () => {
    const one = over(uplinkTrace(uplinks[4] ?? failed(), 3, 600_000), 600_000);
    const { chance, hopeless, fixed } = deadlineReplays(one, { deadlineMs: 240, risk });
    expect(fixed.missed).toBeLessThan(risk);
    expect(chance.missed).toBeLessThanOrEqual(risk);
    expect(hopeless).toBeLessThan(risk);
  });
});

function failed(): never {
  throw new Error('there are nine uplinks');
}
