/**
 * What each device may have of a line that several share: a question to the planner for devices together, in the planning thread. Pure.
 *
 * The planner's answer is max–min fair rates, the mix of cuts of least latency at them, and the price of the line. A device gets the
 * price, the interval, and the mean rate of its mix. It plans for itself within these, so its plan may be another, but never loads the
 * line more.
 */
import { planShared, type SharedDevice, type SharedDeviceAnswer } from '../../planner/index.js';
import { type LinkEstimate, ranges } from '../../wire/index.js';
import type { LineShare } from '../pricing/pace-margin.js';
import { problemOf, type Situation } from '../pricing/prediction.js';

/** A device of a line, as if it had its own link alone. */
export interface LineMember {
  readonly device: string;
  readonly situation: Pick<Situation, 'model' | 'costs' | 'link'>;
  /** The interval of its frames; of frames back to back the least. */
  readonly intervalMs: number;
}

/** The devices that share a line, and its rate. */
export interface LineQuestion {
  readonly site: string;
  readonly mbps: number;
  readonly members: readonly LineMember[];
}

/** `load` is the share of the line's rate that all frames together use. */
export type LineAnswer =
  | { readonly kind: 'free'; readonly load: number }
  /** `shares` are in the order of the members. */
  | { readonly kind: 'shared'; readonly load: number; readonly shares: readonly LineShare[] }
  | { readonly kind: 'impossible'; readonly because: string };

/** Share of the line that the plan for all leaves free: frames of several devices meet, and packets and telemetry come on top. */
export const LINE_SLACK = 0.1;
/** Share of the line that all devices together may use: a pattern of whole frames needs some more than the mean of its mix. */
export const MAX_LINE_USE = 0.95;
/** A line that is used less is free: the plans that devices make for themselves are not so far from the plan for all. */
const BUSY = 0.5;
/** Intervals of plans, as agents accept them. */
const [MIN_INTERVAL_MS, MAX_INTERVAL_MS] = [1, 86_400_000];
const PRICE_DIGITS = 3;

/** Answers one question. */
export function answerLine({ site, mbps, members }: LineQuestion): LineAnswer {
  const devices = members.map(({ device, situation, intervalMs }): SharedDevice => {
    const problem = problemOf({ ...situation, link: withinLine(situation.link, mbps) });
    return { name: device, ...problem, intervalMs, uplink: LINE };
  });
  const outcome = planShared({
    ...{ devices, uplinks: [{ name: LINE, mbps }], slack: LINE_SLACK },
    // Other sites use the cloud too, so its time is not shared out here: each device has workers of its own.
    workers: devices.length,
  });
  if (outcome.kind === 'infeasible') return { kind: 'impossible', because: outcome.because };
  const { devices: answers, uplinks } = outcome.answer;
  const { load = 0, bytesPrice = 0 } = uplinks[0] ?? {};
  if (load < BUSY) return { kind: 'free', load };
  const needs = answers.map((answer, i) => needOf(answer, devices[i]?.link.uplinkMbps ?? mbps));
  const shared = sharedOut(needs, MAX_LINE_USE * mbps);
  const price = priceOf(bytesPrice);
  const shares = answers.map(({ plannedIntervalMs, slowdown }, i): LineShare => {
    const intervalMs = Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, plannedIntervalMs));
    return { site, bytesPrice: price, mbps: shared[i] ?? 0, intervalMs, slowdown };
  });
  return { kind: 'shared', load, shares };
}

const LINE = 'line';

/** No link is quicker than the line that it is a part of, nor are packets quicker on it. */
function withinLine(link: LinkEstimate, mbps: number): LinkEstimate {
  return { ...link, uplinkMsPerByte: Math.max(link.uplinkMsPerByte, 8 / (1000 * mbps)) };
}

/** What no device needs is for all alike. Where packets add up to more than the plan for all knows, all get as much less. */
function sharedOut(needs: readonly number[], mbps: number): number[] {
  const sum = needs.reduce((total, need) => total + need, 0);
  if (sum > mbps) return needs.map((need) => (need * mbps) / sum);
  return needs.map((need) => need + (mbps - sum) / needs.length);
}

/** Rate of the mix of a device. Its time on the own link includes a packet for each tensor, which the line carries too. */
function needOf({ loadsMs, plannedIntervalMs }: SharedDeviceAnswer, ownMbps: number): number {
  return (loadsMs.link / plannedIntervalMs) * ownMbps;
}

/** Few digits, and rounded up: where two cuts of a device cost the same at the price, the one that sends less is the safe side. */
function priceOf(bytesPrice: number): number {
  if (bytesPrice < ranges.bytesPrice.min) return 0;
  const step = 10 ** (Math.floor(Math.log10(bytesPrice)) + 1 - PRICE_DIGITS);
  const price = Math.min(ranges.bytesPrice.max, Math.ceil(bytesPrice / step) * step);
  return Number(price.toPrecision(PRICE_DIGITS));
}
