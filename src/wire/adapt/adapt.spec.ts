import { describe, expect, it } from 'vitest';
import type { LinkEstimate } from '../fields.js';
import { LinkForecast } from './link-forecast.js';
import { isSoonerHere, lastMomentMs, usualDeadlineMs } from './local-finish.js';
import { OfflineLadder } from './offline-ladder.js';
import { minGain, RowChoice } from './row-choice.js';
import { latencyAt, overloadMs, type RowTimes } from './row-times.js';

const LOCAL: RowTimes = { deviceMs: 300, ownMs: 300, uploads: [], latencyMs: 20, returnMs: 20 };
const CLOUD: RowTimes = {
  ...LOCAL,
  deviceMs: 0,
  ownMs: 0,
  uploads: [{ readyMs: 0, bytes: 100_000, cloudMs: 30 }],
};
const MS_PER_BYTE = (mbps: number): number => 0.008 / mbps;

const link = (mbps: number, ageMs = 100, confidence = 0.9): LinkEstimate => ({
  ...{ uplinkMsPerByte: MS_PER_BYTE(mbps), rttMs: 40, ageMs, confidence, samples: 9 },
});

describe('the latency of a row', () => {
  it('adds sequential work and overlaps parallel work', () => {
    expect(latencyAt(LOCAL, 1)).toBe(300);
    expect(latencyAt(CLOUD, 0.001)).toBeCloseTo(100 + 20 + 30 + 20);
    const two = {
      ...CLOUD,
      uploads: [
        { readyMs: 10, bytes: 1000, cloudMs: 50 },
        { readyMs: 20, bytes: 1000, cloudMs: 5 },
      ],
    };
    expect(latencyAt(two, 0.03)).toBeCloseTo(10 + 30 + 20 + 50 + 5 + 20);
    expect(latencyAt(two, 0.03, { slowdown: 2, cloudLoad: 3, queueMs: 7 })).toBeCloseTo(
      20 + 30 + 20 + 7 + 150 + 15 + 20,
    );
  });
});

describe('an overload', () => {
  /** The mean wait of the first 33 frames of one machine, frame by frame. */
  const waitMs = (loadMs: number, intervalMs: number): number => {
    let [freeMs, sumMs] = [0, 0];
    for (let frame = 0; frame < 33; frame++) {
      const beginMs = Math.max(freeMs, frame * intervalMs);
      sumMs += beginMs - frame * intervalMs;
      freeMs = beginMs + loadMs;
    }
    return sumMs / 33;
  };

  it('costs what frames wait on the busiest machine, and nothing while none is overloaded', () => {
    for (const intervalMs of [50, 99, 100, 101, 250, 300, 1000]) {
      expect(overloadMs(LOCAL, 1, intervalMs)).toBeCloseTo(waitMs(300, intervalMs));
      expect(overloadMs(CLOUD, 0.001, intervalMs)).toBeCloseTo(waitMs(100, intervalMs));
    }
    expect(overloadMs(LOCAL, 1, 400, { slowdown: 2 })).toBeCloseTo(waitMs(600, 400));
  });

  it('begins where the margin of a machine does, and the margin of the device covers a slowdown', () => {
    const margins = { device: 0.25, uplink: 0.5 };
    const local = (intervalMs: number, slowdown = 1): number =>
      overloadMs(LOCAL, 1, intervalMs, { slowdown }, margins);
    expect([local(401), local(401, 1.3)]).toEqual([0, 0]);
    expect(local(390)).toBeCloseTo(waitMs(400, 390));
    expect(local(400, 2)).toBeCloseTo(waitMs(600, 400));
    expect(overloadMs(CLOUD, 0.001, 201, {}, margins)).toBe(0);
    expect(overloadMs(CLOUD, 0.001, 150, {}, margins)).toBeCloseTo(waitMs(200, 150));
  });
});

