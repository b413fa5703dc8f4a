/**
 * The margin of frames that come at an interval: the share of it that a machine keeps free, so that frames wait little though
 * their times vary. Pure.
 *
 * A machine is a queue GI/GI/1: gaps and times are independent, with coefficients of variation a and s. At the load ρ a frame
 * waits, on average, at most ρ · ((2 − ρ) · a² + ρ · s²) / (2 · (1 − ρ)) intervals (Daley 1977, a sharper form of Kingman 1962).
 * For steady gaps, a = 0, this is Kingman's approximation for heavy traffic. The margin is the least for which the bound is at
 * most the promised share.
 */

import type { Slacks } from '../../planner/index.js';
import type { LinkEstimate } from '../../wire/index.js';
import { mbpsOf } from './link-estimates.js';

/** Mean wait of a frame for one machine, as a share of the interval, that a margin promises. */
export const PROMISED_WAIT = 0.25;
/** Of what is not measured: the margin of steady gaps and times that vary by a quarter. */
export const ASSUMED_MARGIN = 0.1;
const MIN_MARGIN = 0.03;
/** More would waste a machine; beyond it the wait is longer than promised. */
export const MAX_MARGIN = 0.3;
/** A machine that is slower on average than predicted gets so much from the margin; a larger factor leads to a new profile. */
const MAX_SLOWER = 1.25;

/** How the time of a frame on one machine was, compared with its prediction. */
export interface Spread {
  /** Standard deviation, as a share of the mean. */
  readonly share: number;
  /** Mean of measured over predicted. */
  readonly slower: number;
}

/** What is known of a device's frames; absent where too little was measured. */
export interface Spreads {
  readonly device?: Spread;
  readonly uplink?: Spread;
  readonly cloud?: Spread;
  /** Standard deviation of the gaps between frames, as a share of their mean. */
  readonly gaps?: number;
}

/** The margin of one machine, and what it follows from. */
export interface Margin {
  /** Share of the interval that the machine keeps free. */
  readonly share: number;
  /** `assumed` where the spread is unknown, of the machine or of what comes to it; `line` where the share of a site's line leaves no more. */
  readonly source: 'measured' | 'assumed' | 'line';
  readonly spread: Spread | undefined;
}

export interface Margins {
  readonly device: Margin;
  readonly uplink: Margin;
  readonly cloud: Margin;
}

/** The share of its time that a machine may be busy, from 0 to 1, by the spread of its gaps and of its times. */
export function usableShare(gaps: number, times: number): number {
  // The bound at the promise is a quadratic equation of the load; this form of its root has no difference of near numbers.
  const half = gaps ** 2 + PROMISED_WAIT;
  const root = Math.sqrt(half ** 2 + 2 * PROMISED_WAIT * (times ** 2 - gaps ** 2));
  return (2 * PROMISED_WAIT) / (half + root);
}

/** The margin that keeps waiting within the promise, within its bounds. */
export function marginFor(gaps: number, times: number): number {
  return Math.min(MAX_MARGIN, Math.max(MIN_MARGIN, 1 - usableShare(gaps, times)));
}

/**
 * The margins of device, link and cloud. Frames leave a busy machine as irregularly as it serves them, and an idle one as
 * they came (Whitt 1983): at the next machine, gaps vary by about the larger of both at most. What is unknown never makes a
 * margin smaller than the assumed one.
 */
export function marginsOf({ gaps, device, uplink, cloud }: Spreads = {}): Margins {
  return {
    device: marginAfter([gaps], device),
    uplink: marginAfter([gaps, device?.share], uplink),
    cloud: marginAfter([gaps, device?.share, uplink?.share], cloud),
  };
}

function marginAfter(before: readonly (number | undefined)[], spread: Spread | undefined): Margin {
  const known = before.filter((share) => share !== undefined);
  const share = marginFor(Math.max(0, ...known), spread?.share ?? 0);
  const isKnown = spread !== undefined && known.length === before.length;
  return {
    share: isKnown ? share : Math.max(ASSUMED_MARGIN, share),
    source: isKnown ? 'measured' : 'assumed',
    spread,
  };
}

/** What a device has of the line of its site while others need that too. */
export interface LineShare {
  readonly site: string;
  /** Latency in ms that each KB (1000 bytes) of a frame must save because of the others; 0 or more. */
  readonly bytesPrice: number;
  /** Mean rate at which the frames may load the line. */
  readonly mbps: number;
  /** The interval that the frames get, at least the one that they come at. */
  readonly intervalMs: number;
  /** intervalMs over the shortest one that the device could have without the others. */
  readonly slowdown: number;
}

/** A device without a share could not plan: the planner needs some time of every machine. */
const MIN_USABLE = 1e-4;

/** What the margins of a device follow from. */
export interface MarginCause {
  readonly spreads?: Spreads;
  readonly line?: LineShare;
  readonly link: LinkEstimate;
}

/**
 * The margins of a situation. A share of a site's line limits the mean bytes of frames. The link keeps free what is not in it, so the
 * planner's limit on the load of the link keeps it, for single cuts and for mixes.
 */
export function marginsFor({ spreads, line, link }: MarginCause): Margins {
  const margins = marginsOf(spreads);
  if (line === undefined) return margins;
  const share = 1 - Math.max(MIN_USABLE, line.mbps / mbpsOf(link));
  if (slackOf(margins.uplink) >= share) return margins;
  return { ...margins, uplink: { share, source: 'line', spread: undefined } };
}

/** The share of the interval that predicted loads leave free: the margin, and what the machine is slower than predicted. */
export function slackOf({ share, spread }: Margin): number {
  const slower = Math.min(MAX_SLOWER, Math.max(1, spread?.slower ?? 1));
  return 1 - (1 - share) / slower;
}

/** The slack of every machine. */
export function slacksOf({ device, uplink, cloud }: Margins): Slacks {
  return { device: slackOf(device), uplink: slackOf(uplink), cloud: slackOf(cloud) };
}
