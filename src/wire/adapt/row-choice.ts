/**
 * Which row of a plan table the next frame follows (docs/decisions/0030-rows-and-their-price.md).
 *
 * Switches are a budget of six in any minute, spent without knowing the future: the online knapsack problem. Its threshold rule
 * (Zhou, Chakrabarty, Lukose 2008) takes an offer of value v when v ≥ L^(1−z), where z is the share of the budget that is spent
 * and values lie between L and 1. The value of a switch is the share of latency it gains; L is the least gain worth telling from
 * none, larger where the estimate is doubtful. So a sudden drop of a calm link is followed at once, a link that flutters around
 * a breakpoint, where both plans cost nearly the same, is not, and the limit holds whatever the link does.
 *
 * A frame the cloud will not answer is worth any switch: leaving a silent cloud is never refused. So the budget's last switch is
 * kept for it: a row that sends is only begun while one more is left, and after repeated silences the device stays alone longer.
 */
import type { LinkEstimate } from '../fields.js';
import type { Forecast, Scenario } from './link-forecast.js';
import { latencyAt, type Pace, type RowTimes } from './row-times.js';

/** Most switches in any minute. */
export const SWITCHES_PER_MINUTE = 6;
const MINUTE_MS = 60_000;
/** A link is known to be slow when two chunks of this length have passed, or have not. */
const CHUNK_BYTES = 32 * 1024;
/** Gain a switch must have when none was made lately: on a sure estimate, and what a guess needs beside it. */
export const MIN_GAIN = 0.03;
export const GAIN_FOR_DOUBT = 0.07;

/** Rows that cost less than this many times the one in force are worth a look at the link. */
const CLOSE = 1.25;

/** What is known when a frame begins. */
export interface Moment extends Pace {
  readonly atMs: number;
  /** Null before there was any. */
  readonly link: LinkEstimate | null;
  /** Taken for the link before there is an estimate. */
  readonly assumedMsPerByte: number;
  /** True while the cloud is silent: only a row that sends nothing will do. */
  readonly isAlone?: boolean;
}

/** The row to follow; `isHeldBack`: another would be better, but not by enough. */
export interface Choice {
  readonly row: number;
  readonly predictedMs: number;
  readonly isSwitch: boolean;
  readonly isHeldBack: boolean;
  /** Another row would be about as good: the link is worth a look. */
  readonly isClose: boolean;
}

/** The gain that a switch must have after so many in the last minute. */
export function minGain(confidence: number, recentSwitches: number): number {
  const spent = recentSwitches / SWITCHES_PER_MINUTE;
  if (spent >= 1) return Number.POSITIVE_INFINITY;
  return (MIN_GAIN + GAIN_FOR_DOUBT * (1 - confidence)) ** (1 - spent);
}

export class RowChoice {
  /** Switches made, and switches that were better but not by enough, counted once a time. */
  readonly counts = { switches: 0, suppressed: 0 };
  private current: number;
  private recentAtMs: number[] = [];
  private heldBackRow: number | undefined;
  /** The device alone. */
  private readonly localMs: number;

  /** Rows in any order; `start` is the one in force. Switches among other rows before count for the budget. */
  constructor(
    private readonly rows: readonly RowTimes[],
    private readonly forecast: Forecast,
    start = 0,
    before?: RowChoice,
  ) {
    this.current = start;
    this.recentAtMs = [...(before?.recentAtMs ?? [])];
    const alone = rows.find(({ uploads }) => uploads.length === 0);
    this.localMs = alone?.deviceMs ?? Number.POSITIVE_INFINITY;
  }

  /** The row in force. */
  get row(): number {
    return this.current;
  }

  /** Chooses for a frame that begins now; switches when that is worth it. */
  choose(moment: Moment): Choice {
    const { atMs, link } = moment;
    if (link !== null) this.forecast.learn(link.uplinkMsPerByte, atMs - link.ageMs);
    const scenarios = this.forecast.scenarios(atMs);
    if (scenarios.length === 0) {
      scenarios.push({ msPerByte: moment.assumedMsPerByte, probability: 1 });
    }
    const costs = this.rows.map((times) =>
      moment.isAlone && times.uploads.length > 0
        ? Number.POSITIVE_INFINITY
        : this.expectedMs(times, scenarios, moment),
    );
    const best = costs.indexOf(Math.min(...costs));
    const [nowMs = 0, bestMs = 0] = [costs[this.current], costs[best]];
    const gain = nowMs === Number.POSITIVE_INFINITY ? nowMs : 1 - bestMs / nowMs;
    const isSwitch = this.isWorthIt(best, gain, moment);
    const isHeldBack = best !== this.current && !isSwitch;
    if (isSwitch) this.switchTo(best, atMs);
    else this.countHeldBack(isHeldBack ? best : undefined);
    const predictedMs = isSwitch ? bestMs : nowMs;
    const isClose = costs.some((ms, row) => row !== this.current && ms < CLOSE * predictedMs);
    return { row: this.current, predictedMs, isSwitch, isHeldBack, isClose };
  }

  /** Latency to be expected; a frame that is late is finished on the device. */
  private expectedMs(times: RowTimes, scenarios: readonly Scenario[], moment: Moment): number {
    return scenarios.reduce((sum, { msPerByte, probability }) => {
      const sentMs = latencyAt(times, msPerByte, moment);
      return sum + probability * Math.min(sentMs, this.finishedHereMs(times, msPerByte, moment));
    }, 0);
  }

  /** When the device has finished a frame whose first chunk showed how slow the link is. */
  private finishedHereMs(times: RowTimes, msPerByte: number, { slowdown = 1 }: Moment): number {
    const restMs = Math.max(0, this.localMs - times.deviceMs);
    const noticedMs = Math.min(restMs, 2 * CHUNK_BYTES * msPerByte + 2 * times.latencyMs);
    return slowdown * (times.deviceMs + restMs) + noticedMs;
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
