/**
 * Times the link when no tensor does: a tiny packet for the round trip, larger ones for the rate, within a day's budget.
 * Probes follow each other quickly while they find news and ever more seldom while they find none.
 */
import { randomBytes } from 'node:crypto';
import type { LinkEstimate } from '../../../src/wire/index.js';
import { monotonicMs, waitAtMost } from '../clock.js';
import type { ByteBudget } from '../link/byte-budget.js';
import type { LinkEstimator } from '../link/link-estimator.js';

const TINY_BYTES = 16;
/** Without an estimate; a 3G uplink takes it in an eighth of a second. */
const FIRST_BYTES = 16 * 1024;
/** With one, a packet is as large as the link takes in this time: less measures the timers, more delays frames. */
const PACKET_MS = 50;
const LEAST_BYTES = 8 * 1024;
const MOST_BYTES = 60 * 1024;
/** Packets are added while the estimate is less sure than this, up to so many, within this time. */
const SURE = 0.5;
const MOST_PACKETS = 4;
const ADDING_MS = 1000;
/** The most one probe can cost. */
export const PROBE_BYTES = 2 * TINY_BYTES + MOST_PACKETS * MOST_BYTES;

/** No probe while a sample is younger; doubled by every probe that finds the link as it was. */
const FRESH_MS = { least: 3000, most: 60_000 };
const NEWS_SHARE = 0.25;
/** At most so long is waited for a probe's acknowledgement. */
const WAIT_MS = 5000;

export class Prober {
  private freshMs = FRESH_MS.least;
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
    if (this.isProbing || (before !== null && before.ageMs < this.freshMs)) return;
    const firstBytes = packetBytes(before);
    if (!this.budget.take(2 * TINY_BYTES + firstBytes, nowMs)) return;
    this.isProbing = true;
    try {
      await waitAtMost(WAIT_MS, this.sendAll(firstBytes, nowMs));
    } catch {
      // The connection was lost; the next session probes again.
    } finally {
      this.isProbing = false;
    }
    const after = this.estimator.estimate(monotonicMs());
    const isNews =
      after === null || before === null || this.estimator.isUnsettled || differs(before, after);
    this.freshMs = isNews ? FRESH_MS.least : Math.min(FRESH_MS.most, 2 * this.freshMs);
  }

  private async sendAll(firstBytes: number, startMs: number): Promise<void> {
    // The first round trip pays for warming up; the estimator keeps the least.
    await this.send(randomBytes(TINY_BYTES));
    await this.send(randomBytes(TINY_BYTES));
    await this.send(randomBytes(firstBytes));
    let bytes = firstBytes;
    for (let packets = 1; packets < MOST_PACKETS; packets++) {
      const nowMs = monotonicMs();
      const estimate = this.estimator.estimate(nowMs);
      const { isUnsettled } = this.estimator;
      const isSure = !isUnsettled && (estimate?.confidence ?? 0) >= SURE;
      if (isSure || nowMs - startMs > ADDING_MS) return;
      // What was taken too quickly to tell is followed by more.
      bytes = isUnsettled ? Math.min(MOST_BYTES, 2 * bytes) : packetBytes(estimate);
      if (!this.budget.take(bytes, nowMs)) return;
      await this.send(randomBytes(bytes));
    }
  }
}

function packetBytes(estimate: LinkEstimate | null): number {
  if (estimate === null) return FIRST_BYTES;
  const bytes = Math.round(PACKET_MS / estimate.uplinkMsPerByte);
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, bytes));
}

function differs(before: LinkEstimate, after: LinkEstimate): boolean {
  const ratio = after.uplinkMsPerByte / before.uplinkMsPerByte;
  return ratio > 1 + NEWS_SHARE || ratio < 1 / (1 + NEWS_SHARE);
}
