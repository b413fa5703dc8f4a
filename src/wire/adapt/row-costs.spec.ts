import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeadlineGoal } from '../fields.js';
import { chanceLate, deadlineCost, type Outlook } from './row-costs.js';
import type { RowTimes } from './row-times.js';

const ms = (max: number) => fc.double({ min: 0, max, noNaN: true });

const row: fc.Arbitrary<RowTimes> = fc
  .record({
    deviceMs: ms(500),
    latencyMs: ms(50),
    returnMs: ms(50),
    bytes: fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 3 }),
    cloudMs: ms(100),
  })
  .map(({ deviceMs, latencyMs, returnMs, bytes, cloudMs }) => ({
    ...{ deviceMs, latencyMs, returnMs },
    ownMs: bytes.length === 0 ? deviceMs : 0,
    uploads: bytes.map((size, i) => ({
      readyMs: (deviceMs * (i + 1)) / bytes.length,
      bytes: size,
      cloudMs,
    })),
  }));

const outlook: fc.Arbitrary<Outlook> = fc
  .record({
    rates: fc.array(fc.double({ min: 1e-5, max: 0.05, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    }),
    slowdown: fc.double({ min: 0.5, max: 3, noNaN: true }),
    localMs: ms(1500),
  })
  .map(({ rates, slowdown, localMs }) => ({
    scenarios: rates.map((msPerByte) => ({ msPerByte, probability: 1 / rates.length })),
    pace: { slowdown },
    localMs,
  }));

/** Walks one frame by hand, tensor after tensor; true when neither cloud nor device are there by the deadline. */
function isLate(times: RowTimes, one: Outlook, msPerByte: number, deadlineMs: number): boolean {
  const { slowdown = 1 } = one.pace;
  let [linkMs, cloudMs] = [0, 0];
  for (const upload of times.uploads) {
    linkMs = Math.max(linkMs, upload.readyMs * slowdown) + upload.bytes * msPerByte;
    cloudMs = Math.max(cloudMs, linkMs + times.latencyMs) + upload.cloudMs;
  }
  const isLocal = times.uploads.length === 0;
  const cloudEndMs = isLocal ? 0 : cloudMs + times.returnMs;
  if (Math.max(times.ownMs * slowdown, cloudEndMs) <= deadlineMs) return false;
  const restMs = Math.max(0, one.localMs - times.deviceMs);
  return isLocal || (times.deviceMs + 1.05 * restMs) * slowdown > deadlineMs;
}

describe('the chance of being late', () => {
  it('is the share of the states of the link in which a frame walked by hand is late', () => {
    fc.assert(
      fc.property(row, outlook, ms(1500), (times, one, deadlineMs) => {
        const late = one.scenarios.filter(({ msPerByte }) =>
          isLate(times, one, msPerByte, deadlineMs),
        );
        expect(chanceLate(times, one, deadlineMs)).toBeCloseTo(
          late.length / one.scenarios.length,
          9,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('trusts in the device only where that can serve every frame', () => {
    const sent = {
      ...{ deviceMs: 0, ownMs: 0, latencyMs: 10, returnMs: 10 },
      uploads: [{ readyMs: 0, bytes: 100, cloudMs: 10 }],
    };
    // 30 ms over the one link, never over the other; 100 ms alone.
    const scenarios = [1e-3, 10].map((msPerByte) => ({ msPerByte, probability: 0.5 }));
    const chance = (intervalMs: number): number =>
      chanceLate(sent, { scenarios, pace: {}, localMs: 100, intervalMs }, 200);
    expect(chance(100)).toBe(0);
    expect(chance(99)).toBe(0.5);
  });

  it('counts the spread of computing times', () => {
    const local = { deviceMs: 100, ownMs: 100, uploads: [], latencyMs: 0, returnMs: 0 };
    const scenarios = [{ msPerByte: 1e-3, probability: 1 }];
    const chance = (spread: number): number =>
      chanceLate(local, { scenarios, pace: { spread }, localMs: 100 }, 110);
    expect(chance(0.05)).toBe(0);
    expect(chance(0.1)).toBeCloseTo(1 / 6);
  });
});

describe('the cost of a row for a deadline', () => {
  const goal: DeadlineGoal = { deadlineMs: 200, risk: 0.05 };
  const sent = (bytes: number): RowTimes => ({
    ...{ deviceMs: 0, ownMs: 0, latencyMs: 10, returnMs: 10 },
    uploads: [{ readyMs: 0, bytes, cloudMs: 10 }],
  });
  const seen = (rates: readonly number[]): Outlook => ({
    scenarios: rates.map((msPerByte) => ({ msPerByte, probability: 1 / rates.length })),
    pace: {},
    localMs: 400,
  });

  it('is least for the fewest bytes within the risk, and else for the least chance', () => {
    const steady = seen([1e-3]);
    const costs = [50_000, 100_000, 300_000].map((bytes) =>
      deadlineCost(sent(bytes), steady, goal, 300_000),
    );
    expect(costs[0]).toBeCloseTo(1 / 6);
    expect(costs[1]).toBeCloseTo(1 / 3);
    expect(costs[2]).toBeGreaterThan(2);
    const wild = seen([1e-3, 1e-3, 4e-3]);
    expect(deadlineCost(sent(40_000), wild, goal, 300_000)).toBeLessThan(1);
    expect(deadlineCost(sent(100_000), wild, goal, 300_000)).toBeCloseTo(4 / 3, 2);
  });

  it('is least for the lower expected latency where rows are late alike', () => {
    const slow = seen([1]);
    const [less, more] = [40_000, 80_000].map((bytes) =>
      deadlineCost(sent(bytes), slow, goal, 80_000),
    );
    expect(less).toBeLessThanOrEqual(more ?? 0);
  });
});
