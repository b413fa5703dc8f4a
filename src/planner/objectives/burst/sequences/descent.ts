/**
 * Local search over sequences of jobs: one frame follows another job, or two frames change places.
 *
 * The dynamic program keeps few labels where many frames meet several workers, and the sequences it
 * ends with can often be improved by a step. The first step that is better is taken, in a fixed
 * order, until none is or the evaluations are spent. Deterministic.
 */

import { type BurstJob, inOrder } from '../job.js';
import { endOf, extended, type Label } from './label.js';

/** Sequences evaluated, labels computed for all of them, and jobs that frames may change to. */
const EVALUATIONS = 6_000;
const LABELS = 192_000;
const JOBS = 16;
/** What the machines' mean end counts next to the last end, so that ties are not the end. */
const MEAN = 1e-3;

/** A sequence that no single step improves, or the best one found within the evaluations. */
export function descended(
  from: Label,
  sequence: readonly BurstJob[],
  jobs: readonly BurstJob[],
  returnMs: number,
): readonly BurstJob[] {
  let best = [...sequence];
  let bestMs = costOf(from, best, returnMs);
  let left = Math.min(EVALUATIONS, Math.ceil(LABELS / Math.max(1, sequence.length)));
  const isBetter = (changed: BurstJob[]): boolean => {
    left -= 1;
    const ms = costOf(from, changed, returnMs);
    if (ms >= bestMs - 1e-9 * bestMs) return false;
    [best, bestMs] = [changed, ms];
    return true;
  };
  for (let improved = true; improved && left > 0; ) {
    improved = false;
    for (let frame = best.length - 1; frame >= 0 && left > 0; frame--) {
      for (const job of jobs.slice(0, JOBS)) {
        if (left <= 0) break;
        improved = isBetter(inOrder(best.with(frame, job))) || improved;
      }
      for (let other = 0; other < frame && left > 0; other++) {
        const [one, two] = [best[frame], best[other]];
        if (!one || !two || one === two) continue;
        improved = isBetter(inOrder(best.with(frame, two).with(other, one))) || improved;
      }
    }
  }
  return best;
}

/** The end of a sequence, and a little of when the machines are free. */
export function costOf(from: Label, jobs: readonly BurstJob[], returnMs: number): number {
  const label = jobs.reduce(extended, from);
  const workersMs = label.freeMs.reduce((sum, ms) => sum + ms, 0) / (label.freeMs.length || 1);
  const linkMs = Math.max(0, label.linkMs);
  return endOf(label, returnMs) + MEAN * (label.totalMs + linkMs + workersMs);
}
