/**
 * How much a burst still takes once some frames are placed: a bound from the prices of linear
 * programs.
 *
 * Every frame adds its times to device, link and cloud, and each machine waits for the first and
 * after the last of them. At any prices of the machines that sum to 1 the burst ends no earlier than
 * the priced times so far and the cheapest frame, as often as frames are missing (Lagrange). The
 * best prices are those of the linear program over the frames that are missing; they are computed
 * for a few states and serve all others.
 */

import { least } from '../../algorithms/extremes.js';
import { bestMix, type Loads } from '../../algorithms/mixed-game.js';
import type { BurstJob } from './job.js';
import { endOf, type Label } from './label.js';

/** Prices of the device with the tensors, of the whole device, of link and cloud. */
type Weights = readonly [number, number, number, number];

interface Price {
  readonly weights: Weights;
  /** The cheapest frame of those that send, and of all; and the same by their loads. */
  readonly sendingMs: number;
  readonly anyMs: number;
  readonly loadMs: number;
  readonly sendingLoadMs: number;
}

/** Linear programs solved, so that a bound stays a handful of sums. */
const PRICES = 40;

const CORNERS: readonly Weights[] = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

/** Bounds on bursts whose frames are of the given jobs. */
export class Completion {
  readonly #jobs: readonly BurstJob[];
  readonly #sending: readonly BurstJob[];
  readonly #returnMs: number;
  readonly #prices: Price[] = [];
  readonly #known = new Set<string>();
  /** What the machines wait for at least, before the first and after the last of the frames. */
  readonly #afterDeviceMs: number;
  readonly #afterLinkMs: number;
  readonly #beforeLinkMs: number;
  readonly #fromLinkMs: number;
  readonly #fromDeviceMs: number;
  /** The same of link and cloud when tensors of different frames mix. */
  readonly #aroundLinkMs: number;
  readonly #aroundCloudMs: number;
  /** The least device time of a frame that sends nothing. */
  readonly #unsentMs: number;

  constructor(jobs: readonly BurstJob[], returnMs: number) {
    this.#jobs = jobs;
    this.#sending = jobs.filter((job) => job.sends);
    this.#returnMs = returnMs;
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
    for (const weights of CORNERS) this.add(weights);
  }

  /** Adds the prices of the linear programs for `left` frames after a label. */
  price(label: Label, left: number): void {
    if (this.#sending.length === 0 || left === 0) return;
    this.#priceRows(label, left, this.#offsets(label), (job) => [job.linkMs, job.cloudMs]);
    if (!label.hasLoads) return;
    this.#priceRows(label, left, this.#loadOffsets(label), ({ loads }) => [loads[1], loads[2]]);
  }

  #priceRows(
    { linkMs }: Label,
    left: number,
    offsets: Weights,
    timesOf: (job: BurstJob) => readonly [number, number],
  ): void {
    const isUnsent = linkMs === -Infinity;
    const jobs = isUnsent ? this.#jobs : this.#sending;
    const share = (ms: number): number => Math.max(0, ms) / left;
    const pricesOf = (deviceMs: (job: BurstJob) => number): Loads => {
      const column = (job: BurstJob): Loads => {
        const [sentMs, workMs] = timesOf(job);
        return [deviceMs(job), sentMs + share(offsets[2]), workMs + share(offsets[3])];
      };
      return bestMix(jobs.map(column)).prices;
    };
    // Frames that send nothing load only the whole device.
    if (!isUnsent) {
      const [lead, link, cloud] = pricesOf((job) => job.leadMs + share(offsets[0]));
      this.add([lead, 0, link, cloud]);
    }
    if (isUnsent || jobs.some((job) => job.trailMs > 0)) {
      this.add([0, ...pricesOf((job) => job.leadMs + job.trailMs + share(offsets[1]))]);
    }
  }

