/** When the machines are free after some frames of a burst. */

import type { BurstJob } from '../job.js';

/** Times in milliseconds, −∞ for a machine that has had no work; and the frames that led there. */
export interface Label {
  /** The device's end with the tensors of all frames, and with everything. */
  readonly deviceMs: number;
  readonly totalMs: number;
  linkMs: number;
  /** The end of a cloud that shares all work, and of the frame that ends last. */
  cloudMs: number;
  readonly lastMs: number;
  readonly sharedMs: number;
  /** When each worker is free, earliest first; empty where the cloud is only shared. */
  freeMs: readonly number[];
  /** All that the frames ask of link and cloud; 0 where the other times say as much. */
  readonly linkLoadMs: number;
  readonly cloudLoadMs: number;
  /** The least that the link waits before and after the tensors of a frame, and the cloud before. */
  beforeLinkMs: number;
  afterLinkMs: number;
  beforeCloudMs: number;
  /** Whole pieces of the frames by unit (price-list.ts); only where frames are relaxed. */
  pieces: readonly number[];
  readonly hasLoads: boolean;
  /** Whether a job only bounds its cut, not to be compared with what can be run. */
  readonly isRelaxed: boolean;
  /** No burst that begins so ends before. */
  boundMs: number;
  readonly job?: BurstJob;
  readonly before?: Label;
}

/** No frame yet. */
export const NO_FRAME: Label = {
  deviceMs: 0,
  totalMs: 0,
  linkMs: -Infinity,
  cloudMs: -Infinity,
  lastMs: -Infinity,
  sharedMs: 0,
  freeMs: [],
  linkLoadMs: 0,
  cloudLoadMs: 0,
  beforeLinkMs: Infinity,
  afterLinkMs: Infinity,
  beforeCloudMs: Infinity,
  pieces: [],
  hasLoads: false,
  isRelaxed: false,
  boundMs: 0,
};

/** No frame yet of jobs that only bound their cuts. */
export const NO_RELAXED_FRAME: Label = { ...NO_FRAME, hasLoads: true };

/** No frame yet, and several workers, each of which serves a frame of one tensor to its end. */
export function noFrameOf(workers: number): Label {
  return { ...NO_FRAME, freeMs: Array.from({ length: workers }, () => 0) };
}

/** The same of jobs that only bound their cuts (`served.ts`). */
export function noRelaxedFrameOf(workers: number): Label {
  return { ...noFrameOf(workers), hasLoads: true };
}

/** One frame more; the worker that is free first serves it. */
export function extended(before: Label, job: BurstJob): Label {
  return servedBy(before, job, 0);
}

/** One frame more, served by the worker at this place among those of the label. */
export function servedBy(before: Label, job: BurstJob, worker: number): Label {
  const { deviceMs, linkMs, boundMs } = before;
  const counts = before.hasLoads;
  const waits = counts && job.sends;
  const isServed = job.sends && before.freeMs.length > 0;
  const isShared = before.freeMs.length === 0 || counts;
  const freeMs = isServed ? freeAfter(before, job, worker) : before.freeMs;
  const servedMs = isServed ? (freeMs.at(-1) ?? 0) : -Infinity;
  return {
    deviceMs: deviceMs + job.leadMs,
    totalMs: before.totalMs + job.leadMs + job.trailMs,
    linkMs: Math.max(linkMs + job.linkMs, deviceMs + job.linkFromDeviceMs),
    cloudMs: isShared
      ? Math.max(
          before.cloudMs + job.cloudMs,
          linkMs + job.cloudFromLinkMs,
          deviceMs + job.cloudFromDeviceMs,
        )
      : -Infinity,
    lastMs: isShared
      ? Math.max(
          before.lastMs,
          linkMs + job.lastFromLinkMs,
          deviceMs + job.lastFromDeviceMs,
          job.wholeMs,
          servedMs,
        )
      : Math.max(before.lastMs, servedMs),
    sharedMs: before.sharedMs + job.sharedMs,
    freeMs,
    linkLoadMs: counts ? before.linkLoadMs + job.loads[1] : 0,
    cloudLoadMs: counts ? before.cloudLoadMs + job.loads[2] : 0,
    beforeLinkMs: waits ? Math.min(before.beforeLinkMs, job.headsMs[0]) : before.beforeLinkMs,
    afterLinkMs: waits ? Math.min(before.afterLinkMs, job.tailMs) : before.afterLinkMs,
    beforeCloudMs: waits ? Math.min(before.beforeCloudMs, job.headsMs[1]) : before.beforeCloudMs,
    pieces: NO_FRAME.pieces,
    hasLoads: before.hasLoads,
    isRelaxed: before.isRelaxed || !job.decision,
    boundMs,
    job,
    before,
  };
}

/** When the workers are free once one of them has served the frame to its end. */
function freeAfter({ deviceMs, linkMs, freeMs }: Label, job: BurstJob, worker: number): number[] {
  const endMs = Math.max(
    (freeMs[worker] ?? 0) + job.workMs,
    linkMs + job.lastFromLinkMs,
    deviceMs + job.lastFromDeviceMs,
  );
  const others = [...freeMs];
  others.splice(worker, 1);
  const later = others.findIndex((ms) => ms > endMs);
  others.splice(later < 0 ? others.length : later, 0, endMs);
  return others;
}

/** Whether all that the frames of a label ask of the cloud stands for its workers. */
export function isLoaded({ hasLoads, freeMs }: Label): boolean {
  return hasLoads && freeMs.length === 0;
}

/** The end of a burst that consists of these frames; results take `returnMs` to come back. */
export function endOf(label: Label, returnMs: number): number {
  const cloudMs = Math.max(label.cloudMs, label.lastMs);
  if (cloudMs === -Infinity) return label.totalMs;
  return Math.max(label.totalMs, Math.max(cloudMs, label.sharedMs) + returnMs);
}

/** Whether a label is as early on every machine as another. */
export function isAsEarly(one: Label, other: Label): boolean {
  return (
    one.deviceMs <= other.deviceMs &&
    one.linkMs <= other.linkMs &&
    one.cloudMs <= other.cloudMs &&
    one.totalMs <= other.totalMs &&
    one.lastMs <= other.lastMs &&
    one.sharedMs <= other.sharedMs &&
    one.linkLoadMs <= other.linkLoadMs &&
    one.cloudLoadMs <= other.cloudLoadMs &&
    isFreeAsEarly(one.freeMs, other.freeMs)
  );
}

function isFreeAsEarly(one: readonly number[], other: readonly number[]): boolean {
  for (let worker = 0; worker < one.length; worker++) {
    if ((one[worker] ?? 0) > (other[worker] ?? 0)) return false;
  }
  return true;
}

/** The jobs of a label, first frame first. */
export function jobsTo(last: Label): BurstJob[] {
  const jobs: BurstJob[] = [];
  for (let label: Label | undefined = last; label; label = label.before) {
    if (label.job) jobs.push(label.job);
  }
  return jobs.reverse();
}
