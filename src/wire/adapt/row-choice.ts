/**
 * Which row of a plan table the next frame follows (docs/decisions/0030-rows-and-their-price.md).
 *
 * Switches are a budget of six in any minute, spent without knowing the future: the online knapsack problem. Its threshold rule
 * (Zhou, Chakrabarty, Lukose 2008) takes an offer of value v when v ≥ L^(1−z), where z is the share of the budget that is spent
 * and values lie between L and 1. The value of a switch is the share of latency it gains; L is the least gain worth telling from
 * none, larger where the estimate is doubtful. So a sudden drop of a calm link is followed at once, a link that flutters around
 * a breakpoint, where both plans cost nearly the same, is not, and the limit holds whatever the link does.
 */
import type { LinkEstimate } from '../fields.js';
import type { Forecast } from './link-forecast.js';
import { latencyAt, type Pace, type RowTimes } from './row-times.js';

/** Most switches in any minute. */
export const SWITCHES_PER_MINUTE = 6;
const MINUTE_MS = 60_000;
/** Gain a switch must have when none was made lately: on a sure estimate, and what a guess needs beside it. */
export const LEAST_GAIN = 0.03;
export const GAIN_FOR_DOUBT = 0.07;

/** What is known when a frame begins. */
export interface Moment extends Pace {
  readonly atMs: number;
  /** Null before there was any. */
  readonly link: LinkEstimate | null;
  /** Taken for the link before there is an estimate. */
  readonly assumedMsPerByte: number;
}

/** The row to follow; `isHeldBack`: another would be better, but not by enough. */
export interface Choice {
  readonly row: number;
  readonly predictedMs: number;
  readonly isSwitch: boolean;
  readonly isHeldBack: boolean;
}

/** The gain that a switch must have after so many in the last minute. */
export function leastGain(confidence: number, recentSwitches: number): number {
  const spent = recentSwitches / SWITCHES_PER_MINUTE;
  if (spent >= 1) return Number.POSITIVE_INFINITY;
  return (LEAST_GAIN + GAIN_FOR_DOUBT * (1 - confidence)) ** (1 - spent);
}

export class RowChoice {
  /** Switches made, and switches that were better but not by enough, counted once a time. */
  readonly counts = { switches: 0, suppressed: 0 };
  private current: number;
  private recentAtMs: number[] = [];
  private heldBackRow: number | undefined;

  /** Rows in any order; `start` is the one in force. */
  constructor(
    private readonly rows: readonly RowTimes[],
    private readonly forecast: Forecast,
    start = 0,
  ) {
    this.current = start;
  }

  /** The row in force. */
  get row(): number {
    return this.current;
  }

  /** Chooses for a frame that begins now; switches when that is worth it. */
  choose(moment: Moment): Choice {
    const { atMs, link } = moment;
    if (link !== null) this.forecast.learn(link.uplinkMsPerByte, atMs - link.ageMs);
    const msPerByte = this.forecast.expect(atMs) ?? moment.assumedMsPerByte;
    const costs = this.rows.map((times) => latencyAt(times, msPerByte, moment));
    const best = costs.indexOf(Math.min(...costs));
    const [nowMs = 0, bestMs = 0] = [costs[this.current], costs[best]];
    const isSwitch = this.isWorthIt(best, 1 - bestMs / nowMs, moment);
    const isHeldBack = best !== this.current && !isSwitch;
    if (isSwitch) this.switchTo(best, atMs);
    else this.countHeldBack(isHeldBack ? best : undefined);
    return { row: this.current, predictedMs: isSwitch ? bestMs : nowMs, isSwitch, isHeldBack };
  }

  private isWorthIt(best: number, gain: number, { atMs, link }: Moment): boolean {
    if (best === this.current) return false;
    this.recentAtMs = this.recentAtMs.filter((oneMs) => oneMs > atMs - MINUTE_MS);
    return gain >= leastGain(link?.confidence ?? 0, this.recentAtMs.length);
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
