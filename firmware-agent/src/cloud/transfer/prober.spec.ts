import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ByteBudget, LinkEstimator } from '../../../../src/wire/index.js';
import { monotonicMs, pause } from '../../clock.js';
import { PROBE_BYTES, Prober } from './prober.js';

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A prober on a link of some Mbps, 5 ms away, asked four times a second. */
class Probed {
  readonly estimator = new LinkEstimator();
  sentBytes = 0;
  private readonly prober: Prober;

  constructor(
    public mbps: number,
    budgetBytes = 20_000_000,
  ) {
    const budget = new ByteBudget(budgetBytes, PROBE_BYTES, monotonicMs());
    const send = async (bytes: Uint8Array): Promise<void> => {
      this.sentBytes += bytes.length;
      const transfer = this.estimator.sent(monotonicMs(), bytes.length);
      await pause(10 + (bytes.length * 8) / (this.mbps * 1000));
      this.estimator.acked(transfer, monotonicMs());
    };
    this.prober = new Prober(send, this.estimator, budget);
  }

  async live(ms: number): Promise<void> {
    for (let atMs = 0; atMs < ms; atMs += 250) {
      void this.prober.probe();
      await vi.advanceTimersByTimeAsync(250);
    }
  }

  quicken(): void {
    this.prober.quicken();
  }

  get ratio(): number {
    const estimate = this.estimator.estimate(monotonicMs());
    return estimate === null ? 0 : 8 / (estimate.uplinkMsPerByte * 1000) / this.mbps;
  }

  get confidence(): number {
    return this.estimator.estimate(monotonicMs())?.confidence ?? 0;
  }
}

describe('Prober', () => {
  it.each([0.5, 1.1, 5.85, 18.88, 100])('finds %d Mbps within five seconds', async (mbps) => {
    const probed = new Probed(mbps);
    await probed.live(5000);
    // Timers tick in milliseconds, of which a quick link takes few.
    expect(probed.ratio).toBeGreaterThan(0.9);
    expect(probed.ratio).toBeLessThan(1.3);
    expect(probed.confidence).toBeGreaterThan(0.45);
  });

  it.each([
    [18.88, 1.1],
    [1.1, 18.88],
  ])('finds a change from %d to %d Mbps within ten seconds of the start', async (from, to) => {
    const probed = new Probed(from);
    await probed.live(4000);
    probed.mbps = to;
    await probed.live(10_000);
    expect(probed.ratio).toBeGreaterThan(0.8);
    expect(probed.ratio).toBeLessThan(1.25);
  });

  it('sends less and less while the link stays as it is, and more when it changes', async () => {
    const probed = new Probed(5.85);
    await probed.live(3 * MINUTE_MS);
    const settled = probed.sentBytes;
    await probed.live(3 * MINUTE_MS);
    const quiet = probed.sentBytes - settled;
    expect(quiet).toBeLessThan(settled / 2);
    probed.mbps = 1.1;
    await probed.live(2 * MINUTE_MS);
    expect(probed.ratio).toBeCloseTo(1, 1);
  });

  it('probes a link it had known for long within some seconds when news is needed', async () => {
    const probed = new Probed(5.85);
    await probed.live(5 * MINUTE_MS);
    probed.mbps = 1.1;
    probed.quicken();
    await probed.live(10_000);
    expect(probed.ratio).toBeGreaterThan(0.8);
    expect(probed.ratio).toBeLessThan(1.25);
  });

  it('spends no more than its budget', async () => {
    const probed = new Probed(100, 2_000_000);
    await probed.live(10 * MINUTE_MS);
    expect(probed.sentBytes).toBeLessThan(PROBE_BYTES + 2_000_000 / 144 + 1);
    const none = new Probed(100, 0);
    await none.live(MINUTE_MS);
    expect(none.sentBytes).toBe(0);
  });
});
