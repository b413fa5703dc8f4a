/**
 * The labels of every dynamic program over orders: when the machines are free.
 *
 * A label is as good as another when it is no later on any machine. Of labels that stand for the
 * same work done, only those that no other is as good as are kept (Pareto).
 */
import type { Sending } from '../problem/priced-frame.js';

/** When device, link and cloud are free, and how they came there. */
export interface Label<Move> {
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly cloudMs: number;
  /** Device time of what no tensor needs: it runs after everything else. */
  readonly trailingMs: number;
  /** The last end of all that a worker of its own serves (`Step.aloneMs`); 0 where none does. */
  readonly lastMs: number;
  readonly move?: Move;
  readonly before?: Label<Move>;
}

/** What one job costs: device time, then the link where its tensor is sent, then the cloud. */
export interface Step {
  readonly deviceMs: number;
  readonly sending?: Sending | undefined;
  /** Cloud work that becomes ready with this tensor. */
  readonly releasedMs: number;
  /** Device time that may wait until the end. */
  readonly trailingMs?: number;
  /** What a worker of its own would do from this tensor on, where several workers serve frames. */
  readonly aloneMs?: number;
  /** One way to the cloud. */
  readonly latencyMs: number;
}

/** All machines free. */
export const START = { deviceMs: 0, linkMs: 0, cloudMs: 0, trailingMs: 0, lastMs: 0 } as const;

/** The label after one more job. */
export function advance<Move>(before: Label<Move>, move: Move, step: Step): Label<Move> {
  const { sending, latencyMs, releasedMs, aloneMs } = step;
  const trailingMs = before.trailingMs + (step.trailingMs ?? 0);
  const deviceMs = before.deviceMs + step.deviceMs;
  if (!sending) {
    const { linkMs, cloudMs, lastMs } = before;
    return { deviceMs, linkMs, cloudMs, trailingMs, lastMs, move, before };
  }
  const sentMs = deviceMs + sending.encodeMs;
  const linkMs = Math.max(before.linkMs, sentMs) + sending.linkMs;
  const cloudMs = Math.max(before.cloudMs, linkMs + latencyMs) + sending.decodeMs + releasedMs;
  const endMs = aloneMs === undefined ? 0 : linkMs + latencyMs + aloneMs;
  const lastMs = Math.max(before.lastMs, endMs);
  return { deviceMs: sentMs, linkMs, cloudMs, trailingMs, lastMs, move, before };
}

/** Adds a label unless one is as good on all machines; drops those it beats. O(labels) */
export function insertUndominated<Move>(labels: Label<Move>[], made: Label<Move>): boolean {
  for (const label of labels) if (isAsGood(label, made)) return false;
  let kept = 0;
  for (const label of labels) {
    if (isAsGood(made, label)) continue;
    labels[kept] = label;
    kept += 1;
  }
  labels.length = kept;
  labels.push(made);
  return true;
}

function isAsGood<Move>(one: Label<Move>, other: Label<Move>): boolean {
  return (
    one.deviceMs <= other.deviceMs &&
    one.linkMs <= other.linkMs &&
    one.cloudMs <= other.cloudMs &&
    one.lastMs <= other.lastMs &&
    one.deviceMs + one.trailingMs <= other.deviceMs + other.trailingMs
  );
}

/** The moves that lead to a label, first one first. */
export function movesTo<Move>(last: Label<Move>): Move[] {
  const moves: Move[] = [];
  for (let label: Label<Move> | undefined = last; label; label = label.before) {
    if (label.move !== undefined) moves.push(label.move);
  }
  return moves.reverse();
}
