/**
 * When several workers can begin with the next frames of a burst, one worker a frame.
 *
 * Frames reach the cloud one after the other, so the second worker that becomes busy waits for the
 * second frame, and so on: every frame takes the device, or the link, or both at any prices, some
 * time. The heads of the workers are not equal, as those of parallel machines with release dates.
 */

import { least } from '../../../algorithms/extremes.js';
import { bestMix } from '../../../algorithms/mixed-game.js';
import type { BurstJob } from '../job.js';
import type { Label } from './label.js';

/** From the end of link and device before a frame until a worker can begin with what counts. */
export interface Heads {
  readonly fromLinkMs: number;
  readonly fromDeviceMs: number;
}

/** A frame's least time at some prices of device and link that sum to 1. */
interface Step {
  readonly prices: readonly [device: number, link: number];
  readonly stepMs: number;
}

/** A part of a unit that rounding may have lost. */
const ROUNDED = 1e-9;

/** The heads of frames that a worker serves from their begin to their end. */
export function headsOfFrame({ lastFromLinkMs, lastFromDeviceMs, workMs }: BurstJob): Heads {
  return { fromLinkMs: lastFromLinkMs - workMs, fromDeviceMs: lastFromDeviceMs - workMs };
}

/** The heads of what a worker does in a row after a frame's last tensor. */
export function headsOfPiece({ linkMs, linkFromDeviceMs, tailMs, pieceMs }: BurstJob): Heads {
  const latencyMs = tailMs - pieceMs;
  return { fromLinkMs: linkMs + latencyMs, fromDeviceMs: linkFromDeviceMs + latencyMs };
}

/** Times in milliseconds, of frames of the given jobs. */
export class WorkerStarts {
  readonly #fromLinkMs: number;
  readonly #fromDeviceMs: number;
  readonly #steps: readonly Step[];

  /** Of the jobs only those that send count. */
  constructor(jobs: readonly BurstJob[], headsOf: (job: BurstJob) => Heads) {
    const sending = jobs.filter((job) => job.sends);
    const heads = sending.map(headsOf);
    this.#fromLinkMs = least(heads.map(({ fromLinkMs }) => fromLinkMs));
    this.#fromDeviceMs = least(heads.map(({ fromDeviceMs }) => fromDeviceMs));
    const columns = sending.map(({ leadMs, linkMs }) => [leadMs, linkMs] as const);
    const even = columns.length === 0 ? [] : [bestMix(columns).prices];
    this.#steps = [[1, 0] as const, [0, 1] as const, ...even].map((prices) => ({
      prices,
      stepMs: least(sending.map((job) => prices[0] * job.leadMs + prices[1] * job.linkMs)),
    }));
  }

  /** No worker begins before with the frame that comes after `others` more; some frame has sent. */
  startMs({ deviceMs, linkMs }: Label, others: number): number {
    const fromDeviceMs = deviceMs + this.#fromDeviceMs;
    // Without a frame that has sent, others that send nothing may come first.
    if (linkMs === -Infinity) return fromDeviceMs;
    return this.#after(fromDeviceMs, linkMs + this.#fromLinkMs, others);
  }

  /**
   * When the workers begin with the rest of the burst, on average. One that has no frame left ends
   * no later than the burst, which begins its last frame no earlier than this says.
   */
  meanMs(label: Label, left: number): number {
    const { freeMs } = label;
    let sumMs = 0;
    for (let i = 0; i < freeMs.length; i++) sumMs += this.#beginMs(label, left, i);
    return sumMs / freeMs.length;
  }

  /** How many pieces of work of `unitMs` the workers can end before `untilMs`, each in a row. */
  rooms(label: Label, left: number, unitMs: number, untilMs: number): number {
    let rooms = 0;
    for (let i = 0; i < label.freeMs.length; i++) {
      rooms += roomOf(untilMs - this.#beginMs(label, left, i), unitMs);
    }
    return rooms;
  }

  /** The same of all frames of a burst. */
  allRooms(workers: number, unitMs: number, untilMs: number): number {
    let rooms = 0;
    for (let i = 0; i < workers; i++) {
      const beginMs = this.#after(this.#fromDeviceMs, this.#fromDeviceMs, i);
      rooms += roomOf(untilMs - beginMs, unitMs);
    }
    return rooms;
  }

  #after(fromDeviceMs: number, fromLinkMs: number, others: number): number {
    let startMs = Math.max(fromDeviceMs, fromLinkMs);
    for (const { prices, stepMs } of this.#steps) {
      const ms = prices[0] * fromDeviceMs + prices[1] * fromLinkMs + others * stepMs;
      if (ms > startMs) startMs = ms;
    }
    return startMs;
  }

  /** The workers by when they are free, the frames by when they come. */
  #beginMs(label: Label, left: number, worker: number): number {
    const others = label.linkMs === -Infinity ? 0 : Math.min(worker, left - 1);
    return Math.max(label.freeMs[worker] ?? 0, this.startMs(label, others));
  }
}

function roomOf(freeMs: number, unitMs: number): number {
  return Math.max(0, Math.floor(freeMs / unitMs + ROUNDED));
}
