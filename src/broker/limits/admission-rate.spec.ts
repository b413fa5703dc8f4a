import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../platform/index.js';
import { AdmissionRate, LATE_MS } from './admission-rate.js';

const HIGHEST_PER_S = 500;
const DEVICES = 2000;
/** All devices come within this time: the agent's first pause. */
const ARRIVALS_MS = 500;
/** A connection is work in some steps, a round trip apart. */
const STEPS = 5;
const TICK_MS = 10;
const FRAME_EVERY_MS = 50;
const FRAME_MS = 1;
const PAUSE_EVERY_MS = 250;
const LIMIT_MS = 300_000;

interface Gate {
  sampled(lateMs: number, nowMs: number, isWaiting: boolean): void;
  take(nowMs: number): boolean;
}

interface Machine {
  /** Of its processor for one connection, in all. */
  readonly connectMs: number;
  readonly roundTripMs: number;
  /** The process does nothing for so long, four times a second: others have its processor, or the collector. */
  readonly pauseMs?: number;
}

/** A simulated event loop: timers, then everything that is ready, one after the other. Frames of others come meanwhile. */
function storm(gate: Gate, { connectMs, roundTripMs, pauseMs = 0 }: Machine) {
  const steps: { readonly atMs: number; readonly left: number }[] = [];
  const stepMs = connectMs / STEPS;
  const everyMs = ARRIVALS_MS / DEVICES;
  let [nowMs, sampleMs, frameMs, worstFrameMs] = [0, TICK_MS, 0, 0];
  let [arrived, waiting, begun, next, ended] = [0, 0, 0, 0, 0];
  const work = (left: number): void => {
    nowMs += stepMs;
    if (left === 1) ended += 1;
    else steps.push({ atMs: nowMs + roundTripMs, left: left - 1 });
  };
  let pauseAtMs = PAUSE_EVERY_MS;
  while (ended < DEVICES && nowMs < LIMIT_MS) {
    if (nowMs >= pauseAtMs) {
      nowMs += pauseMs;
      pauseAtMs += PAUSE_EVERY_MS;
    }
    const turnMs = nowMs;
    if (sampleMs <= turnMs) {
      gate.sampled(turnMs - sampleMs, turnMs, waiting > 0);
      sampleMs = turnMs + TICK_MS;
      for (; waiting > 0 && gate.take(turnMs); waiting--) begun += 1;
    }
    for (; frameMs <= turnMs; frameMs += FRAME_EVERY_MS) {
      worstFrameMs = Math.max(worstFrameMs, nowMs - frameMs);
      nowMs += FRAME_MS;
    }
    for (; begun > 0; begun--) work(STEPS);
    for (let step = steps[next]; step !== undefined && step.atMs <= turnMs; step = steps[next]) {
      next += 1;
      work(step.left);
    }
    for (; arrived < DEVICES && arrived * everyMs <= turnMs; arrived++) waiting += 1;
    if (nowMs > turnMs) continue;
    const arrivalMs = arrived < DEVICES ? arrived * everyMs : LIMIT_MS;
    nowMs = Math.min(sampleMs, frameMs, steps[next]?.atMs ?? LIMIT_MS, arrivalMs);
  }
  return { tookS: nowMs / 1000, worstFrameMs, ended };
}

/** What was before: a bucket of two seconds. */
function fixed(perSecond: number): Gate {
  const bucket = new TokenBucket(perSecond, 2 * perSecond, 0);
  return {
    sampled: () => undefined,
    take(nowMs) {
      if (bucket.waitMs(1, nowMs) > 0) return false;
      bucket.take(1, nowMs);
      return true;
    },
  };
}

const adaptive = () => new AdmissionRate(HIGHEST_PER_S, 0);

describe('a storm of 2,000 devices', () => {
  it.each([
    ['a fast machine', { connectMs: 0.5, roundTripMs: 20 }, 8],
    ['a machine as measured', { connectMs: 2, roundTripMs: 20 }, 10],
    ['one as slow as it was', { connectMs: 5, roundTripMs: 50 }, 16],
    ['a slow machine', { connectMs: 20, roundTripMs: 50 }, 60],
    ['distant devices', { connectMs: 3, roundTripMs: 400 }, 16],
    ['a machine that others use', { connectMs: 2, roundTripMs: 20, pauseMs: 80 }, 20],
    ['a machine that bears no connection', { connectMs: 100, roundTripMs: 20 }, 300],
  ])('ends on %s, and no frame is late', (_, machine, limitS) => {
    const { tookS, worstFrameMs, ended } = storm(adaptive(), machine);
    expect(worstFrameMs).toBeLessThan(150);
    expect(ended).toBe(DEVICES);
    expect(tookS).toBeLessThan(limitS);
  });

  it('makes frames late at a fixed rate that the machine does not bear, and lasts longer than it needs on another', () => {
    const slow = { connectMs: 10, roundTripMs: 50 };
    expect(storm(fixed(200), slow).worstFrameMs).toBeGreaterThan(1000);
    const fast = { connectMs: 0.5, roundTripMs: 20 };
    expect(storm(fixed(200), fast).tookS).toBeGreaterThan(storm(adaptive(), fast).tookS);
  });
});

