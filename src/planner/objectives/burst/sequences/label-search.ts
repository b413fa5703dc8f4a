/**
 * The best sequence of jobs for a burst, by dynamic programming over the number of frames placed.
 *
 * Frames are identical, so only how many are placed matters, and when device, link and cloud are
 * free; labels that another beats on all of them go, and those whose bound (completion.ts) is not
 * below what is known. Idle time that no frame can use does not count (slack.ts). Frames that send
 * nothing delay no other and stand first. At most `width` labels stay for each number of frames,
 * those of the least bounds; what the others could have reached limits what is proven.
 * O(frames · width · jobs · width). Deterministic.
 */

import type { BurstJob } from '../job.js';
import type { Completion } from './completion.js';
import { isAsEarly, type Label, servedBy } from './label.js';
import { mayServe } from './served.js';
import { Slack } from './slack.js';

/** Sequences that end before what was known, best first, and a bound on all sequences. */
export interface Sequences {
  readonly ends: readonly Label[];
  readonly boundMs: number;
}

/** How long and how thorough a search is. */
export interface Extent {
  readonly frames: number;
  readonly from: Label;
  /** Whether only sequences with a relaxed job count; what can be run is known already. */
  readonly isRelaxed: boolean;
  /** Sequences that end no earlier are of no use. */
  readonly belowMs: number;
  readonly width: number;
  /**
   * Extensions of a proof. It ends with what it knows when they are spent, and when it loses a label:
   * then it cannot prove any more that nothing ends before.
   */
  readonly extensions?: number;
}

/** What it costs to compare a label with another one, in extensions. */
const COMPARED = 1 / 128;

/** Searches the sequences of `frames` jobs. */
export function bestSequences(
  jobs: readonly BurstJob[],
  completion: Completion,
  { frames, from, isRelaxed, belowMs, width, extensions = Infinity }: Extent,
): Sequences {
  const slack = new Slack(jobs);
  const workers = Math.max(1, from.freeMs.length);
  let layer: Label[] = [from];
  let [droppedMs, spent] = [Infinity, 0];
  for (let left = frames - 1; left >= 0; left--) {
    const next = new Layer(2 * width, isRelaxed);
    for (const label of layer) {
      for (const job of jobs) {
        if (!job.sends && label.linkMs > -Infinity) continue;
        for (let worker = 0; worker < workers; worker++) {
          if (!mayServe(label, job, worker)) continue;
          const made = servedBy(label, job, worker);
          spent += 1;
          completion.count(made);
          if (left === 0 && isRelaxed && !made.isRelaxed) continue;
          made.boundMs = Math.max(label.boundMs, completion.boundMs(made, left));
          if (made.boundMs >= belowMs) continue;
          if (!completion.hasRoom(made, left, belowMs)) continue;
          if (left > 0) slack.raise(made);
          spent += COMPARED * next.size;
          next.insert(made);
        }
      }
      const lostMs = Math.min(droppedMs, next.droppedMs);
      if (extensions === Infinity || (lostMs === Infinity && spent < extensions)) continue;
      // Labels that are not extended yet have no lower bound than this one.
      const [least = label] = next.narrowed(width);
      const boundMs = Math.min(belowMs, label.boundMs, least.boundMs, lostMs, next.droppedMs);
      return { ends: [], boundMs };
    }
    layer = next.narrowed(width);
    droppedMs = Math.min(droppedMs, next.droppedMs);
  }
  const [first] = layer;
  return { ends: layer, boundMs: Math.min(belowMs, droppedMs, first?.boundMs ?? Infinity) };
}

/** Labels of one number of frames, none beaten by another. */
class Layer {
  readonly #room: number;
  readonly #isRelaxed: boolean;
  #labels: Label[] = [];
  /** The least bound of a label that had to go. */
  droppedMs = Infinity;

  constructor(room: number, isRelaxed: boolean) {
    this.#room = room;
    this.#isRelaxed = isRelaxed;
  }

  #beats(one: Label, other: Label): boolean {
    if (this.#isRelaxed && other.isRelaxed && !one.isRelaxed) return false;
    return isAsEarly(one, other);
  }

  get size(): number {
    return this.#labels.length;
  }

  insert(made: Label): void {
    const labels = this.#labels;
    for (const label of labels) {
      if (!this.#beats(label, made)) continue;
      represent(label, made);
      return;
    }
    let kept = 0;
    for (const label of labels) {
      if (this.#beats(made, label)) {
        represent(made, label);
        continue;
      }
      labels[kept] = label;
      kept += 1;
    }
    labels.length = kept;
    labels.push(made);
    if (labels.length > this.#room) this.narrowed(this.#room >> 1);
  }

  /** The labels of the least bounds, least first. */
  narrowed(width: number): Label[] {
    this.#labels.sort((a, b) => a.boundMs - b.boundMs);
    const [dropped] = this.#labels.splice(width);
    if (dropped) this.droppedMs = Math.min(this.droppedMs, dropped.boundMs);
    return this.#labels;
  }
}

/**
 * Lets a label stand for one that it beats. What the machines wait around the frames of a relaxed
 * burst is no time of a machine, so the least of both counts, and the lower bound.
 */
function represent(label: Label, beaten: Label): void {
  if (!label.hasLoads) return;
  label.beforeLinkMs = Math.min(label.beforeLinkMs, beaten.beforeLinkMs);
  label.afterLinkMs = Math.min(label.afterLinkMs, beaten.afterLinkMs);
  label.beforeCloudMs = Math.min(label.beforeCloudMs, beaten.beforeCloudMs);
  label.boundMs = Math.min(label.boundMs, beaten.boundMs);
  label.pieces = label.pieces.map((count, i) => Math.min(count, beaten.pieces[i] ?? 0));
}
