/**
 * Idle time that no frame can use: a machine that is free before the next frame can reach it might
 * as well become free then.
 *
 * Raising a label's times to these moments changes no time of any later frame, since each is a
 * maximum of sums; and more labels are beaten by others. Where the device is the bottleneck, link
 * and workers wait for it, and labels that differ only in their idle times become one.
 */

import { least } from '../../../algorithms/extremes.js';
import type { BurstJob } from '../job.js';
import type { Label } from './label.js';
import { headsOfFrame, WorkerStarts } from './worker-starts.js';

/** Raises labels that are followed by frames of the given jobs. */
export class Slack {
  readonly #workers: WorkerStarts;
  /** How long after the device the link can begin at the earliest, over all jobs that send. */
  readonly #linkFromDeviceMs: number;
  /** The same of a shared cloud after link and device. */
  readonly #cloudFromLinkMs: number;
  readonly #cloudFromDeviceMs: number;

  constructor(jobs: readonly BurstJob[]) {
    const sending = jobs.filter((job) => job.sends);
    this.#workers = new WorkerStarts(sending, headsOfFrame);
    this.#linkFromDeviceMs = least(sending.map(linkSlackMs));
    this.#cloudFromLinkMs = least(sending.map((job) => job.cloudFromLinkMs - job.cloudMs));
    this.#cloudFromDeviceMs = least(sending.map((job) => job.cloudFromDeviceMs - job.cloudMs));
  }

  /** Raises a label whose frames send; another frame that sends must follow. */
  raise(label: Label): void {
    const { deviceMs, freeMs } = label;
    if (label.linkMs === -Infinity) return;
    label.linkMs = Math.max(label.linkMs, deviceMs + this.#linkFromDeviceMs);
    if (freeMs.length === 0 || label.hasLoads) {
      label.cloudMs = Math.max(
        label.cloudMs,
        label.linkMs + this.#cloudFromLinkMs,
        deviceMs + this.#cloudFromDeviceMs,
      );
    }
    if (freeMs.length === 0) return;
    const nextMs = this.#workers.startMs(label, 0);
    if ((freeMs[0] ?? nextMs) >= nextMs) return;
    label.freeMs = freeMs.map((ms) => Math.max(ms, nextMs));
  }
}

/**
 * So long after the device's end the link may be taken for busy: whatever a job makes of the link's
 * end is no later than what it makes of the device's.
 */
function linkSlackMs(job: BurstJob): number {
  const isServedAlone = job.lastFromLinkMs > -Infinity;
  return Math.min(
    job.linkFromDeviceMs - job.linkMs,
    job.cloudFromDeviceMs - job.cloudFromLinkMs,
    isServedAlone ? job.lastFromDeviceMs - job.lastFromLinkMs : Infinity,
  );
}
