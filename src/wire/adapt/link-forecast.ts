/**
 * What the time per byte may be when the next frame is sent. A radio link keeps its present rate for a while and then is like
 * it was at any time before: with a probability that falls with the age of the newest estimate the link is as it was then,
 * else like one of those remembered. How quickly it forgets is a property of the link: several half-lives foresee every
 * estimate side by side, and the one that foresaw best is believed.
 *
 * A plan is chosen by its expected latency over these, not by its latency at an expected rate: an average of the rate is too
 * hopeful, one of the time per byte too cautious where a frame that is late is finished on the device. A link that stands still
 * is no matter of foresight: frames that are out see it (local-finish.ts), and the ladder does.
 */

/** From a link that changes while one looks to one that stays as it is. */
const HALF_LIVES_MS = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, Number.POSITIVE_INFINITY];
/** Weight of the newest error in the merit of a half-life. */
const ERROR_WEIGHT = 0.03;
/** Estimates remembered, and how far apart they are: about two minutes of frames. */
const REMEMBERED = 64;
const APART_MS = 1000;
/** Times are differences of others: closer than this, they are one. */
const SAME_MS = 1e-3;

/** What the link may be like. */
export interface Scenario {
  readonly msPerByte: number;
  /** All of them add up to 1. */
  readonly probability: number;
}

/** What is to be expected of a link. */
export type Forecast = Pick<LinkForecast, 'learn' | 'scenarios'>;

export class LinkForecast {
  private readonly errors = HALF_LIVES_MS.map(() => 0);
  private readonly past: number[] = [];
  private rememberedAtMs = Number.NEGATIVE_INFINITY;
  private newest = 0;
  private newestAtMs = Number.NEGATIVE_INFINITY;

  /** Takes an estimate of the time per byte whose newest sample is of a time; one that was taken before is ignored. */
  learn(msPerByte: number, sampledAtMs: number): void {
    if (sampledAtMs <= this.newestAtMs + SAME_MS) return;
    if (this.past.length > 0) this.judge(msPerByte, sampledAtMs - this.newestAtMs);
    this.newest = msPerByte;
    this.newestAtMs = sampledAtMs;
    if (sampledAtMs < this.rememberedAtMs + APART_MS) return;
    this.rememberedAtMs = sampledAtMs;
    this.past.push(msPerByte);
    if (this.past.length > REMEMBERED) this.past.shift();
  }

  /** What the link may be like at a time; nothing before the first estimate. */
  scenarios(atMs: number): Scenario[] {
    if (this.past.length === 0) return [];
    const halfLifeMs = HALF_LIVES_MS[this.errors.indexOf(Math.min(...this.errors))];
    const asNow = 2 ** (-Math.max(0, atMs - this.newestAtMs) / (halfLifeMs ?? 1));
    const other = (1 - asNow) / this.past.length;
    return [
      { msPerByte: this.newest, probability: asNow },
      ...this.past.map((msPerByte) => ({ msPerByte, probability: other })),
    ];
  }

  /** Holds what each half-life foresaw against what came, in the logarithm. */
  private judge(msPerByte: number, sinceMs: number): void {
    const meanLog = this.past.reduce((sum, one) => sum + Math.log(one), 0) / this.past.length;
    const newestLog = Math.log(this.newest);
    for (const [i, halfLifeMs] of HALF_LIVES_MS.entries()) {
      const foreseen = meanLog + 2 ** (-sinceMs / halfLifeMs) * (newestLog - meanLog);
      const before = this.errors[i] ?? 0;
      this.errors[i] = before + ERROR_WEIGHT * (Math.abs(Math.log(msPerByte) - foreseen) - before);
    }
  }
}
