/**
 * States of the search over independent parts (part-search.ts), with what is left to do in each.
 */

import { least } from '../algorithms/extremes.js';
import { type Loads, pricedMs } from '../algorithms/mixed-game.js';
import type { OrderJob, OrderProblem } from '../order/jobs.js';
import type { Label } from '../order/labels.js';
import type { Sending } from '../problem/priced-frame.js';
import { jobsOf, type Part, type PartCut } from './part-cuts.js';
import type { PricedParts } from './part-prices.js';

/** A copy of a part whose cut is chosen and whose jobs `done` are done. */
export interface OpenCut {
  readonly part: number;
  readonly cut: PartCut;
  readonly done: bigint;
}

/** One job of one copy, after the jobs `done` of its cut. */
export interface PartMove extends OpenCut {
  readonly job: OrderJob;
  readonly sending: Sending | undefined;
}

/** Which copies have begun, which of them are not done, and the labels that lead there. */
export interface PartState {
  /** By part: how many copies have begun. */
  readonly begun: readonly number[];
  readonly open: readonly OpenCut[];
  readonly labels: Label<PartMove>[];
  /** Device time if all copies that have not begun stay on the device. */
  readonly localMs: number;
  /** Least device time before the next tensor is ready, and its least link and cloud time. */
  readonly headMs: number;
  readonly linkMs: number;
  readonly tailMs: number;
  /** By prices: the least priced load of all that is left. */
  readonly restMs: readonly number[];
}

/** Names a state; copies of a part are interchangeable. */
export function keyOf(begun: readonly number[], open: readonly OpenCut[]): string {
  const names = open.map(({ part, cut, done }) => `${part}.${cut.id}.${done}`);
  return `${begun.join()};${names.sort().join()}`;
}

/** Jobs of an open cut that are not done. */
export function jobsLeft(parts: readonly Part[], { part, cut, done }: OpenCut): OrderJob[] {
  return problemOf(parts[part], cut).jobs.filter((job) => (done & job.bit) === 0n);
}

/** Least device, link and cloud time of the first and of the last tensor of what is left. */
interface Ends {
  readonly headMs: number;
  readonly linkMs: number;
  readonly tailMs: number;
}

const ends = new WeakMap<Part, Ends>();

/** The ends of a part of which no copy has begun; memorised. */
function endsOf(part: Part): Ends {
  const known = ends.get(part);
  if (known) return known;
  const made = {
    headMs: least(part.cuts.map((cut) => cut.headMs)),
    linkMs: least(part.cuts.map((cut) => cut.linkMs)),
    tailMs: least(part.cuts.map((cut) => cut.tailMs)),
  };
  ends.set(part, made);
  return made;
}

/** Makes a state and sums what is left to do. O(parts · prices + open jobs) */
export function partState(
  parts: readonly Part[],
  met: readonly PricedParts[],
  begun: readonly number[],
  open: readonly OpenCut[],
): PartState {
  const left = parts.map(({ copies }, i) => copies.length - (begun[i] ?? 0));
  let [headMs, linkMs, tailMs] = [Infinity, Infinity, Infinity];
  const meet = (one: Ends): void => {
    headMs = Math.min(headMs, one.headMs);
    linkMs = Math.min(linkMs, one.linkMs);
    tailMs = Math.min(tailMs, one.tailMs);
  };
  for (const [i, part] of parts.entries()) if (left[i] !== 0) meet(endsOf(part));
  for (const one of open) {
    for (const job of jobsLeft(parts, one)) {
      if (job.sendings.length === 0) continue;
      const { deviceMs, leastEncodeMs, leastLinkMs, tailMs } = job;
      meet({ headMs: deviceMs + leastEncodeMs, linkMs: leastLinkMs, tailMs });
    }
  }
  const openLoads = open.map((one) => loadsLeft(parts, one));
  return {
    ...{ begun, open, labels: [], headMs, linkMs, tailMs },
    localMs: parts.reduce((sum, { localMs }, i) => sum + localMs * (left[i] ?? 0), 0),
    restMs: met.map(({ prices, leastMs }) => {
      const unbegunMs = leastMs.reduce((sum, ms, i) => sum + ms * (left[i] ?? 0), 0);
      return openLoads.reduce((sum, loads) => sum + pricedMs(loads, prices), unbegunMs);
    }),
  };
}

/** The state after a move has been made. */
export function stateAfter(
  state: PartState,
  move: OpenCut,
  after: bigint,
  isFinished: boolean,
): Pick<PartState, 'begun' | 'open'> {
  const isFirst = move.done === 0n;
  const begun = isFirst
    ? state.begun.map((count, i) => count + Number(i === move.part))
    : state.begun;
  const place = isFirst
    ? -1
    : state.open.findIndex(({ cut, done }) => cut === move.cut && done === move.done);
  const others = state.open.filter((_, i) => i !== place);
  return { begun, open: isFinished ? others : [...others, { ...move, done: after }] };
}

/** What an open cut still asks of device, link and cloud at least. */
export function loadsLeft(parts: readonly Part[], open: OpenCut): Loads {
  let [deviceMs, linkMs, cloudMs] = [0, 0, 0];
  for (const job of jobsLeft(parts, open)) {
    deviceMs += job.deviceMs;
    if (job.sendings.length === 0) continue;
    deviceMs += job.leastEncodeMs;
    linkMs += job.leastLinkMs;
    cloudMs += job.leastDecodeMs;
  }
  const { cloudWork } = problemOf(parts[open.part], open.cut);
  for (const { needs, cloudMs: workMs } of cloudWork) {
    if ((needs & ~open.done) !== 0n) cloudMs += workMs;
  }
  return [deviceMs, linkMs, cloudMs];
}

const NO_JOBS: OrderProblem = { jobs: [], trailing: [], trailingMs: 0, cloudWork: [] };

function problemOf(part: Part | undefined, cut: PartCut): OrderProblem {
  return part ? jobsOf(part, cut) : NO_JOBS;
}

/**
 * The same label with idle time counted as busy that nothing can use: link and cloud wait for the
 * next tensor. It stands for whatever sends one more, and more labels beat each other.
 */
export function withoutIdle(
  label: Label<PartMove>,
  { headMs, linkMs, tailMs }: PartState,
  { latencyMs, workers = 1 }: { readonly latencyMs: number; readonly workers?: number },
): Label<PartMove> {
  const sentMs = Math.max(label.linkMs, label.deviceMs + headMs);
  const arrivedMs = sentMs + linkMs + latencyMs;
  const cloudMs = Math.max(label.cloudMs, arrivedMs);
  const lastMs = workers > 1 ? Math.max(label.lastMs, arrivedMs + workers * tailMs) : label.lastMs;
  return { ...label, linkMs: sentMs, cloudMs, lastMs };
}
