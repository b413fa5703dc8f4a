/**
 * The jobs of device sets: exact ones where at most one tensor is sent, bounds where more are.
 *
 * A frame that sends one tensor gains nothing when its steps on the device are taken apart: without
 * the gaps its tensor is ready no later, and neither is any other. Frames with several tensors may
 * gain. `relaxedJob` is faster than such a frame in every interleaving: take frames in the order in
 * which their last tensors are ready. What a later frame has sent before that of an earlier one has
 * cost device or link that time as well, so the least of both is what it saves.
 */

import { type DeviceSet, membersOf } from '../../problem/device-sets.js';
import {
  leastCost,
  type PricedFrame,
  type Sending,
  sendingsOf,
} from '../../problem/priced-frame.js';
import { type BurstJob, jobOf, wholeOf } from './job.js';

/** A device set of several tensors, and a job no slower than any frame cut there. */
export interface SplitSet {
  readonly set: DeviceSet;
  readonly relaxed: BurstJob;
}

/** All jobs of sets with at most one tensor, and the sets with more. */
export interface SetJobs {
  readonly whole: readonly BurstJob[];
  readonly split: readonly SplitSet[];
}

/** Sorts device sets out; sets with a tensor that must not be sent are left out. */
export function jobsOfSets(
  frame: PricedFrame,
  workers: number,
  sets: readonly DeviceSet[],
): SetJobs {
  const whole: BurstJob[] = [];
  const split: SplitSet[] = [];
  for (const set of sets) {
    if (set.cut.length <= 1) whole.push(...wholeJobs(frame, workers, set));
    else if (set.cut.every(({ node }) => sendingsOf(frame, node).length > 0)) {
      split.push({ set, relaxed: relaxedJob(frame, workers, set) });
    }
  }
  return { whole, split };
}

/** One job for every way to send the set's only tensor. */
function wholeJobs(frame: PricedFrame, workers: number, set: DeviceSet): BurstJob[] {
  const device = membersOf(frame.graph, set);
  const [tensor] = set.cut;
  if (!tensor) return [jobOf(frame, workers, { device, sendings: new Map() })];
  const { node } = tensor;
  const decided = (sending: Sending): BurstJob =>
    jobOf(frame, workers, { device, sendings: new Map([[node, sending]]) });
  return sendingsOf(frame, node).map(decided);
}

/** Least times of a set's tensors, and the least that remains when only the last one is missing. */
interface Least {
  readonly leadMs: number;
  readonly linkMs: number;
  readonly decodeMs: number;
  readonly lastLinkMs: number;
  readonly lastWorkMs: number;
  /** When the first tensor can be ready, and through the link. */
  readonly readyMs: number;
  readonly arrivalMs: number;
  /** A tensor that is sent early costs device or link at least this. */
  readonly earlyMs: number;
}

function relaxedJob(frame: PricedFrame, workers: number, set: DeviceSet): BurstJob {
  const least = leastOf(frame, set);
  const isShared = workers > 1;
  const trailMs = set.deviceMs - set.leadMs;
  const workMs = set.boundCloudMs + least.decodeMs;
  const lateMs = sentLateMs(frame, set);
  const linkMs = Math.min(least.linkMs, lateMs);
  const linkFromDeviceMs = Math.max(
    least.leadMs + least.lastLinkMs,
    Math.min(least.readyMs + least.linkMs, lateMs),
  );
  const afterMs = frame.latencyMs + least.lastWorkMs / workers;
  const aloneMs = frame.latencyMs + least.lastWorkMs;
  const totalMs = set.cloudMs + least.decodeMs;
  return {
    leadSteps: 0,
    sends: true,
    leadMs: least.leadMs,
    trailMs,
    linkMs,
    linkFromDeviceMs,
    cloudMs: Math.min(workMs / workers, least.earlyMs + least.lastWorkMs / workers),
    cloudFromLinkMs: linkMs + afterMs,
    cloudFromDeviceMs: linkFromDeviceMs + afterMs,
    workMs,
    pieceMs: isShared ? least.lastWorkMs : 0,
    lastFromLinkMs: isShared ? linkMs + aloneMs : -Infinity,
    lastFromDeviceMs: isShared ? linkFromDeviceMs + aloneMs : -Infinity,
    ...wholeOf(frame, workers, { sends: true, totalMs }),
    loads: [least.leadMs + trailMs, least.linkMs, workMs / workers],
    headsMs: [least.readyMs, least.arrivalMs + frame.latencyMs],
    tailMs: aloneMs,
  };
}

function leastOf(frame: PricedFrame, set: DeviceSet): Least {
  let [leadMs, linkMs, decodeMs] = [set.leadMs, 0, 0];
  let [lastLinkMs, lastWorkMs, earlyMs] = [Infinity, Infinity, Infinity];
  let [readyMs, arrivalMs] = [Infinity, Infinity];
  for (const { node, tailMs, mayBeLast } of set.cut) {
    const cost = leastCost(frame, node);
    leadMs += cost.encodeMs;
    linkMs += cost.linkMs;
    decodeMs += cost.decodeMs;
    const headMs = node.headMs + cost.encodeMs;
    readyMs = Math.min(readyMs, headMs);
    arrivalMs = Math.min(arrivalMs, headMs + cost.linkMs);
    earlyMs = Math.min(earlyMs, cost.linkMs, headMs);
    if (!mayBeLast) continue;
    lastLinkMs = Math.min(lastLinkMs, cost.linkMs);
    lastWorkMs = Math.min(lastWorkMs, cost.decodeMs + tailMs);
  }
  const last = { lastLinkMs, lastWorkMs };
  return { leadMs, linkMs, decodeMs, ...last, readyMs, arrivalMs, earlyMs };
}

/**
 * Least time that other frames wait for when some tensors, but not all, went before theirs: the
 * device time that these took and the link time of the others, over all choices of these.
 */
function sentLateMs(frame: PricedFrame, { cut }: DeviceSet): number {
  const tensors = cut
    .map(({ node }) => {
      const { encodeMs, linkMs } = leastCost(frame, node);
      return { headMs: node.headMs + encodeMs, linkMs };
    })
    .sort((a, b) => b.headMs - a.headMs);
  // The tensor with the longest way may have gone before, but then another one is missing.
  const [first = { headMs: 0, linkMs: 0 }, ...others] = tensors;
  let leastMs = first.headMs + Math.min(...tensors.map(({ linkMs }) => linkMs));
  let lateMs = first.linkMs;
  for (const { headMs, linkMs } of others) {
    leastMs = Math.min(leastMs, headMs + lateMs);
    lateMs += linkMs;
  }
  return leastMs;
}
