/** The cap of a month: simulated months, restarts, kills, and boards that do not know the time. */
import { describe, expect, it } from 'vitest';
import { type KeptMonth, MonthlyCap, PRESENCE_BYTES } from './monthly-cap.js';

const CAP = 100_000_000;
const HOUR_MS = 3_600_000;
const NOV = Date.UTC(2026, 10, 1);
const DEC = Date.UTC(2026, 11, 1);

/** A device whose disk outlives its process, and whose monotonic clock its boot. */
class Device {
  kept: KeptMonth | null | undefined;
  monotonicMs = 0;
  boot = 'boot-1';
  cap = this.start();

  start(capBytes = CAP): MonthlyCap {
    this.cap = new MonthlyCap(capBytes, this.kept, this.boot, (kept) => {
      this.kept = structuredClone(kept);
    });
    return this.cap;
  }

  reboot(name: string): MonthlyCap {
    this.boot = name;
    this.monotonicMs = 0;
    return this.start();
  }

  use(bytes: number): void {
    this.cap.use(bytes, this.monotonicMs);
  }

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.use(0);
  }
}

describe('the cap of a month', () => {
  it('keeps presence free, and lets frames have the rest, to a percent', () => {
    const device = new Device();
    device.cap.learn(NOV, 0);
    let sent = 0;
    while (device.cap.allows(10_000, 0)) {
      device.use(10_000);
      sent += 10_000;
    }
    expect(sent).toBeGreaterThan(CAP - PRESENCE_BYTES - 0.011 * CAP);
    expect(sent).toBeLessThanOrEqual(CAP - PRESENCE_BYTES - 0.01 * CAP);
  });

  it('is spent until the month ends, and over when presence took what was left', () => {
    const device = new Device();
    device.cap.learn(NOV, 0);
    device.use(97_500_000);
    expect(device.cap.state).toBe('spent');
    device.pass(29 * 24 * HOUR_MS);
    expect(device.cap.state).toBe('spent');
    device.use(1_500_000);
    expect(device.cap.state).toBe('over');
    device.pass(24 * HOUR_MS);
    expect([device.cap.state, device.cap.used, device.cap.ofMonth]).toEqual(['open', 0, '2026-12']);
  });

  it('allows a simulated year of a greedy camera its cap in each month, and never more', () => {
    const device = new Device();
    device.cap.learn(NOV, 0);
    const byMonth = new Map<string, number>();
    for (let hour = 0; hour < 364 * 24; hour++) {
      device.pass(HOUR_MS);
      const month = device.cap.ofMonth ?? 'unknown';
      let bytes = 0;
      for (let i = 0; i < 100 && device.cap.allows(40_000, device.monotonicMs); i++) {
        device.use(40_000);
        bytes += 40_000;
      }
      // Presence by `minimal`.
      if (device.cap.state !== 'over') device.use(2500);
      byMonth.set(month, (byMonth.get(month) ?? 0) + bytes + 2500);
    }
    const whole = [...byMonth.values()];
    expect(whole).toHaveLength(12);
    expect(Math.max(...whole)).toBeLessThanOrEqual(1.01 * CAP);
    expect(Math.min(...whole)).toBeGreaterThan(0.97 * CAP);
  });

  it('refuses what does not fit and goes on with what does, until a frame does not', () => {
    const device = new Device();
    device.cap.learn(NOV, 0);
    device.use(50_000_000);
    expect(device.cap.allows(60_000_000, 0)).toBe(false);
    expect([device.cap.state, device.cap.allows(1_000_000, 0)]).toEqual(['open', true]);
    device.cap.spend();
    expect([device.cap.state, device.cap.allows(1, 0)]).toEqual(['spent', false]);
  });
});

describe('the count of a month', () => {
  it('forgets nothing at a kill −9, and is at most 64 KiB ahead', () => {
    const device = new Device();
    for (let i = 1; i <= 200; i++) {
      device.use(7777);
      expect(device.kept?.bytes).toBeGreaterThanOrEqual(7777 * i);
    }
    device.start();
    expect(device.cap.used).toBeGreaterThanOrEqual(200 * 7777);
    expect(device.cap.used).toBeLessThanOrEqual(200 * 7777 + 65_536);
  });

  it('is exact after an orderly end', () => {
    const device = new Device();
    device.use(123_456);
    device.cap.close();
    expect(device.start().used).toBe(123_456);
  });

  it('that is damaged counts as spent, not as nothing', () => {
    const device = new Device();
    device.kept = null;
    expect(device.start().state).toBe('spent');
    device.cap.learn(NOV, 0);
    expect(device.cap.state).toBe('spent');
    device.pass(31 * 24 * HOUR_MS);
    expect(device.cap.state).toBe('open');
  });
});

describe('a device that does not know the time', () => {
  it('goes on with its month, over any number of starts of the machine', () => {
    const device = new Device();
    device.cap.learn(NOV, 0);
    device.use(97_500_000);
    for (let i = 0; i < 50; i++) {
      device.reboot(`boot-${i + 2}`);
      device.pass(40 * 24 * HOUR_MS);
      expect(device.cap.timeAt(device.monotonicMs)).toBeUndefined();
      expect(device.cap.state).not.toBe('open');
    }
    device.cap.learn(DEC + HOUR_MS, device.monotonicMs);
    expect([device.cap.state, device.cap.ofMonth]).toEqual(['open', '2026-12']);
  });

  it('gives the first month it learns the bytes before', () => {
    const device = new Device();
    device.use(5_000_000);
    expect(device.cap.ofMonth).toBeNull();
    device.cap.learn(DEC - 1000, 0);
    expect([device.cap.used, device.cap.ofMonth]).toEqual([5_000_000, '2026-11']);
    device.pass(2000);
    expect([device.cap.used, device.cap.ofMonth]).toEqual([0, '2026-12']);
  });

  it('knows it again after a start of the process under the same start of the machine', () => {
    const device = new Device();
    device.cap.learn(DEC - HOUR_MS, 0);
    device.use(40_000_000);
    device.monotonicMs = 2 * HOUR_MS;
    device.start();
    device.use(1);
    expect([device.cap.used, device.cap.ofMonth]).toEqual([0, '2026-12']);
  });

  it('ignores a time before the last one', () => {
    const device = new Device();
    device.cap.learn(DEC, 0);
    device.use(10_000_000);
    device.cap.learn(NOV, 0);
    expect([device.cap.used, device.cap.ofMonth]).toEqual([10_000_000, '2026-12']);
    device.reboot('boot-2').learn(NOV, 0);
    expect(device.cap.ofMonth).toBe('2026-12');
  });
});
