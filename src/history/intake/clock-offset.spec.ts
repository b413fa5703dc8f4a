import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockOffset } from './clock-offset.js';

const ONE_WAY = fc.double({ min: 0, max: 400, noNaN: true });

describe('the offset of a device’s clock', () => {
  it('is never further from the truth than it says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.array(fc.tuple(ONE_WAY, ONE_WAY), { minLength: 1, maxLength: 100 }),
        (truth, delays) => {
          const offset = new ClockOffset();
          let nowMs = 1e12;
          for (const [up, down] of delays) {
            nowMs += 500;
            offset.arrived(nowMs - truth - up, nowMs);
            offset.received(nowMs - 300, nowMs - 300 + down - truth, nowMs);
            const { offsetMs, errorMs } = offset.estimate() ?? { offsetMs: 0, errorMs: -1 };
            expect(Math.abs(offsetMs - truth)).toBeLessThanOrEqual(errorMs + 1e-3);
          }
        },
      ),
    );
  });

  it('tightens with every message that was quicker', () => {
    const offset = new ClockOffset();
    offset.arrived(1000, 1400);
    offset.received(1000, 1300, 1400);
    expect(offset.estimate()).toEqual({ offsetMs: 50, errorMs: 350 });
    offset.arrived(2000, 2010);
    offset.received(2000, 2010, 2010);
    expect(offset.estimate()).toEqual({ offsetMs: 0, errorMs: 10 });
  });

  it.each([3_600_000, -3_600_000])('starts again when the clock is set by %d ms', (byMs) => {
    const offset = new ClockOffset();
    for (let at = 0; at < 20_000; at += 1000) {
      offset.arrived(at, at + 10);
      offset.received(at, at + 10, at + 10);
    }
    for (let at = 20_000; at < 22_000; at += 1000) {
      offset.arrived(at + byMs, at + 10);
      offset.received(at, at + byMs + 10, at + 10);
    }
    const { offsetMs, errorMs } = offset.estimate() ?? { offsetMs: 0, errorMs: 0 };
    expect(Math.abs(offsetMs + byMs)).toBeLessThanOrEqual(10);
    expect(errorMs).toBe(10);
  });

  it('forgets bounds that drift has made worthless', () => {
    const offset = new ClockOffset();
    offset.arrived(0, 1);
    offset.received(0, 0, 1);
    offset.arrived(100_000, 100_050);
    offset.received(100_000, 99_960, 100_050);
    expect(offset.estimate()).toEqual({ offsetMs: 45, errorMs: 5 });
  });

  it('is unknown while an answer does not bound it', () => {
    const offset = new ClockOffset();
    expect(offset.estimate()).toBeNull();
    offset.arrived(1000, 1110);
    expect(offset.estimate()).toBeNull();
  });

  it('is unknown again when an answer contradicts all messages', () => {
    const offset = new ClockOffset();
    offset.arrived(1000, 1010);
    offset.received(90_000, 1000, 1010);
    expect(offset.estimate()).toBeNull();
  });

  it('ignores an answer that would have taken longer than messages travel', () => {
    const offset = new ClockOffset();
    offset.arrived(1000, 1010);
    offset.received(990, 1000, 1010);
    offset.received(1000, 1000 + 1e12, 1010);
    expect(offset.estimate()).toEqual({ offsetMs: 0, errorMs: 10 });
  });
});
