/** Prices of the machines of a burst, each with the cheapest frame at them. */

import type { BurstJob } from '../job.js';

/** Prices of the device with the tensors, of the whole device, of link and cloud. */
export type Weights = readonly [number, number, number, number];

/** Prices, and the least that a frame costs at them. */
export interface Price {
  readonly weights: Weights;
  /** The cheapest frame of those that send, and of all; and the same by their loads. */
  readonly sendingMs: number;
  readonly anyMs: number;
  readonly loadMs: number;
  readonly sendingLoadMs: number;
  /** The least that the machines wait around the frames, at their prices (`timesAround`). */
  readonly aroundMs: readonly number[];
  /** The same where all frames send. */
  readonly aroundSendingMs: readonly number[];
  /** By unit: the cheapest frame that sends with its work, or by its loads its piece, in units. */
  readonly roundedMs: number[];
  readonly roundedLoadMs: number[];
}

/** Prices kept, so that a bound stays a handful of sums; and units. */
const PRICES = 64;
const UNITS = 4;
/** Units that differ by less are one. */
const ALIKE = 1e-6;

/** The place of the cloud among the times around frames. */
const CLOUD = 3;

const CORNERS: readonly Weights[] = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

/** What all frames wait for: how many are served at a time, their results, and workers on average. */
interface Waits {
  readonly workers: number;
  readonly returnMs: number;
  readonly startMs: number;
}

/** Prices of a set of jobs, the first few that are added. */
export class PriceList {
  readonly #jobs: readonly BurstJob[];
  readonly #sending: readonly BurstJob[];
  readonly #workers: number;
  readonly #returnMs: number;
  readonly #startMs: number;
  readonly #known = new Set<string>();
  readonly prices: Price[] = [];
  /** Pieces of work by which workers are filled, milliseconds. */
  readonly units: number[] = [];

  constructor(jobs: readonly BurstJob[], { workers, returnMs, startMs }: Waits) {
    this.#jobs = jobs;
    this.#startMs = startMs;
    this.#sending = jobs.filter((job) => job.sends);
    this.#workers = workers;
    this.#returnMs = returnMs;
    for (const weights of CORNERS) this.add(weights);
  }

  /** Adds prices, unless they are known or there are enough. */
  add(weights: Weights): void {
    const key = weights.map((weight) => weight.toFixed(6)).join(' ');
    if (this.#known.has(key) || this.prices.length === PRICES) return;
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
    const roundedMs = this.units.map((unitMs) => this.#roundedMs(weights, unitMs));
    const roundedLoadMs = this.units.map((unitMs) => this.#roundedLoadMs(weights, unitMs));
    const aroundMs = this.#aroundMs(weights, loadMs);
    const aroundSendingMs = this.#aroundMs(weights, sendingLoadMs);
    const least = { sendingMs, anyMs, loadMs, sendingLoadMs };
    const around = { aroundMs, aroundSendingMs };
    this.prices.push({ weights, ...least, ...around, roundedMs, roundedLoadMs });
  }

  /** Adds a unit, unless it is known, is nothing, or there are enough. */
  addUnit(unitMs: number): void {
    const isKnown = this.units.some((known) => Math.abs(known - unitMs) <= ALIKE * known);
    if (isKnown || !(unitMs > 0) || this.units.length === UNITS) return;
    this.units.push(unitMs);
    for (const { weights, roundedMs, roundedLoadMs } of this.prices) {
      roundedMs.push(this.#roundedMs(weights, unitMs));
      roundedLoadMs.push(this.#roundedLoadMs(weights, unitMs));
    }
  }

  /** A job's work as a worker's share of whole units, never more than it is. */
  shareMs({ workMs }: BurstJob, unitMs: number): number {
    return (unitMs * Math.floor(workMs / unitMs)) / this.#workers;
  }

  /** The same of what one worker does in a row. */
  pieceShareMs({ pieceMs }: BurstJob, unitMs: number): number {
    return (unitMs * Math.floor(pieceMs / unitMs)) / this.#workers;
  }

  /**
   * The waiting times of the machines at their prices. The frame that keeps a machine waiting least
   * may be none of the cheapest: it brings its share of what it costs more than those. One frame may
   * be that for all, so each counts for an equal part.
   */
  #aroundMs(weights: Weights, loadMs: number): number[] {
    const prices = pricesAround(weights);
    const share = 1 / Math.max(1, prices.filter((price) => price > 0).length);
    return prices.map((price, i) => {
      if (price === 0) return 0;
      let leastMs = Infinity;
      for (const job of this.#sending) {
        const excessMs = share * (pricedLoads(weights, job) - loadMs);
        const waitsMs = price * (timesAround(job, this.#returnMs)[i] ?? 0);
        leastMs = Math.min(leastMs, waitsMs + excessMs);
      }
      return leastMs === Infinity ? 0 : leastMs;
    });
  }

  /** No burst of a given job, where there is one, and some more frames ends before. */
  burstMs(frames: number, given?: BurstJob): number {
    const times = given && timesAround(given, this.#returnMs);
    const left = given ? frames - 1 : frames;
    let boundMs = 0;
    for (const { weights, loadMs, aroundMs } of this.prices) {
      let ms = left * loadMs + (given ? pricedLoads(weights, given) : 0);
      const prices = pricesAround(weights);
      for (let i = 0; i < aroundMs.length; i++) {
        const [price = 0, aroundsMs = 0] = [prices[i], aroundMs[i]];
        const waitsMs = times ? Math.min(aroundsMs, price * (times[i] ?? 0)) : aroundsMs;
        ms += i === CLOUD ? Math.max(waitsMs, price * this.#startMs) : waitsMs;
      }
      boundMs = Math.max(boundMs, ms);
    }
    return boundMs;
  }

  #roundedMs(weights: Weights, unitMs: number): number {
    let leastMs = Infinity;
    for (const job of this.#sending) {
      const cloudMs = this.shareMs(job, unitMs);
      leastMs = Math.min(leastMs, pricedJob(weights, { ...job, cloudMs }));
    }
    return leastMs === Infinity ? 0 : leastMs;
  }

  #roundedLoadMs(weights: Weights, unitMs: number): number {
    let leastMs = Infinity;
    for (const job of this.#sending) {
      const loads = [job.loads[0], job.loads[1], this.pieceShareMs(job, unitMs)] as const;
      leastMs = Math.min(leastMs, pricedLoads(weights, { ...job, loads }));
    }
    return leastMs === Infinity ? 0 : leastMs;
  }
}

/** The sum of some times at their prices. */
export function priced(weights: Weights, ms: Weights): number {
  return weights[0] * ms[0] + weights[1] * ms[1] + weights[2] * ms[2] + weights[3] * ms[3];
}

type JobTimes = Pick<BurstJob, 'leadMs' | 'trailMs' | 'linkMs' | 'cloudMs'>;

function pricedJob(weights: Weights, { leadMs, trailMs, linkMs, cloudMs }: JobTimes): number {
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

/**
 * What a frame makes the machines wait: the device after its last tensor, the link before its first
 * and after its last, the cloud before its first.
 */
function timesAround(job: BurstJob, returnMs: number): readonly number[] {
  const afterMs = Math.max(job.cloudFromDeviceMs, job.lastFromDeviceMs) - job.leadMs;
  const [beforeLinkMs, beforeCloudMs] = job.headsMs;
  return [returnMs + afterMs, beforeLinkMs, job.tailMs + returnMs, beforeCloudMs + returnMs];
}

/** The prices of these times. */
function pricesAround([lead, , link, cloud]: Weights): readonly number[] {
  return [lead, link, link, cloud];
}
