/**
 * Simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983) over sequences of jobs.
 *
 * A move lets one frame follow another job, or lets two frames change places. Its cost is that of
 * the label of the whole sequence, as in descent.ts, which improves what annealing ends with. Seeded,
 * hence deterministic.
 */

import { seeded } from '../../../algorithms/random.js';
import { type BurstJob, inOrder } from '../job.js';
import { costOf, descended } from './descent.js';
import type { Label } from './label.js';

/** Sequences evaluated, labels computed for all of them, and jobs that frames may change to. */
const MOVES = 3_000;
const LABELS = 96_000;
const JOBS = 40;
/** What a worse sequence may cost at the first and at the last move, as a share of the best. */
const HOT = 0.01;
const COLD = 0.0001;
/** Cumulative shares of moves: any job, a job of another frame; the rest are changes of places. */
const ANY_JOB = 0.45;
const OTHERS_JOB = 0.6;

/** The best sequence met on the way from a given one, improved step by step. */
export function annealed(
  from: Label,
  sequence: readonly BurstJob[],
  jobs: readonly BurstJob[],
  returnMs: number,
  seed = 1,
): readonly BurstJob[] {
  const random = seeded(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pool = jobs.slice(0, JOBS);
  const moves = Math.min(MOVES, Math.floor(LABELS / Math.max(1, sequence.length)));
  let [now, best] = [sequence, sequence];
  let nowMs = costOf(from, now, returnMs);
  let bestMs = nowMs;
  for (let move = 0; move < moves; move++) {
    const [place, other, kind] = [below(now.length), below(now.length), random()];
    const [one, two, any] = [now[place], now[other], pool[below(pool.length)]];
    if (!one || !two || !any) break;
    const changed =
      kind < OTHERS_JOB
        ? now.with(place, kind < ANY_JOB ? any : two)
        : now.with(place, two).with(other, one);
    const made = inOrder(changed);
    const madeMs = costOf(from, made, returnMs);
    const share = HOT * (COLD / HOT) ** (move / moves);
    const isKept = madeMs <= nowMs || random() < Math.exp((nowMs - madeMs) / (share * bestMs));
    if (!isKept) continue;
    [now, nowMs] = [made, madeMs];
    if (nowMs < bestMs) [best, bestMs] = [now, nowMs];
  }
  return descended(from, best, jobs, returnMs);
}