/** A rate that has seen a loop on time for a while, with connections waiting. */
function grown(forMs: number): AdmissionRate {
  const rate = adaptive();
  for (let nowMs = TICK_MS; nowMs <= forMs; nowMs += TICK_MS) {
    rate.sampled(0, nowMs, true);
    rate.take(nowMs);
  }
  return rate;
}

/** The loop is on time from then on, and nothing waits. */
function rests(rate: AdmissionRate, fromMs: number, toMs: number): void {
  for (let nowMs = fromMs + TICK_MS; nowMs <= toMs; nowMs += TICK_MS) rate.sampled(0, nowMs, false);
}

describe('the rate of admission', () => {
  it('rises to its limit while the loop is on time, and falls by steps while it is late', () => {
    const rate = grown(10_000);
    expect(rate.perSecond).toBe(HIGHEST_PER_S);
    rate.sampled(LATE_MS + 1, 10_010, true);
    expect([rate.perSecond, rate.take(10_011)]).toEqual([HIGHEST_PER_S, false]);
    rate.sampled(LATE_MS + 1, 10_020, true);
    expect(rate.perSecond).toBeCloseTo(0.7 * HIGHEST_PER_S);
    rate.sampled(LATE_MS + 1, 10_030, true);
    expect(rate.perSecond).toBeCloseTo(0.7 * HIGHEST_PER_S);
    for (let nowMs = 10_040; nowMs < 20_000; nowMs += 30) rate.sampled(LATE_MS + 1, nowMs, true);
    expect(rate.perSecond).toBe(HIGHEST_PER_S / 25);
  });

  it('does not change when nothing waits for it', () => {
    const rate = adaptive();
    for (let nowMs = 1000; nowMs < 20_000; nowMs += TICK_MS) {
      rate.sampled(nowMs % 100 === 0 ? 200 : 0, nowMs, false);
    }
    expect(rate.perSecond).toBe(HIGHEST_PER_S / 5);
  });

  it('is what it was at first after half a minute without a connection', () => {
    const rate = grown(10_000);
    rests(rate, 10_000, 39_000);
    expect(rate.perSecond).toBe(HIGHEST_PER_S);
    rests(rate, 39_000, 41_000);
    expect(rate.perSecond).toBe(HIGHEST_PER_S / 5);
  });

  it.each([
    ['no sample', undefined],
    ['no number', Number.NaN],
    ['a clock that went back', -5],
    ['a machine that was suspended', 3_600_000],
    ['infinity', Number.POSITIVE_INFINITY],
  ])(
    'takes %s for an unknown delay: it falls to the first rate, and nothing begins',
    (_, lateMs) => {
      const rate = grown(10_000);
      rate.sampled(lateMs, 10_010, true);
      expect(rate.perSecond).toBe(HIGHEST_PER_S / 5);
      expect(rate.take(10_011)).toBe(false);
      rate.sampled(0, 10_020, true);
      expect(rate.take(10_020)).toBe(true);
    },
  );

  it('takes a loop that was not measured lately for unknown', () => {
    const before = adaptive();
    expect([before.take(1), before.take(249), before.take(250)]).toEqual([false, false, true]);
    const rate = grown(1000);
    expect(rate.take(1150)).toBe(false);
  });

  it('lets one begin every quarter of a second, however late the loop is', () => {
    const rate = adaptive();
    let begun = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 50) {
      rate.sampled(500, nowMs, true);
      if (rate.take(nowMs)) begun += 1;
    }
    expect(begun).toBe(39);
  });

  it('lets no more begin at once than a fiftieth of a second brings, after any pause', () => {
    const rate = grown(10_000);
    rests(rate, 10_000, 15_010);
    let begun = 0;
    while (rate.take(15_010)) begun += 1;
    expect(begun).toBe(10);
  });

  it('stays within its limits whatever is measured', () => {
    const sinceMs = fc.double({ min: 0, max: 5000, noNaN: true });
    const sample = fc.tuple(fc.double({ min: -10, max: 5000 }), sinceMs);
    const highest = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(highest, fc.array(sample), (highestPerS, samples) => {
        const rate = new AdmissionRate(highestPerS, 0);
        let nowMs = 0;
        for (const [lateMs, passedMs] of samples) {
          nowMs += passedMs;
          rate.sampled(lateMs, nowMs, true);
          expect(rate.perSecond).toBeLessThanOrEqual(highestPerS);
          expect(rate.perSecond).toBeGreaterThanOrEqual(Math.min(highestPerS, highestPerS / 25));
        }
      }),
    );
  });
});
