/**
 * Chooses the row of a plan table that the next frame follows (docs/decisions/0030-rows-and-their-price.md).
 *
 * At most six switches are allowed per minute, without knowing the future: the online knapsack problem. Its threshold rule
 * (Zhou, Chakrabarty, Lukose 2008) accepts an offer of value v when v ≥ L^(1−z), where z is the spent share of the budget
 * and values lie between L and 1. The value of a switch is its relative gain of latency; L is the minimum gain, larger for
 * an uncertain estimate. So a sudden drop of a steady link is followed at once. A link that fluctuates around a breakpoint,
 * where both plans cost nearly the same, is not. The limit always holds.
 *
 * With a deadline, the value of a switch is its gain of keeping the deadline, or of bytes where that is kept (row-costs.ts).
 * Where bytes have a price, it is its gain of latency and price together.
 *
 * Leaving a silent cloud is always allowed. So the last switch of the budget is reserved for it: a row that sends is only
 * chosen while one more switch is left, and after repeated silences the device stays alone longer.
 */
import type { LinkEstimate } from '../fields.js';
import type { Forecast } from './link-forecast.js';
import {
  bytesOf,
  deadlineCost,
  expectedMs,
  type Outlook,
  priceOfRow,
  type RowAim,
} from './row-costs.js';
import type { Pace, RowMargins, RowTimes } from './row-times.js';

/** Maximum switches in any minute. */
export const SWITCHES_PER_MINUTE = 6;
const MINUTE_MS = 60_000;
/** Minimum gain without recent switches: for a certain estimate, and the addition for a guess. */
export const MIN_GAIN = 0.03;
export const GAIN_FOR_DOUBT = 0.07;

/** Rows whose expected latency is less than this many times that of the current one justify a probe of the link. */
const CLOSE = 1.25;

/** The state when a frame begins. */
export interface Moment extends Pace {
  readonly atMs: number;
  /** Null before the first estimate. */
  readonly link: LinkEstimate | null;
  /** Used before the first estimate. */
  readonly assumedMsPerByte: number;
  /** True while the cloud is silent: only a row that sends nothing is allowed. */
  readonly isAlone?: boolean;
  /** Interval of the frames; absent: one frame at a time. */
  readonly intervalMs?: number;
  /** What device and link keep free of the interval; absent: nothing. */
  readonly margins?: RowMargins;
}

/** The row to follow; `isHeldBack`: another is better, but not by enough. */
export interface Choice {
  readonly row: number;
  readonly predictedMs: number;
  readonly isSwitch: boolean;
  readonly isHeldBack: boolean;
  /** Another row is about as good: probe the link. */
  readonly isClose: boolean;
}

/** The minimum gain of a switch, given the switches in the last minute. */
export function minGain(confidence: number, recentSwitches: number): number {
  const spent = recentSwitches / SWITCHES_PER_MINUTE;
  if (spent >= 1) return Number.POSITIVE_INFINITY;
  return (MIN_GAIN + GAIN_FOR_DOUBT * (1 - confidence)) ** (1 - spent);
}

export class RowChoice {
  /** Switches made, and better rows not followed (counted once per occasion). */
  readonly counts = { switches: 0, suppressed: 0 };
  private current: number;
  private recentAtMs: number[] = [];
  private heldBackRow: number | undefined;
  /** The device alone. */
  private readonly localMs: number;
  private readonly maxBytes: number;

  /**
   * Rows in any order; `start` is the current one. Earlier switches among other rows count against the budget.
   */
  constructor(
    private readonly rows: readonly RowTimes[],
    private readonly forecast: Forecast,
    start = 0,
    before?: RowChoice,
    private readonly aim: RowAim = {},
  ) {
    this.current = start;
    this.recentAtMs = [...(before?.recentAtMs ?? [])];
    this.maxBytes = Math.max(...rows.map(bytesOf));
    const alone = rows.find(({ uploads }) => uploads.length === 0);
    this.localMs = alone?.deviceMs ?? Number.POSITIVE_INFINITY;
  }

