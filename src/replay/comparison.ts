/** One case under every policy. */
import { SWITCHES_PER_MINUTE } from '../wire/index.js';
import { clairvoyant, patientClairvoyant } from './clairvoyant.js';
import { type ReplayCase, type Replayed, replay } from './replay.js';
import { bytesPerFrame, lateFrames, type ReplaySummary, summaryOf } from './summary.js';

export const policyNames = [
  'clairvoyant',
  'clairvoyant-six',
  'adaptive',
  'best-fixed',
  'rate-average',
  'quick-rate',
] as const;
export type ComparedPolicy = (typeof policyNames)[number];

/** What became of the frames of one policy. */
export interface ComparedReplay extends ReplaySummary {
  /** Bytes of the chosen rows, on average over all frames. */
  readonly bytesPerFrame: number;
  /** Frames that ended after the deadline of the case; absent without one. */
  readonly late?: number;
  /** Of `best-fixed`: the row. */
  readonly row?: number;
}

/**
 * By policy. `best-fixed` is the row that in hindsight was best for all frames: with a deadline the one with the fewest late
 * frames, else the one with the least mean latency and price of bytes. The clairvoyant policies know no deadline and no price.
 */
export type Comparison = Readonly<Record<ComparedPolicy, ComparedReplay>>;

/** Replays a case under one policy. */
export function compared(one: ReplayCase, name: ComparedPolicy): ComparedReplay {
  if (name === 'clairvoyant') return judged(one, clairvoyant(one));
  if (name === 'clairvoyant-six') {
    return judged(one, patientClairvoyant(one, SWITCHES_PER_MINUTE));
  }
  if (name !== 'best-fixed') return judged(one, replay(one, name));
  const fixed = one.rows.map((_, row) => ({ ...judged(one, replay(one, row)), row }));
  return fixed.reduce((best, next) => (isBetter(next, best, one) ? next : best));
}

function judged({ rows, lastsMs, aim = {} }: ReplayCase, replayed: Replayed): ComparedReplay {
  const { deadline } = aim;
  return {
    ...summaryOf(replayed, lastsMs),
    bytesPerFrame: bytesPerFrame(replayed, rows),
    ...(deadline !== undefined && { late: lateFrames(replayed, deadline.deadlineMs) }),
  };
}

function isBetter(next: ComparedReplay, best: ComparedReplay, { aim = {} }: ReplayCase): boolean {
  const { deadline, bytesPrice = 0 } = aim;
  const missed = [next, best].map(({ late = 0, frames }) => late / Math.max(1, frames));
  const [missedNext = 0, missedBest = 0] = missed;
  if (missedNext !== missedBest) return missedNext < missedBest;
  const priceMs = deadline === undefined ? bytesPrice / 1000 : 0;
  const costOf = ({ meanMs, bytesPerFrame }: ComparedReplay): number =>
    meanMs + priceMs * bytesPerFrame;
  return costOf(next) < costOf(best);
}

/** Replays a case under all of them. */
export function compareAll(one: ReplayCase): Comparison {
  const entries = policyNames.map((name) => [name, compared(one, name)] as const);
  return Object.fromEntries(entries) as unknown as Comparison;
}
