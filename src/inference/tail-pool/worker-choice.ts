/** Which tail process a frame goes to. */
import { frameKey } from '../../wire/index.js';
import type { TailFrame } from '../tail-process/tail.js';
import type { TailWorker } from './tail-worker.js';

/** The process that will be free first and has no next frame, if it is known when: a frame behind a long one would wait. */
export function soonest(workers: readonly TailWorker[]): TailWorker[] {
  const [first, ...others] = workers.filter(
    ({ hasRoom, endsAtMs }) => hasRoom && Number.isFinite(endsAtMs),
  );
  if (first === undefined) return [];
  return [others.reduce((best, one) => (one.endsAtMs < best.endsAtMs ? one : best), first)];
}

/** The process that has begun the frame, or else has most of its tail's sessions open; the first of equals. */
export function fittest(free: readonly TailWorker[], job: TailFrame): TailWorker {
  const { blocks } = job.tail;
  const count = ({ warm, begun }: TailWorker): number =>
    begun.has(frameKey(job.device, job.frame))
      ? Number.POSITIVE_INFINITY
      : blocks.filter(({ digest }) => warm.has(digest)).length;
  return free.reduce((best, one) => (count(one) > count(best) ? one : best));
}