describe('RowChoice', () => {
  const choice = (): RowChoice => new RowChoice([LOCAL, CLOUD], new LinkForecast(), 1);
  const at = (atMs: number, mbps: number) => ({ atMs, link: link(mbps), assumedMsPerByte: 0.0016 });

  it('follows a step of a steady link at the next frame', () => {
    const one = choice();
    for (let s = 0; s < 10; s++) expect(one.choose(at(1000 * s, 50)).row).toBe(1);
    expect(one.choose(at(10_000, 0.5))).toMatchObject({ row: 0, isSwitch: true });
  });

  it('prefers a row that keeps up with the frames to a quicker one that does not', () => {
    // Over 20 Mbps 110 ms, 40 of them on the link; and 104 ms, 60 of them on the device.
    const uploads = [{ readyMs: 60, bytes: 10_000, cloudMs: 0 }];
    const split: RowTimes = { ...CLOUD, deviceMs: 60, uploads };
    const chosen = (moment: object, start: number): number =>
      new RowChoice([CLOUD, split], new LinkForecast(), start).choose({ ...at(0, 20), ...moment })
        .row;
    expect(chosen({}, 0)).toBe(1);
    expect(chosen({ intervalMs: 100 }, 0)).toBe(1);
    expect(chosen({ intervalMs: 70 }, 0)).toBe(1);
    expect(chosen({ intervalMs: 70, margins: { device: 0.2, uplink: 0 } }, 0)).toBe(0);
    expect(chosen({ intervalMs: 50 }, 1)).toBe(0);
    expect(chosen({ intervalMs: 50 }, 0)).toBe(0);
  });

  it('requires more gain after more switches, and an impossible one after six', () => {
    const gains = [0, 1, 2, 3, 4, 5, 6].map((recent) => minGain(1, recent));
    expect(gains[0]).toBeCloseTo(0.03);
    expect(gains.every((gain, i) => i === 0 || gain > (gains[i - 1] ?? 0))).toBe(true);
    expect(gains[6]).toBe(Number.POSITIVE_INFINITY);
    expect(minGain(0, 0)).toBeCloseTo(0.1);
  });

  it('holds back a slightly better row, and counts it once per occasion', () => {
    const one = choice();
    for (let s = 0; s < 5; s++) one.choose(at(1000 * s, 3.48));
    expect(one.counts).toEqual({ switches: 0, suppressed: 0 });
    for (let s = 5; s < 90; s++) one.choose(at(1000 * s, 3.43));
    expect(one.counts).toEqual({ switches: 0, suppressed: 1 });
  });

  it('switches at most six times in a minute on a fluctuating link', () => {
    const one = choice();
    const switched: number[] = [];
    for (let s = 0; s < 600; s++) {
      if (one.choose(at(1000 * s, s % 2 === 0 ? 0.3 : 300)).isSwitch) switched.push(s);
    }
    const maximum = Math.max(
      ...switched.map((s) => switched.filter((t) => t > s - 60 && t <= s).length),
    );
    expect(maximum).toBeLessThanOrEqual(6);
    expect(one.counts.suppressed).toBeGreaterThan(100);
  });

  it.each([
    ['rows of like latency are close, whatever they send', 400, 2.95, true],
    ['a row that is much quicker is not, where the current one is in time', 400, 50, false],
    ['a row that is much slower is not, where all are late', 200, 0.1, false],
  ])('judges with a goal by latency: %s', (_, deadlineMs, mbps, isClose) => {
    const goal = { deadlineMs, risk: 0.05 };
    const one = new RowChoice([LOCAL, CLOUD], new LinkForecast(), 0, undefined, { deadline: goal });
    expect(one.choose(at(0, mbps))).toMatchObject({ row: 0, isClose });
    expect(one.choose({ ...at(1000, mbps), isAlone: true }).isClose).toBe(false);
  });

  it.each([
    [0, 1],
    [1.9, 1],
    [2.5, 0],
  ])('weighs rows with a price of %d ms per KB of what they send', (bytesPrice, row) => {
    // Over 20 Mbps: 110 ms with 100 KB, against 300 ms with none. With the price the current row costs 110, 300 and 360.
    const one = new RowChoice([LOCAL, CLOUD], new LinkForecast(), 1, undefined, { bytesPrice });
    const chosen = one.choose(at(0, 20));
    expect(chosen.row).toBe(row);
    expect(chosen.predictedMs).toBeCloseTo(row === 1 ? 110 : 300);
  });

  it('goes on with a silent cloud where no row sends nothing', () => {
    const split = { ...CLOUD, uploads: [{ readyMs: 100, bytes: 10_000, cloudMs: 30 }] };
    const one = new RowChoice([CLOUD, split], new LinkForecast(), 1);
    const chosen = one.choose({ ...at(0, 5), isAlone: true });
    expect([chosen.row, chosen.isSwitch]).toEqual([1, false]);
  });

  it('leaves a silent cloud whatever the spent budget', () => {
    const one = choice();
    for (let s = 0; s < 30; s++) one.choose(at(1000 * s, s % 2 === 0 ? 0.3 : 300));
    while (one.row !== 1) one.choose(at(120_000, 300));
    expect(one.choose({ ...at(121_000, 300), isAlone: true }).row).toBe(0);
  });
});

