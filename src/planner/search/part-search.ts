/**
 * Cut and order of all independent parts together, by dynamic programming.
 *
 * State: how many copies of each part have begun, and how far those that are not done have come.
 * A move runs the next job of a copy; the first one chooses its cut. Copies that have not begun
 * stay on the device. Labels are pruned by dominance and by bounds at several prices of the
 * machines (part-prices.ts). Copies are interchangeable, so k equal parts have k + 1 states instead
 * of 2^k. States go by rising number of copies begun, then by falling number of open jobs.
 * Deterministic; a budget of labels bounds time and memory.
 */
import { type OrderJob, releasedMs, waysOf } from '../order/jobs.js';
import { advance, insertUndominated, type Label, START, type Step } from '../order/labels.js';
import type { PricedFrame, Sending } from '../problem/priced-frame.js';
import { isBelow, PartBounds } from './part-bounds.js';
import { jobsOf, type Part } from './part-cuts.js';
import type { PricedParts } from './part-prices.js';
import {
  jobsLeft,
  keyOf,
  loadsLeft,
  type OpenCut,
  type PartMove,
  type PartState,
  partState,
  stateAfter,
  withoutIdle,
} from './part-states.js';

/** How far a search may go. */
export interface PartLimits {
  /** Labels and moves that may be made. */
  readonly labels: number;
  /** Labels extended of all with as many copies begun and jobs open; only `Infinity` proves. */
  readonly beam: number;
  /**
   * Copies that the cloud serves at a time, if more than one. Its times are then those of one that is
   * as many times as fast, and besides no copy ends before a worker of its own would end it.
   */
  readonly workers?: number;
  /** The cloud does not begin before; 0 when not given. */
  readonly startMs?: number;
}

/** The best schedule found, and what was proven. */
export interface PartsFound {
  /** Undefined when nothing ends before the known makespan. */
  readonly label?: Label<PartMove>;
  readonly endMs: number;
  /** No schedule that sends something ends before. */
  readonly boundMs: number;
}

/** Ends this close to the best count as no better: sums of many times differ in the last digits. */
const SAME = 1e-12;
/** What else costs time, in labels: a move, a job of a state, a comparison of two labels. */
const MOVE_LABELS = 1 / 16;
const JOB_LABELS = 1 / 4;
const COMPARED_LABELS = 1 / 256;

/** Searches for a schedule that sends something and ends before `belowMs`. */
export function searchParts(
  frame: PricedFrame,
  parts: readonly Part[],
  met: readonly PricedParts[],
  belowMs: number,
  limits: PartLimits,
): PartsFound {
  return new PartSearch(frame, parts, met, belowMs, limits).run();
}

class PartSearch {
  readonly #frame: PricedFrame;
  readonly #parts: readonly Part[];
  readonly #limits: PartLimits;
  /** By number of copies begun, by number of open jobs, by key. */
  readonly #states: Map<string, PartState>[][] = [];
  readonly #bounds = new WeakMap<Label<PartMove>, number>();
  readonly #prices: PartBounds;
  #labels: number;
  #endMs: number;
  #best: Label<PartMove> | undefined;

  constructor(
    frame: PricedFrame,
    parts: readonly Part[],
    met: readonly PricedParts[],
    belowMs: number,
    limits: PartLimits,
  ) {
    this.#frame = frame;
    this.#parts = parts;
    this.#prices = new PartBounds(frame, met);
    this.#limits = limits;
    this.#labels = limits.labels;
    this.#endMs = belowMs;
  }

