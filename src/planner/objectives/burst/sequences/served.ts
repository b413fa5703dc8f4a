/**
 * Frames of several tensors on several workers: a bound in which any worker may serve any frame.
 *
 * A frame that waits for a tensor gives up its worker, and what had begun before may overtake frames
 * that came later. What follows the last tensor of a frame, its piece, is done in a row by one
 * worker. Of the pieces of one worker each is ready with its frame's last tensor, and in that order
 * they end no later than in any other (1 | r | Cmax). So the last tensors give the order of frames,
 * and which worker serves a frame is tried for all workers. A frame whose last tensor has come is not
 * interrupted, so it also keeps the next piece of its worker waiting until it ends by itself.
 */

import type { BurstJob } from '../job.js';
import type { Label } from './label.js';

/** A job of which a worker of a relaxed burst does no more than the piece. */
export function pieceOf(job: BurstJob): BurstJob {
  return { ...job, workMs: job.pieceMs };
}

/**
 * Whether a worker has to be tried for a frame. Of those that wait for it the last one is best; the
 * others all differ. Where labels are no relaxation, the first one serves every frame.
 */
export function mayServe(label: Label, job: BurstJob, worker: number): boolean {
  const { freeMs, hasLoads, linkMs, deviceMs } = label;
  if (!hasLoads || !job.sends || freeMs.length === 0) return worker === 0;
  const [ownMs = 0, nextMs = Infinity] = [freeMs[worker], freeMs[worker + 1]];
  const aloneMs = Math.max(linkMs + job.lastFromLinkMs, deviceMs + job.lastFromDeviceMs);
  return nextMs > ownMs && nextMs + job.workMs > aloneMs;
}