describe('LinkForecast', () => {
  it('weights an old estimate by how long the link kept its rate before', () => {
    const [calm, wild] = [new LinkForecast(), new LinkForecast()];
    for (let s = 0; s < 200; s++) {
      calm.learn(0.001 * (1 + Math.floor(s / 40)), 1000 * s);
      wild.learn(s % 2 === 0 ? 0.001 : 0.004, 1000 * s);
    }
    const asNow = (one: LinkForecast): number => one.scenarios(205_000)[0]?.probability ?? 0;
    expect(asNow(calm)).toBeGreaterThan(0.8);
    expect(asNow(wild)).toBeLessThan(0.01);
    const sum = wild.scenarios(205_000).reduce((all, { probability }) => all + probability, 0);
    expect(sum).toBeCloseTo(1);
  });
});

describe('local finish', () => {
  const out = {
    ...{ unackedBytes: 50_000, afterLinkMs: 70, restHereMs: 300, overdueMs: 0 },
    isDeviceTaken: false,
  };

  it('begins when the link is slower than the device, or silent for that long', () => {
    expect(isSoonerHere(out, 0.001)).toBe(false);
    expect(isSoonerHere(out, 0.005)).toBe(true);
    expect(isSoonerHere({ ...out, overdueMs: 301 }, 0.001)).toBe(true);
    expect(isSoonerHere({ ...out, unackedBytes: 0, overdueMs: 301 }, 1)).toBe(false);
  });

  it('does not take the device from other frames while the link works', () => {
    const taken = { ...out, isDeviceTaken: true };
    expect(isSoonerHere(taken, 0.005)).toBe(false);
    expect(isSoonerHere({ ...taken, overdueMs: 301 }, 0.005)).toBe(true);
  });

  it('begins early enough to end at the deadline', () => {
    expect(lastMomentMs(1000, 300)).toBe(700);
    expect(lastMomentMs(1000, 300, true)).toBe(685);
    expect(lastMomentMs(200, 300)).toBe(0);
    expect(usualDeadlineMs(100, 300)).toBe(1000);
    expect(usualDeadlineMs(1200, 6300)).toBe(7500);
  });
});

describe('OfflineLadder', () => {
  it('goes down after two unanswered frames, up after a sample, and down after one more', () => {
    const ladder = new OfflineLadder();
    ladder.silent(1000);
    expect(ladder.isAlone(1100, null)).toBe(false);
    ladder.answered();
    ladder.silent(2000);
    ladder.silent(3000);
    expect(ladder.isAlone(4000, link(5, 2000))).toBe(true);
    expect(ladder.isAlone(5000, link(5, 100))).toBe(false);
    ladder.silent(6000);
    expect(ladder.isAlone(6100, link(5, 1200))).toBe(true);
  });

  it('sends frames again after five minutes without a sample', () => {
    const ladder = new OfflineLadder();
    ladder.silent(0);
    ladder.silent(1000);
    expect(ladder.isAlone(300_000, null)).toBe(true);
    expect(ladder.isAlone(301_000, null)).toBe(false);
    ladder.silent(302_000);
    expect(ladder.isAlone(601_000, null)).toBe(true);
    expect(ladder.isAlone(602_000, link(5, 400_000))).toBe(false);
  });

  it('stays down without a session, and sends frames again with one', () => {
    const ladder = new OfflineLadder();
    ladder.silent(0);
    ladder.silent(1000);
    expect(ladder.isAlone(301_000, null, false)).toBe(true);
    expect(ladder.isAlone(900_000, null, false)).toBe(true);
    expect(ladder.isAlone(901_000, null, true)).toBe(false);
  });
});
