/**
 * What the time per byte will be when the next frame is sent. A radio link comes back to its mean: the newest estimate is worth
 * the less the older it is, and how quickly is a property of the link. So several half-lives are tried side by side on every
 * estimate that comes, and the one that foresaw best lately is believed. Milliseconds per byte throughout: at a given plan the
 * latency is (nearly) linear in them, so the plan for their expectation is the plan of least expected latency.
 */

/** From a link that changes while one looks to one that never comes back to its mean. */
const HALF_LIVES_MS = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, Number.POSITIVE_INFINITY];
/** Half-life of the mean itself: some twenty times the memory of a quick link. */
const MEAN_HALF_LIFE_MS = 60_000;
/** Weight of the newest error in the merit of a half-life. */
const ERROR_WEIGHT = 0.03;
/** Times are differences of others: closer than this, they are one. */
const SAME_MS = 1e-3;

/** What is to be expected of a link. */
export type Forecast = Pick<LinkForecast, 'learn' | 'expect'>;

export class LinkForecast {
  private readonly errors = HALF_LIVES_MS.map(() => 0);
  private mean: number | undefined;
  private newest = 0;
  private newestAtMs = Number.NEGATIVE_INFINITY;
  private count = 0;
  /** What the estimate has grown to since its newest sample: a packet does not arrive. */
  private stalled = 0;

  /** Takes an estimate of the time per byte whose newest sample is of a time. */
  learn(msPerByte: number, sampledAtMs: number): void {
    this.stalled = msPerByte > this.newest ? msPerByte : 0;
    if (sampledAtMs <= this.newestAtMs + SAME_MS) return;
    this.stalled = 0;
    if (this.mean === undefined) this.mean = msPerByte;
    else this.judge(this.mean, msPerByte, sampledAtMs - this.newestAtMs);
    this.newest = msPerByte;
    this.newestAtMs = sampledAtMs;
    this.count += 1;
  }

  /** The time per byte to expect at a time; undefined before the first estimate. */
  expect(atMs: number): number | undefined {
    if (this.mean === undefined) return undefined;
    const best = this.errors.indexOf(Math.min(...this.errors));
    const ageMs = Math.max(0, atMs - this.newestAtMs);
    const halfLifeMs = HALF_LIVES_MS[best] ?? Number.POSITIVE_INFINITY;
    return Math.max(this.stalled, this.foreseen(this.mean, halfLifeMs, ageMs));
  }

  private judge(mean: number, msPerByte: number, sinceMs: number): void {
    for (const [i, halfLifeMs] of HALF_LIVES_MS.entries()) {
      const error = Math.abs(Math.log(msPerByte / this.foreseen(mean, halfLifeMs, sinceMs)));
      const before = this.errors[i] ?? 0;
      this.errors[i] = before + ERROR_WEIGHT * (error - before);
    }
    const weight = Math.max(1 / (this.count + 1), 1 - 2 ** (-sinceMs / MEAN_HALF_LIFE_MS));
    this.mean = mean + weight * (msPerByte - mean);
  }

  private foreseen(mean: number, halfLifeMs: number, ageMs: number): number {
    return mean + 2 ** (-ageMs / halfLifeMs) * (this.newest - mean);
  }
}
