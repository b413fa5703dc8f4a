/** Times the link when no tensor does: one tiny packet for the round trip, one larger for the rate, within a day's budget. */
import { randomBytes } from 'node:crypto';
import { monotonicMs, waitAtMost } from '../clock.js';
import type { ByteBudget } from '../link/byte-budget.js';
import type { LinkEstimator } from '../link/link-estimator.js';

const TINY_BYTES = 16;
const LARGE_BYTES = 24 * 1024;
/** A link that takes a large packet sooner gets two more: one packet of a few milliseconds tells little. */
const QUICK_MS = 100;
/** The most one probe can cost. */
export const PROBE_BYTES = 2 * TINY_BYTES + 3 * LARGE_BYTES;
/** No probe while a sample is younger. */
const FRESH_MS = 30_000;
/** At most so long is waited for a probe's acknowledgement. */
const WAIT_MS = 5000;

export class Prober {
  constructor(
    private readonly send: (bytes: Uint8Array) => Promise<void>,
    private readonly estimator: LinkEstimator,
    private readonly budget: ByteBudget,
  ) {}

  /** Probes unless a sample is fresh or the budget is spent; never rejects. */
  async probe(): Promise<void> {
    const nowMs = monotonicMs();
    const estimate = this.estimator.estimate(nowMs);
    if (estimate !== null && estimate.ageMs < FRESH_MS) return;
    if (!this.budget.take(PROBE_BYTES, nowMs)) return;
    await waitAtMost(
      WAIT_MS,
      this.sendAll().catch(() => undefined),
    );
  }

  private async sendAll(): Promise<void> {
    // The first round trip pays for warming up; the estimator keeps the least.
    await this.send(randomBytes(TINY_BYTES));
    await this.send(randomBytes(TINY_BYTES));
    const startMs = monotonicMs();
    await this.send(randomBytes(LARGE_BYTES));
    if (monotonicMs() - startMs > QUICK_MS) return;
    await this.send(randomBytes(LARGE_BYTES));
    await this.send(randomBytes(LARGE_BYTES));
  }
}
