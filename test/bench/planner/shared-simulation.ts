/**
 * Devices behind one uplink and one cloud, event by event: what plans are worth when all run together.
 *
 * A device runs one frame after the other. Its own link is first in, first out. Transfers share the
 * uplink max–min fairly, as long connections do: each as quick as its own link or an even share of
 * what the slower ones leave. A worker of the cloud goes on with its frame while some of it is ready;
 * then the first ready goes first. Device and cloud times vary, seeded. As an agent does, a device takes
 * a new picture when it is free, at most one frame waits for its link, and its rate allows it.
 */

import { Heap } from '../../../src/planner/algorithms/heap.js';
import type { Link, PlanTimes } from '../../../src/planner/index.js';
import { seededRandom } from '../../../src/wire/index.js';

/** How one device behaves. */
export interface SimulatedDevice {
  readonly link: Link;
  /** Time from frame to frame, and when the first one comes. */
  readonly intervalMs: number;
  readonly firstMs: number;
  /** What the n-th frame takes. */
  readonly timesOf: (frame: number) => PlanTimes;
}

export interface SimulatedSite {
  readonly devices: readonly SimulatedDevice[];
  readonly uplinkMbps: number;
  readonly workers: number;
  readonly endMs: number;
  readonly seed: number;
}

/** A frame that ended: when it came and how long it took. */
export interface SimulatedFrame {
  readonly releaseMs: number;
  readonly latencyMs: number;
}

/** Frames of a device that may be on their way, that may be unsent, and that it may be late for. */
const IN_FLIGHT = 8;
const UNSENT = 2;
const LATE = 8;
/** Times vary evenly by this share in both directions. */
const SPREAD = 0.2;

interface Frame {
  readonly device: Device;
  readonly releaseMs: number;
  /** Own work on the device and results of the cloud that are still to come. */
  open: number;
  doneMs: number;
  readonly work: number[];
  unsent: number;
  isServed: boolean;
  isWaiting: boolean;
}

interface Transfer {
  readonly frame: Frame;
  readonly cloudMs: number;
  leftBytes: number;
  bytesPerMs: number;
}

interface Device {
  readonly given: SimulatedDevice;
  readonly ended: SimulatedFrame[];
  readonly queue: Transfer[];
  freeMs: number;
  /** Frames that its rate allows by now. */
  due: number;
  number: number;
  unsent: number;
  inFlight: number;
  isSending: boolean;
}

/** By device: the frames that ended, in that order. */
export function simulateSite(site: SimulatedSite): SimulatedFrame[][] {
  return new Simulation(site).run();
}