  run(): PartsFound {
    const none = this.#parts.map(() => 0);
    const { startMs = 0 } = this.#limits;
    this.#stateOf(none, []).labels.push({ ...START, cloudMs: startMs });
    for (let begun = 0; begun < this.#states.length; begun++) {
      const levels = this.#states[begun] ?? [];
      for (let open = levels.length - 1; open >= 0; open--) {
        const states = [...(levels[open]?.values() ?? [])];
        const beamMs = this.#beamMs(states);
        for (const state of states) {
          this.#expand(state, beamMs);
          if (this.#labels < 0) return this.#found(this.#leastOpenMs());
        }
        levels.length = open;
      }
    }
    return this.#found(Infinity);
  }

  #found(openMs: number): PartsFound {
    const boundMs = Math.min(openMs, this.#endMs);
    const found = { endMs: this.#endMs, boundMs };
    return this.#best ? { ...found, label: this.#best } : found;
  }

  /** What labels of states that are not done with can still lead to. */
  #leastOpenMs(): number {
    let leastMs = Infinity;
    for (const states of this.#states.flat()) {
      for (const { labels } of states.values()) {
        for (const label of labels) leastMs = Math.min(leastMs, this.#boundOf(label));
      }
    }
    return leastMs;
  }

  /** The bound of the last label that the beam has room for. */
  #beamMs(states: readonly PartState[]): number {
    if (this.#limits.beam === Infinity) return Infinity;
    const bounds = states.flatMap(({ labels }) => labels.map((label) => this.#boundOf(label)));
    return bounds.sort((a, b) => a - b)[this.#limits.beam - 1] ?? Infinity;
  }

  #boundOf(label: Label<PartMove>): number {
    return this.#bounds.get(label) ?? 0;
  }

  #expand(state: PartState, beamMs: number): void {
    const labels = state.labels.filter((label) => {
      const boundMs = this.#boundOf(label);
      return boundMs <= beamMs && boundMs < this.#endMs * (1 - SAME);
    });
    if (labels.length === 0) return;
    const met = new Set<string>();
    for (const open of state.open) {
      const key = keyOf([], [open]);
      if (!met.has(key)) this.#runNext(state, labels, open);
      met.add(key);
    }
    const sums = labels.map((label) => this.#prices.sumsMs(state, label));
    for (const [part, { copies, cuts }] of this.#parts.entries()) {
      if (state.begun[part] === copies.length) continue;
      for (const cut of cuts) {
        const excessMs = this.#prices.excessMs(part, cut);
        const belowMs = this.#endMs * (1 - SAME);
        const left = labels.filter((_, i) => isBelow(belowMs, sums[i] ?? [], excessMs));
        this.#labels -= MOVE_LABELS;
        if (left.length > 0) this.#runNext(state, left, { part, cut, done: 0n });
        if (this.#labels < 0) return;
      }
    }
  }

  /** Extends labels by every job that a copy may run next. */
  #runNext(state: PartState, labels: readonly Label<PartMove>[], open: OpenCut): void {
    const part = this.#parts[open.part];
    if (!part) return;
    const { cloudWork, trailingMs } = jobsOf(part, open.cut);
    const left = jobsLeft(this.#parts, open);
    for (const job of left) {
      if ((job.needs & open.done) !== job.needs) continue;
      const done = open.done | job.bit;
      this.#labels -= JOB_LABELS;
      const after = stateAfter(state, open, done, left.length === 1);
      const next = this.#stateOf(after.begun, after.open);
      const step = {
        deviceMs: job.deviceMs,
        releasedMs: releasedMs(cloudWork, done, job.bit),
        trailingMs: open.done === 0n ? trailingMs : 0,
        latencyMs: this.#frame.latencyMs,
      };
      for (const sending of waysOf(job)) {
        const own = { ...step, sending, ...this.#aloneOf(open, job, sending) };
        this.#extend(labels, next, { ...open, job, sending }, own);
      }
    }
  }

  get #workers(): number {
    return this.#limits.workers ?? 1;
  }

  /** The cloud work of a copy from a tensor on, where one of several workers does it alone. */
  #aloneOf(open: OpenCut, job: OrderJob, sending: Sending | undefined): Pick<Step, 'aloneMs'> {
    const workers = this.#workers;
    if (workers === 1 || !sending) return {};
    const leastMs = loadsLeft(this.#parts, open)[2];
    return { aloneMs: workers * (leastMs + sending.decodeMs - job.leastDecodeMs) };
  }

  #extend(labels: readonly Label<PartMove>[], next: PartState, move: PartMove, step: Step): void {
    for (const label of labels) {
      const made = advance(label, move, step);
      this.#labels -= MOVE_LABELS;
      if (next.open.length === 0) this.#finish(next, made);
      const boundMs = Math.max(
        this.#prices.boundMs(next, made),
        made.lastMs + this.#frame.returnMs,
      );
      if (boundMs >= this.#endMs * (1 - SAME)) continue;
      this.#labels -= COMPARED_LABELS * next.labels.length;
      const { latencyMs } = this.#frame;
      const busy = withoutIdle(made, next, { latencyMs, workers: this.#workers });
      if (!insertUndominated(next.labels, busy)) continue;
      this.#bounds.set(busy, boundMs);
      this.#labels -= 1;
    }
  }

  /** The schedule in which all copies that have not begun stay on the device. */
  #finish({ localMs }: PartState, label: Label<PartMove>): void {
    const deviceMs = label.deviceMs + label.trailingMs + localMs;
    const cloudMs = Math.max(label.cloudMs, label.lastMs);
    const endMs = Math.max(deviceMs, cloudMs + this.#frame.returnMs);
    if (endMs >= this.#endMs * (1 - SAME)) return;
    this.#endMs = endMs;
    this.#best = label;
  }

  #stateOf(begun: readonly number[], open: readonly OpenCut[]): PartState {
    const count = begun.reduce((sum, one) => sum + one, 0);
    const openJobs = open.reduce((sum, one) => sum + jobsLeft(this.#parts, one).length, 0);
    while (this.#states.length <= count) this.#states.push([]);
    const levels = this.#states[count] ?? [];
    while (levels.length <= openJobs) levels.push(new Map());
    const key = keyOf(begun, open);
    const state =
      levels[openJobs]?.get(key) ?? partState(this.#parts, this.#prices.met, begun, open);
    levels[openJobs]?.set(key, state);
    return state;
  }
}
