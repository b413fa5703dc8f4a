/**
 * Times the link when no tensor does: a tiny packet for the round trip, larger ones for the rate, within a day's budget.
 * Probes follow each other quickly while they find news and ever more seldom while they find none.
 */
import { randomBytes } from 'node:crypto';
import {
  type ByteBudget,
  type LinkEstimator,
  MAX_PROBE_PACKET_BYTES,
  ProbeRhythm,
  probePacketBytes,
  TINY_PROBE_BYTES,
} from '../../../../src/wire/index.js';
import { monotonicMs, waitAtMost } from '../../clock.js';

/** Packets are added while the confidence of the estimate is below this, up to a number, within a time. */
const SURE = 0.5;
const MAX_PACKETS = 4;
const ADDING_MS = 1000;
/** The most that one probe can cost. */
export const PROBE_BYTES = 2 * TINY_PROBE_BYTES + MAX_PACKETS * MAX_PROBE_PACKET_BYTES;

/** Longest wait for the acknowledgement of a probe. */
const WAIT_MS = 5000;

export class Prober {
  private readonly rhythm = new ProbeRhythm();
  private isProbing = false;

  constructor(
    private readonly send: (bytes: Uint8Array) => Promise<void>,
    private readonly estimator: LinkEstimator,
    private readonly budget: ByteBudget,
  ) {}

  /** Probes unless a sample is fresh, a probe is on its way or the budget is spent; never rejects. */
  async probe(): Promise<void> {
    const nowMs = monotonicMs();
    const before = this.estimator.estimate(nowMs);
    if (this.isProbing || !this.rhythm.isDue(before)) return;
    const firstBytes = probePacketBytes(before);
    if (!this.budget.take(2 * TINY_PROBE_BYTES + firstBytes, nowMs)) return;
    this.isProbing = true;
    try {
      await waitAtMost(WAIT_MS, this.sendAll(firstBytes, nowMs));
    } catch {
      // The connection was lost; the next session probes again.
    } finally {
      this.isProbing = false;
    }
    const after = this.estimator.estimate(monotonicMs());
    this.rhythm.learn(before, after, this.estimator.isUnsettled);
  }

  /** The next probe may come soon: news is likely, or needed. */
  quicken(): void {
    this.rhythm.quicken();
  }

  private async sendAll(firstBytes: number, startMs: number): Promise<void> {
    // The first round trip pays for warming up; the estimator keeps the least.
    await this.send(randomBytes(TINY_PROBE_BYTES));
    await this.send(randomBytes(TINY_PROBE_BYTES));
    await this.send(randomBytes(firstBytes));
    let bytes = firstBytes;
    for (let packets = 1; packets < MAX_PACKETS; packets++) {
      const nowMs = monotonicMs();
      const estimate = this.estimator.estimate(nowMs);
      const { isUnsettled } = this.estimator;
      const isSure = !isUnsettled && (estimate?.confidence ?? 0) >= SURE;
      if (isSure || nowMs - startMs > ADDING_MS) return;
      // A packet that was acknowledged too quickly to measure is followed by a larger one.
      bytes = isUnsettled
        ? Math.min(MAX_PROBE_PACKET_BYTES, 2 * bytes)
        : probePacketBytes(estimate);
      if (!this.budget.take(bytes, nowMs)) return;
      await this.send(randomBytes(bytes));
    }
  }
}