class Simulation {
  readonly #site: SimulatedSite;
  readonly #random: () => number;
  readonly #events = new Heap<{ atMs: number; place: number; act: () => void }>(
    (a, b) => a.atMs - b.atMs || a.place - b.place,
  );
  readonly #devices: readonly Device[];
  /** Transfers that are on the shared uplink, and since when they have their rates. */
  #sending: Transfer[] = [];
  #ratedMs = 0;
  #rating = 0;
  readonly #waiting: Frame[] = [];
  #idle: number;
  #nowMs = 0;
  #places = 0;

  constructor(site: SimulatedSite) {
    this.#site = site;
    this.#random = seededRandom(site.seed);
    this.#idle = site.workers;
    this.#devices = site.devices.map((given) => ({
      ...{ given, ended: [], queue: [], freeMs: 0, inFlight: 0, isSending: false },
      ...{ due: 0, number: 0, unsent: 0 },
    }));
  }

  run(): SimulatedFrame[][] {
    for (const device of this.#devices) this.#expect(device, 0);
    for (let event = this.#events.pop(); event; event = this.#events.pop()) {
      this.#nowMs = event.atMs;
      event.act();
    }
    return this.#devices.map(({ ended }) => ended);
  }

  #at(atMs: number, act: () => void): void {
    this.#places += 1;
    this.#events.push({ atMs, place: this.#places, act });
  }

  #expect(device: Device, number: number): void {
    const { firstMs, intervalMs } = device.given;
    const atMs = firstMs + number * intervalMs;
    if (atMs > this.#site.endMs) return;
    this.#at(atMs, () => {
      device.due = Math.min(LATE, device.due + 1);
      this.#begin(device);
      this.#expect(device, number + 1);
    });
  }

  /** Begins the next frame if the device is free, its link nearly so, and the rate allows it. */
  #begin(device: Device): void {
    const startMs = this.#nowMs;
    const isReady = device.due > 0 && device.freeMs <= startMs && startMs <= this.#site.endMs;
    if (!isReady || device.unsent >= UNSENT || device.inFlight >= IN_FLIGHT) return;
    const times = device.given.timesOf(device.number);
    const factor = this.#varied();
    device.freeMs = startMs + factor * times.deviceMs;
    device.number += 1;
    device.due -= 1;
    device.inFlight += 1;
    if (times.uploads.length > 0) device.unsent += 1;
    this.#at(device.freeMs, () => this.#begin(device));
    const frame: Frame = {
      ...{ device, releaseMs: this.#nowMs, open: 1 + times.uploads.length, doneMs: 0 },
      unsent: times.uploads.length,
      ...{ work: [], isServed: false, isWaiting: false },
    };
    // Where the cloud makes all results, ownMs is 0.
    const ownMs = times.uploads.length === 0 ? times.deviceMs : times.ownMs;
    this.#at(startMs + factor * ownMs, () => this.#finish(frame, this.#nowMs));
    for (const { readyMs, bytes, cloudMs } of times.uploads) {
      const transfer = { frame, cloudMs, leftBytes: bytes, bytesPerMs: 0 };
      this.#at(startMs + factor * readyMs, () => {
        device.queue.push(transfer);
        this.#sendNext(device);
      });
    }
  }

  #varied(): number {
    return 1 + SPREAD * (2 * this.#random() - 1);
  }

  #finish(frame: Frame, doneMs: number): void {
    frame.open -= 1;
    frame.doneMs = Math.max(frame.doneMs, doneMs);
    if (frame.open > 0) return;
    const { device, releaseMs } = frame;
    device.inFlight -= 1;
    device.ended.push({ releaseMs, latencyMs: frame.doneMs - releaseMs });
    this.#begin(device);
  }

  #sendNext(device: Device): void {
    const transfer = device.isSending ? undefined : device.queue.shift();
    if (!transfer) return;
    device.isSending = true;
    this.#at(this.#nowMs + device.given.link.perTensorMs, () => {
      this.#progress();
      this.#sending.push(transfer);
      this.#rate();
    });
  }

  /** Takes off what has been sent at the rates so far. */
  #progress(): void {
    for (const transfer of this.#sending) {
      transfer.leftBytes -= (this.#nowMs - this.#ratedMs) * transfer.bytesPerMs;
    }
    this.#ratedMs = this.#nowMs;
  }

  /** Shares the uplink max–min fairly, and waits for the first transfer to end. */
  #rate(): void {
    const ownRate = ({ frame }: Transfer): number => 125 * frame.device.given.link.uplinkMbps;
    const byRate = this.#sending.toSorted((a, b) => ownRate(a) - ownRate(b));
    let left = 125 * this.#site.uplinkMbps;
    let firstMs = Infinity;
    for (const [i, transfer] of byRate.entries()) {
      transfer.bytesPerMs = Math.min(ownRate(transfer), left / (byRate.length - i));
      left -= transfer.bytesPerMs;
      firstMs = Math.min(firstMs, Math.max(0, transfer.leftBytes) / transfer.bytesPerMs);
    }
    this.#rating += 1;
    const rating = this.#rating;
    if (firstMs === Infinity) return;
    this.#at(this.#nowMs + firstMs, () => {
      // Rates that have changed since have their own event.
      if (rating === this.#rating) this.#endTransfers();
    });
  }

  #endTransfers(): void {
    this.#progress();
    const ended = this.#sending.filter(({ leftBytes }) => leftBytes <= 1e-6);
    this.#sending = this.#sending.filter((one) => !ended.includes(one));
    this.#rate();
    for (const { frame, cloudMs } of ended) {
      const { device } = frame;
      device.isSending = false;
      frame.unsent -= 1;
      if (frame.unsent === 0) {
        device.unsent -= 1;
        this.#begin(device);
      }
      this.#sendNext(device);
      this.#at(this.#nowMs + device.given.link.latencyMs, () => {
        frame.work.push(cloudMs * this.#varied());
        this.#offer(frame);
        this.#serve();
      });
    }
  }

  #offer(frame: Frame): void {
    if (frame.isServed || frame.isWaiting) return;
    frame.isWaiting = true;
    this.#waiting.push(frame);
  }

  #serve(): void {
    while (this.#idle > 0) {
      const frame = this.#waiting.shift();
      if (!frame) return;
      frame.isWaiting = false;
      frame.isServed = true;
      this.#idle -= 1;
      this.#work(frame);
    }
  }

  /** One worker on one frame, as long as some of it is ready. */
  #work(frame: Frame): void {
    const takesMs = frame.work.shift();
    if (takesMs === undefined) {
      frame.isServed = false;
      this.#idle += 1;
      this.#serve();
      return;
    }
    this.#at(this.#nowMs + takesMs, () => {
      const { latencyMs, resultBytes, downlinkMbps } = frame.device.given.link;
      const backMs = latencyMs + (8 * resultBytes) / (1000 * downlinkMbps);
      const doneMs = this.#nowMs + backMs;
      this.#at(doneMs, () => this.#finish(frame, doneMs));
      this.#work(frame);
    });
  }
}
