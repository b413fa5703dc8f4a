/**
 * When a line is planned again, and which answers are handed out. Pure arithmetic, and the state of one line.
 *
 * A price changes what devices send, so what they measure, so the next price. Three rules keep this from going round: a dead band on
 * what the question depends on, a least time between two questions, and a dead band on the answer. The line stays within its rate
 * meanwhile, because shares are rates and not bytes of a frame.
 */
import { mbpsOf } from '../pricing/link-estimates.js';
import type { LineShare } from '../pricing/pace-margin.js';
import type { LineAnswer, LineMember } from './line-question.js';
import type { SiteLine } from './site-lines.js';

/** A line is asked about once no device came or went for this time. */
const CALM_MS = 10_000;
/** But not later than this after the first of them: while devices come one by one, some must not wait for ever. */
const MAX_UNREST_MS = 60_000;
/** Least time between two questions about a line. An operator's change of its rate does not wait. */
const QUESTION_GAP_MS = 60_000;
/** After a question without an answer the next one waits for twice as long, up to this many times the least. */
const MAX_PATIENCE = 64;
/** Intervals, links, times, prices and rates that differ by less count as the same. */
const NOTABLE_FACTOR = 1.25;

/** What a part of a question depends on. */
interface Moment {
  /** What is the same or another. */
  readonly kind: string;
  /** What is near or not. */
  readonly amounts: readonly number[];
}

interface Asked {
  readonly siteMbps: number;
  readonly moments: ReadonlyMap<string, Moment>;
  readonly atMs: number;
}

export class LineJudge {
  private devices = '';
  private stillSinceMs = 0;
  private unrestSinceMs: number | undefined;
  private last: Asked | undefined;
  private answeredMbps: number | undefined;
  /** Questions in a row without an answer. */
  private failures = 0;

  /** True when the line differs notably from the one asked about last, and long enough after it. */
  isDue(line: SiteLine, nowMs: number): boolean {
    const devices = line.devices.join();
    if (devices !== this.devices) {
      this.devices = devices;
      this.stillSinceMs = nowMs;
      this.unrestSinceMs ??= nowMs;
    }
    if (this.last !== undefined && this.last.siteMbps !== line.siteMbps) return true;
    if (this.failures === 0 && !this.hasMoved(line)) {
      this.unrestSinceMs = undefined;
      return false;
    }
    const isCalm =
      nowMs - this.stillSinceMs >= CALM_MS ||
      nowMs - (this.unrestSinceMs ?? nowMs) >= MAX_UNREST_MS;
    const gapMs = QUESTION_GAP_MS * Math.min(MAX_PATIENCE, 2 ** this.failures);
    return isCalm && (this.last === undefined || nowMs - this.last.atMs >= gapMs);
  }

  /** True when an operator set another rate since the last answer. */
  isNewRate({ siteMbps }: SiteLine): boolean {
    return this.answeredMbps !== undefined && this.answeredMbps !== siteMbps;
  }

  /** The question is asked: the next one is compared with it, whatever the answer is. */
  asked(line: SiteLine, nowMs: number): void {
    this.last = { siteMbps: line.siteMbps, moments: momentsOf(line), atMs: nowMs };
    this.unrestSinceMs = undefined;
  }

  /** A question without an answer is asked again, though nothing moves. */
  answered(isAnswer: boolean): void {
    this.failures = isAnswer ? 0 : this.failures + 1;
    if (isAnswer) this.answeredMbps = this.last?.siteMbps;
  }

  private hasMoved(line: SiteLine): boolean {
    const before = this.last?.moments;
    const now = momentsOf(line);
    if (before?.size !== now.size) return true;
    return [...now].some(([part, moment]) => !isSameMoment(before.get(part), moment));
  }
}

/** True when what devices are to have of a line differs notably from what they have; undefined: not known yet. */
export function hasShareMoved(
  before: readonly (LineShare | null | undefined)[],
  now: readonly (LineShare | null)[],
): boolean {
  return now.some((share, i) => {
    const old = before[i];
    if (!old || !share) return old !== share;
    return !(
      isNear(old.bytesPrice, share.bytesPrice) &&
      isNear(old.mbps, share.mbps) &&
      isNear(old.intervalMs, share.intervalMs)
    );
  });
}

/** An answer about a line; that of a device alone needs no planner, and its load is unknown. */
export type Judgement = LineAnswer | { readonly kind: 'free'; readonly load: null };

/**
 * What the devices of a line have after an answer: all of them what it says, or all of them what they had. They keep that where it is
 * about the same and where there is no answer; `before` is undefined for a device that was not judged.
 */
export function sharesAfter(
  { devices, question }: SiteLine,
  answer: Judgement,
  before: readonly (LineShare | null | undefined)[],
  isNewRate: boolean,
): (LineShare | null)[] {
  const places = new Map(question.members.map(({ device }, place) => [device, place]));
  const shares = answer.kind === 'shared' ? answer.shares : [];
  const now = devices.map((device) => shares[places.get(device) ?? -1] ?? null);
  const isKept = answer.kind === 'impossible' || !(isNewRate || hasShareMoved(before, now));
  return isKept ? devices.map((_, i) => before[i] ?? null) : now;
}

/** By device, and of the line itself. */
function momentsOf({ devices, question }: SiteLine): Map<string, Moment> {
  const { mbps, members } = question;
  return new Map([
    ['', { kind: devices.join(), amounts: [mbps] }],
    ...members.map((member): [string, Moment] => [member.device, momentOf(member, mbps)]),
  ]);
}

function momentOf({ situation, intervalMs }: LineMember, mbps: number): Moment {
  const { model, costs, link } = situation;
  const sum = (times: ReadonlyMap<string, number>): number =>
    model.blocks.reduce((total, { digest }) => total + (times.get(digest) ?? 0), 0);
  return {
    kind: [model.id, model.digest, model.leaves, costs.source].join(' '),
    // A quicker link than the line itself changes nothing.
    amounts: [intervalMs, Math.min(mbps, mbpsOf(link)), sum(costs.deviceMs), sum(costs.cloudMs)],
  };
}

function isSameMoment(before: Moment | undefined, now: Moment): boolean {
  if (before === undefined || before.kind !== now.kind) return false;
  return now.amounts.every((amount, i) => isNear(before.amounts[i] ?? 0, amount));
}

function isNear(a: number, b: number): boolean {
  return a === b || Math.max(a, b) <= NOTABLE_FACTOR * Math.min(a, b);
}
