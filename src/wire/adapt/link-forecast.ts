/**
 * Forecasts the time per byte of the next frame. A radio link keeps its rate for a while, then resembles any earlier state:
 * with a probability that falls with the age of the newest estimate the link is unchanged, otherwise like a remembered
 * estimate. Each link has its own half-life: several half-lives forecast every estimate, and the best one is used.
 *
 * A plan is chosen by its expected latency over the scenarios, not by its latency at an expected rate: an average rate is
 * too optimistic, an average time per byte too cautious, since late frames are finished on the device. Stalled links are
 * handled by local-finish.ts and the offline ladder.
 */

/** From a link that changes at once to a constant one. */
const HALF_LIVES_MS = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, Number.POSITIVE_INFINITY];
/** Weight of the newest error in the score of a half-life. */
const ERROR_WEIGHT = 0.03;
/** Remembered estimates and their distance: about two minutes of frames. */
const REMEMBERED = 64;
const APART_MS = 1000;
/** Times are differences: those closer than this are equal. */
const SAME_MS = 1e-3;

/** A possible state of the link. */
export interface Scenario {
  readonly msPerByte: number;
  /** The shares of all scenarios add up to 1. */
  readonly probability: number;
}

export type Forecast = Pick<LinkForecast, 'learn' | 'scenarios'>;

export class LinkForecast {
  private readonly errors = HALF_LIVES_MS.map(() => 0);
  private readonly past: number[] = [];
  private rememberedAtMs = Number.NEGATIVE_INFINITY;
  private newest = 0;
  private newestAtMs = Number.NEGATIVE_INFINITY;

  /** Adds an estimate of the time per byte, with the time of its newest sample; repeated estimates are ignored. */
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

  /** The scenarios at a time; none before the first estimate. */
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

  /** Scores the forecast of each half-life against the new estimate, in the logarithm. */
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
