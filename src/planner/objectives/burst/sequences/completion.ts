/**
 * How much a burst still takes once some frames are placed: a bound from the prices of linear
 * programs.
 *
 * Every frame adds its times to device, link and cloud, and each machine waits for the first and
 * after the last of them. At any prices of the machines that sum to 1 the burst ends no earlier than
 * the priced times so far and the cheapest frame, as often as frames are missing (Lagrange). The
 * best prices are those of the linear program over the frames that are missing; they are computed
 * for a few states and serve all others.
 *
 * Several workers work in whole pieces, which rooms.ts counts.
 */

import { least } from '../../../algorithms/extremes.js';
import { bestMix, type Loads, type Mix } from '../../../algorithms/mixed-game.js';
import type { BurstJob } from '../job.js';
import { endOf, isLoaded, type Label } from './label.js';
import { PriceList, priced, type Weights } from './price-list.js';
import { Rooms } from './rooms.js';

/** What frames that are none make the machines wait. */
const NONE_LEFT = [0, Infinity, Infinity, Infinity];

/** Bounds on bursts whose frames are of the given jobs. */
export class Completion {
  readonly #jobs: readonly BurstJob[];
  readonly #sending: readonly BurstJob[];
  readonly #returnMs: number;
  readonly #list: PriceList;
  readonly #rooms: Rooms;
  /** What the machines wait for at least, before the first and after the last of the frames. */
  readonly #afterDeviceMs: number;
  readonly #afterLinkMs: number;
  readonly #beforeLinkMs: number;
  readonly #fromLinkMs: number;
  readonly #fromDeviceMs: number;
  /** The same of link and cloud when tensors of different frames mix. */
  readonly #aroundLinkMs: number;
  readonly #aroundCloudMs: number;
  /** From the workers' begin on average, the result included. */
  readonly #startMs: number;
  /** The least device time of a frame that sends nothing. */
  readonly #unsentMs: number;