  /** No burst with `left` frames after a label ends before; its very end where none is left. */
  boundMs(label: Label, left: number): number {
    const endMs = endOf(label, this.#returnMs);
    const isUnsent = label.linkMs === -Infinity;
    if (left === 0) return isUnsent ? endMs : Math.max(endMs, this.#loadedMs(label, 0));
    const offsets = this.#offsets(label);
    let boundMs = endMs;
    for (const { weights, anyMs, sendingMs } of this.#prices) {
      const ms = priced(weights, offsets) + left * (isUnsent ? anyMs : sendingMs);
      if (ms > boundMs) boundMs = ms;
    }
    if (!isUnsent) return Math.max(boundMs, this.#loadedMs(label, left));
    return Math.min(boundMs, Math.max(endMs, label.totalMs + left * this.#unsentMs));
  }

  /** The same by all that frames ask of the machines, where the label knows it. */
  #loadedMs(label: Label, left: number): number {
    if (!label.hasLoads) return 0;
    const offsets = this.#loadOffsets(label);
    return this.#prices.reduce(
      (most, { weights, sendingLoadMs }) =>
        Math.max(most, priced(weights, offsets) + left * sendingLoadMs),
      0,
    );
  }

  /** No burst of `frames` frames one of which is of this job ends before. */
  withJobMs(job: BurstJob, frames: number): number {
    if (!job.sends) return 0;
    return this.#rootMs((weights) => pricedLoads(weights, job), frames - 1);
  }

  /** No burst of `frames` frames ends before. */
  burstMs(frames: number): number {
    return Math.min(
      this.#rootMs(() => 0, frames),
      frames * this.#unsentMs,
    );
  }

  #rootMs(known: (weights: Weights) => number, left: number): number {
    if (this.#sending.length === 0) return 0;
    const offsets: Weights = [this.#afterDeviceMs, 0, this.#aroundLinkMs, this.#aroundCloudMs];
    return this.#prices.reduce(
      (most, { weights, loadMs }) =>
        Math.max(most, priced(weights, offsets) + known(weights) + left * loadMs),
      0,
    );
  }

  #loadOffsets({ deviceMs, totalMs, linkLoadMs, cloudLoadMs }: Label): Weights {
    return [
      deviceMs + this.#afterDeviceMs,
      totalMs,
      linkLoadMs + this.#aroundLinkMs,
      cloudLoadMs + this.#aroundCloudMs,
    ];
  }

  #offsets({ deviceMs, totalMs, linkMs, cloudMs, freeMs }: Label): Weights {
    if (this.#sending.length === 0) return [deviceMs, totalMs, 0, 0];
    const nextMs = Math.max(linkMs + this.#fromLinkMs, deviceMs + this.#fromDeviceMs);
    return [
      deviceMs + Math.max(this.#afterDeviceMs, totalMs - deviceMs),
      totalMs,
      Math.max(linkMs, deviceMs + this.#beforeLinkMs) + this.#afterLinkMs,
      this.#returnMs +
        (freeMs.length === 0
          ? Math.max(cloudMs, nextMs)
          : freeMs.reduce((sum, ms) => sum + Math.max(ms, nextMs), 0) / freeMs.length),
    ];
  }

  /** Adds prices of the device with the tensors, of the whole device, of link and cloud. */
  add(weights: Weights): void {
    const key = weights.map((weight) => weight.toFixed(6)).join(' ');
    if (this.#known.has(key) || this.#prices.length === PRICES) return;
    this.#known.add(key);
    let [sendingMs, anyMs, loadMs, sendingLoadMs] = [Infinity, Infinity, Infinity, Infinity];
    for (const job of this.#jobs) {
      const ms = pricedJob(weights, job);
      anyMs = Math.min(anyMs, ms);
      const loadedMs = pricedLoads(weights, job);
      loadMs = Math.min(loadMs, loadedMs);
      if (!job.sends) continue;
      sendingMs = Math.min(sendingMs, ms);
      sendingLoadMs = Math.min(sendingLoadMs, loadedMs);
    }
    if (sendingMs === Infinity) [sendingMs, sendingLoadMs] = [0, 0];
    this.#prices.push({ weights, sendingMs, anyMs, loadMs, sendingLoadMs });
  }
}

function priced(weights: Weights, ms: Weights): number {
  return weights[0] * ms[0] + weights[1] * ms[1] + weights[2] * ms[2] + weights[3] * ms[3];
}

function pricedJob(weights: Weights, job: BurstJob): number {
  const { leadMs, trailMs, linkMs, cloudMs } = job;
  return (
    (weights[0] + weights[1]) * leadMs +
    weights[1] * trailMs +
    weights[2] * linkMs +
    weights[3] * cloudMs
  );
}

/** The same of all that a frame asks of the machines, whatever others do meanwhile. */
function pricedLoads(weights: Weights, { leadMs, loads }: BurstJob): number {
  return (
    weights[0] * leadMs + weights[1] * loads[0] + weights[2] * loads[1] + weights[3] * loads[2]
  );
}
