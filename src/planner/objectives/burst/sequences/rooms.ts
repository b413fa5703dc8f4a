/**
 * Whether several workers have room for the frames of a burst before some time.
 *
 * A worker does the work of a frame of one tensor in a row, and of any frame what follows its last
 * tensor. So before a given time it does a whole number of pieces of any size: a row of the linear
 * program that is rounded down (Chvátal, Gomory). At any prices of device, link and this row the
 * cheapest frames need no more than there is (Lagrange).
 */

import { bestMix, type Loads, type Mix } from '../../../algorithms/mixed-game.js';
import type { BurstJob } from '../job.js';
import { isLoaded, type Label } from './label.js';
import type { Price, PriceList, Weights } from './price-list.js';
import { headsOfFrame, headsOfPiece, WorkerStarts } from './worker-starts.js';

/** A job of this share of a mix is a piece by which workers are filled. */
const PIECE = 0.05;
/** A part of the end that rounding may have lost. */
const ROUNDED = 1e-9;

/** What all frames wait for, and how many are served at a time. */
interface Cloud {
  readonly returnMs: number;
  readonly workers: number;
}

/** Rooms for frames of jobs that send. */
export class Rooms {
  readonly #jobs: readonly BurstJob[];
  readonly #list: PriceList;
  readonly #returnMs: number;
  readonly #workers: number;
  readonly #frames: WorkerStarts;
  readonly #pieces: WorkerStarts;

  constructor(jobs: readonly BurstJob[], list: PriceList, { returnMs, workers }: Cloud) {
    this.#jobs = jobs;
    this.#list = list;
    this.#returnMs = returnMs;
    this.#workers = workers;
    this.#frames = new WorkerStarts(jobs, headsOfFrame);
    this.#pieces = new WorkerStarts(jobs, headsOfPiece);
  }

  /** When the workers of a label begin with `left` frames more, on average. */
  meanMs(label: Label, left: number): number {
    return this.#frames.meanMs(label, left);
  }

  /** Counts the pieces of a label's last frame. */
  count(label: Label): void {
    const { job, before } = label;
    if (!job || this.#workers === 1) return;
    label.pieces = this.#list.units.map((unitMs, i) => {
      const own = job.sends ? Math.floor(job.pieceMs / unitMs) : 0;
      return (before?.pieces[i] ?? 0) + own;
    });
  }

  /**
   * Whether the workers of a label have room for `left` frames more. `offsets` are what the machines
   * have spent, the cloud apart.
   */
  has(label: Label, left: number, offsets: Weights, belowMs: number): boolean {
    if (left === 0 || !this.#knowsWorkers(label)) return true;
    const { units, prices } = this.#list;
    for (let i = 0; i < units.length; i++) {
      const roomMs = this.#roomMs(label, left, units[i] ?? 0, belowMs);
      for (const price of prices) {
        const neededMs = left * (price.roundedMs[i] ?? 0);
        if (isOver(price, offsets, neededMs, roomMs, belowMs)) return false;
      }
    }
    return true;
  }

  /** Whether the workers have room for all frames of a relaxed label and `left` more. */
  hasAll(label: Label, left: number, offsets: Weights, belowMs: number): boolean {
    if (this.#workers === 1) return true;
    const { units, prices } = this.#list;
    for (let i = 0; i < units.length; i++) {
      const unitMs = units[i] ?? 0;
      const spentMs = ((label.pieces[i] ?? 0) * unitMs) / this.#workers;
      const roomMs = this.#allRoomMs(unitMs, belowMs) - spentMs;
      for (const price of prices) {
        const neededMs = left * (price.roundedLoadMs[i] ?? 0);
        if (isOver(price, offsets, neededMs, roomMs, belowMs)) return false;
      }
    }
    return true;
  }

  /** Adds pieces of the jobs in a mix, and the prices of the programs with the cloud in pieces. */
  price(label: Label, left: number, mix: Mix, offsets: Weights, belowMs: number): void {
    const isAll = isLoaded(label);
    if (this.#workers === 1 || !(isAll || label.freeMs.length === this.#workers)) return;
    for (const [i, job] of this.#jobs.entries()) {
      if ((mix.weights[i] ?? 0) <= PIECE) continue;
      this.#list.addUnit(isAll ? job.pieceMs : job.workMs);
    }
    if (belowMs === Infinity) return;
    const share = (ms: number): number => Math.max(0, ms) / left;
    for (const unitMs of this.#list.units) {
      const roomMs = isAll
        ? this.#allRoomMs(unitMs, belowMs) - piecesOf(label, unitMs) / this.#workers
        : this.#roomMs(label, left, unitMs, belowMs);
      const column = (job: BurstJob): Loads => [
        job.leadMs + share(offsets[0]),
        (isAll ? job.loads[1] : job.linkMs) + share(offsets[2]),
        (isAll ? this.#list.pieceShareMs(job, unitMs) : this.#list.shareMs(job, unitMs)) +
          share(belowMs - roomMs),
      ];
      const { prices } = bestMix(this.#jobs.map(column));
      this.#list.add([prices[0], 0, prices[1], prices[2]]);
    }
  }

  #knowsWorkers({ freeMs, linkMs }: Label): boolean {
    return freeMs.length === this.#workers && this.#workers > 1 && linkMs > -Infinity;
  }

  /** A worker's share of the work in whole pieces that fits after a label. */
  #roomMs(label: Label, left: number, unitMs: number, belowMs: number): number {
    const rooms = this.#frames.rooms(label, left, unitMs, belowMs - this.#returnMs);
    return (rooms * unitMs) / this.#workers;
  }

  #allRoomMs(unitMs: number, belowMs: number): number {
    const rooms = this.#pieces.allRooms(this.#workers, unitMs, belowMs - this.#returnMs);
    return (rooms * unitMs) / this.#workers;
  }
}

/** Whether frames that need so much at a price cannot end before `belowMs`. */
function isOver(
  { weights: [lead, whole, link, cloud] }: Price,
  offsets: Weights,
  neededMs: number,
  roomMs: number,
  belowMs: number,
): boolean {
  if (cloud === 0) return false;
  const usedMs = lead * offsets[0] + whole * offsets[1] + link * offsets[2] + neededMs;
  return usedMs > (lead + whole + link + ROUNDED) * belowMs + cloud * roomMs;
}

/** The whole pieces of a label's frames, milliseconds. */
function piecesOf(last: Label, unitMs: number): number {
  let sumMs = 0;
  for (let label: Label | undefined = last; label; label = label.before) {
    if (label.job?.sends) sumMs += unitMs * Math.floor(label.job.pieceMs / unitMs);
  }
  return sumMs;
}