  /** `startMs` is when the workers begin with frames at the earliest, on average. */
  constructor(jobs: readonly BurstJob[], returnMs: number, workers = 1, startMs = 0) {
    this.#jobs = jobs;
    this.#sending = jobs.filter((job) => job.sends);
    this.#returnMs = returnMs;
    this.#startMs = startMs + returnMs;
    this.#list = new PriceList(jobs, { workers, returnMs, startMs: this.#startMs });
    this.#rooms = new Rooms(this.#sending, this.#list, { returnMs, workers });
    const leastOf = (of: (job: BurstJob) => number): number => least(this.#sending.map(of));
    const { max } = Math;
    this.#afterDeviceMs =
      returnMs + leastOf((job) => max(job.cloudFromDeviceMs, job.lastFromDeviceMs) - job.leadMs);
    this.#afterLinkMs =
      returnMs + leastOf((job) => max(job.cloudFromLinkMs, job.lastFromLinkMs) - job.linkMs);
    this.#beforeLinkMs = leastOf((job) => job.linkFromDeviceMs - job.linkMs);
    this.#fromLinkMs = leastOf((job) => job.cloudFromLinkMs - job.cloudMs);
    this.#fromDeviceMs = leastOf((job) => job.cloudFromDeviceMs - job.cloudMs);
    this.#aroundLinkMs = leastOf((job) => job.headsMs[0]) + leastOf((job) => job.tailMs) + returnMs;
    this.#aroundCloudMs = leastOf((job) => job.headsMs[1]) + returnMs;
    this.#unsentMs = least(jobs.filter((job) => !job.sends).map((job) => job.trailMs));
  }

  /** Adds prices of the device with the tensors, of the whole device, of link and cloud. */
  add(weights: Weights): void {
    this.#list.add(weights);
  }

  /**
   * Adds the prices of the linear programs for `left` frames after a label; where several workers
   * serve them, those of whole pieces before `belowMs` as well.
   */
  price(label: Label, left: number, belowMs = Infinity): void {
    if (this.#sending.length === 0 || left === 0) return;
    const offsets = this.#offsets(label, left);
    const mix = this.#priceRows(label, left, offsets, (job) => [job.linkMs, job.cloudMs]);
    const loads = this.#loadOffsets(label);
    const loaded = label.hasLoads
      ? this.#priceRows(label, left, loads, (job) => [job.loads[1], job.loads[2]])
      : mix;
    if (isLoaded(label)) this.#rooms.price(label, left, loaded, loads, belowMs);
    else this.#rooms.price(label, left, mix, offsets, belowMs);
  }

  #priceRows(
    { linkMs }: Label,
    left: number,
    offsets: Weights,
    timesOf: (job: BurstJob) => readonly [number, number],
  ): Mix {
    const isUnsent = linkMs === -Infinity;
    // Jobs that send come first, so that weights of both kinds of mixes stand for the same jobs.
    const jobs = isUnsent
      ? [...this.#sending, ...this.#jobs.filter((job) => !job.sends)]
      : this.#sending;
    const share = (ms: number): number => Math.max(0, ms) / left;
    const mixOf = (deviceMs: (job: BurstJob) => number): Mix => {
      const column = (job: BurstJob): Loads => {
        const [sentMs, workMs] = timesOf(job);
        return [deviceMs(job), sentMs + share(offsets[2]), workMs + share(offsets[3])];
      };
      return bestMix(jobs.map(column));
    };
    const whole = (): Mix => mixOf((job) => job.leadMs + job.trailMs + share(offsets[1]));
    // Frames that send nothing load only the whole device.
    if (isUnsent) {
      const mix = whole();
      this.add([0, ...mix.prices]);
      return mix;
    }
    const mix = mixOf((job) => job.leadMs + share(offsets[0]));
    this.add([mix.prices[0], 0, mix.prices[1], mix.prices[2]]);
    if (jobs.some((job) => job.trailMs > 0)) this.add([0, ...whole().prices]);
    return mix;
  }

  /** No burst with `left` frames after a label ends before; its very end where none is left. */
  boundMs(label: Label, left: number): number {
    const endMs = endOf(label, this.#returnMs);
    const isUnsent = label.linkMs === -Infinity;
    if (left === 0) return isUnsent ? endMs : Math.max(endMs, this.#loadedMs(label, 0));
    const offsets = this.#offsets(label, left);
    let boundMs = endMs;
    for (const { weights, anyMs, sendingMs } of this.#list.prices) {
      const ms = priced(weights, offsets) + left * (isUnsent ? anyMs : sendingMs);
      if (ms > boundMs) boundMs = ms;
    }
    if (!isUnsent) return Math.max(boundMs, this.#loadedMs(label, left));
    return Math.min(boundMs, Math.max(endMs, label.totalMs + left * this.#unsentMs));
  }

  /** Counts what `hasRoom` needs to know of a label's last frame. */
  count(label: Label): void {
    if (isLoaded(label)) this.#rooms.count(label);
  }

  /** Whether several workers may have room for a label and `left` frames more before `belowMs`. */
  hasRoom(label: Label, left: number, belowMs: number): boolean {
    if (label.linkMs === -Infinity) return true;
    if (isLoaded(label)) return this.#rooms.hasAll(label, left, this.#loadOffsets(label), belowMs);
    return this.#rooms.has(label, left, this.#offsets(label, left), belowMs);
  }

  /** The same by all that frames ask of the machines, where the label knows it. */
  #loadedMs(label: Label, left: number): number {
    if (!label.hasLoads) return 0;
    const { deviceMs, totalMs, linkLoadMs, cloudLoadMs } = label;
    const afterLinkMs = label.afterLinkMs + this.#returnMs;
    const beforeCloudMs = label.beforeCloudMs + this.#returnMs;
    let boundMs = 0;
    for (const { weights, sendingLoadMs, aroundSendingMs } of this.#list.prices) {
      const [lead, whole, link, cloud] = weights;
      // The device waits for the last frame; any frame may be what link and cloud wait for.
      const around = left > 0 ? aroundSendingMs : NONE_LEFT;
      let ms = lead * deviceMs + whole * totalMs + link * linkLoadMs + cloud * cloudLoadMs;
      ms += left * sendingLoadMs;
      ms += left > 0 ? (around[0] ?? 0) : lead * this.#afterDeviceMs;
      if (link > 0) {
        ms += Math.min(link * label.beforeLinkMs, around[1] ?? 0);
        ms += Math.min(link * afterLinkMs, around[2] ?? 0);
      }
      if (cloud > 0) {
        const waitsMs = Math.min(cloud * beforeCloudMs, around[3] ?? 0);
        ms += Math.max(waitsMs, cloud * this.#startMs);
      }
      if (ms > boundMs) boundMs = ms;
    }
    return boundMs;
  }

  /** No burst of `frames` frames one of which is of this job ends before. */
  withJobMs(job: BurstJob, frames: number): number {
    if (!job.sends || this.#sending.length === 0) return 0;
    return this.#list.burstMs(frames, job);
  }

  /** No burst of `frames` frames ends before. */
  burstMs(frames: number): number {
    const sentMs = this.#sending.length === 0 ? 0 : this.#list.burstMs(frames);
    return Math.min(sentMs, frames * this.#unsentMs);
  }

  #loadOffsets({ deviceMs, totalMs, linkLoadMs, cloudLoadMs }: Label): Weights {
    return [
      deviceMs + this.#afterDeviceMs,
      totalMs,
      linkLoadMs + this.#aroundLinkMs,
      cloudLoadMs + Math.max(this.#aroundCloudMs, this.#startMs),
    ];
  }

  #offsets(label: Label, left: number): Weights {
    const { deviceMs, totalMs, linkMs, cloudMs } = label;
    if (this.#sending.length === 0) return [deviceMs, totalMs, 0, 0];
    const nextMs = Math.max(linkMs + this.#fromLinkMs, deviceMs + this.#fromDeviceMs);
    const isShared = label.freeMs.length === 0 || label.hasLoads;
    const workMs = isShared ? Math.max(cloudMs, nextMs) : this.#rooms.meanMs(label, left);
    return [
      deviceMs + Math.max(this.#afterDeviceMs, totalMs - deviceMs),
      totalMs,
      Math.max(linkMs, deviceMs + this.#beforeLinkMs) + this.#afterLinkMs,
      this.#returnMs + workMs,
    ];
  }
}