  /** The current row. */
  get row(): number {
    return this.current;
  }

  /** Chooses the row of a frame that begins now. */
  choose(moment: Moment): Choice {
    const { atMs, link } = moment;
    if (link !== null) this.forecast.learn(link.uplinkMsPerByte, atMs - link.ageMs);
    const scenarios = this.forecast.scenarios(atMs);
    if (scenarios.length === 0) {
      scenarios.push({ msPerByte: moment.assumedMsPerByte, probability: 1 });
    }
    const { intervalMs, margins } = moment;
    const outlook: Outlook = {
      ...{ scenarios, pace: moment, localMs: this.localMs },
      ...(intervalMs !== undefined && { intervalMs }),
      ...(margins !== undefined && { margins }),
    };
    const latenciesMs = this.rows.map((times) => expectedMs(times, outlook));
    // Where limits leave no row that sends nothing, a silent cloud changes nothing: the device finishes frames by itself.
    const isAlone = moment.isAlone === true && this.localMs < Number.POSITIVE_INFINITY;
    const isAllowed = this.rows.map(({ uploads }) => !isAlone || uploads.length === 0);
    const costs = this.costsOf(latenciesMs, outlook);
    const allowedCosts = costs.map((cost, row) =>
      isAllowed[row] ? cost : Number.POSITIVE_INFINITY,
    );
    const best = allowedCosts.indexOf(Math.min(...allowedCosts));
    const [now = 0, least = 0] = [allowedCosts[this.current], allowedCosts[best]];
    const gain = now === Number.POSITIVE_INFINITY ? now : 1 - least / now;
    const isSwitch = this.isWorthIt(best, gain, moment);
    const isHeldBack = best !== this.current && !isSwitch;
    if (isSwitch) this.switchTo(best, atMs);
    else this.countHeldBack(isHeldBack ? best : undefined);
    const predictedMs = latenciesMs[this.current] ?? 0;
    const isClose = latenciesMs.some(
      (oneMs, row) => row !== this.current && isAllowed[row] && this.isNear(oneMs, predictedMs),
    );
    return { row: this.current, predictedMs, isSwitch, isHeldBack, isClose };
  }

  private costsOf(latenciesMs: readonly number[], outlook: Outlook): number[] {
    const { deadline, bytesPrice = 0 } = this.aim;
    return this.rows.map((times, row) =>
      deadline === undefined
        ? (latenciesMs[row] ?? 0) + priceOfRow(times, bytesPrice)
        : deadlineCost(times, outlook, deadline, this.maxBytes),
    );
  }

  /** With a deadline or a price, a much quicker row is no alternative that a probe could decide on: it sends too much. */
  private isNear(oneMs: number, currentMs: number): boolean {
    const savesBytes = this.aim.deadline !== undefined || (this.aim.bytesPrice ?? 0) > 0;
    const isTooQuick = savesBytes && CLOSE * oneMs <= currentMs;
    return oneMs < CLOSE * currentMs && !isTooQuick;
  }

  private isWorthIt(best: number, gain: number, { atMs, link }: Moment): boolean {
    if (best === this.current) return false;
    this.recentAtMs = this.recentAtMs.filter((oneMs) => oneMs > atMs - MINUTE_MS);
    const recent = this.recentAtMs.length;
    const sends = this.rows[best]?.uploads.length !== 0;
    if (sends && recent + 1 >= SWITCHES_PER_MINUTE) return false;
    return gain >= minGain(link?.confidence ?? 0, recent);
  }

  private switchTo(row: number, atMs: number): void {
    this.current = row;
    this.recentAtMs.push(atMs);
    this.counts.switches += 1;
    this.heldBackRow = undefined;
  }

  private countHeldBack(row: number | undefined): void {
    if (row !== undefined && row !== this.heldBackRow) this.counts.suppressed += 1;
    this.heldBackRow = row;
  }
}
