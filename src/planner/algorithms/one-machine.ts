/**
 * Bounds of one machine: jobs with a head before them and a tail after them.
 *
 * A head is the least time before a job can begin, a tail the least time from its end until
 * everything that depends on it is done.
 */
import { Heap } from './heap.js';

/** A piece of work of one machine. */
export interface MachineJob {
  readonly headMs: number;
  readonly workMs: number;
  readonly tailMs: number;
}

/**
 * Least end of the last tail when all jobs are there from the beginning: largest tail first
 * (Jackson 1955). With tails that hold what their successors still need this order keeps all
 * precedences, so it is also the optimum under them (Lawler 1973). O(n log n)
 */
export function largestTailFirstMs(jobs: readonly MachineJob[]): number {
  let [nowMs, endMs] = [0, 0];
  for (const { workMs, tailMs } of jobs.toSorted((a, b) => b.tailMs - a.tailMs)) {
    nowMs += workMs;
    endMs = Math.max(endMs, nowMs + tailMs);
  }
  return endMs;
}

/** A job that is there and not done. */
interface OpenJob {
  readonly tailMs: number;
  leftMs: number;
}

/**
 * Least end of the last tail when jobs may be interrupted: always the largest tail of those that are
 * there (Jackson's preemptive schedule, as used by Carlier 1982). No order without interruptions
 * ends before. O(n log n)
 */
export function preemptiveMs(jobs: readonly MachineJob[]): number {
  const coming = jobs.toSorted((a, b) => a.headMs - b.headMs);
  const open = new Heap<OpenJob>((a, b) => b.tailMs - a.tailMs);
  let [nowMs, endMs, next] = [0, 0, 0];
  while (next < coming.length || open.size > 0) {
    if (open.size === 0) nowMs = Math.max(nowMs, coming[next]?.headMs ?? nowMs);
    for (let job = coming[next]; job && job.headMs <= nowMs; job = coming[next]) {
      open.push({ tailMs: job.tailMs, leftMs: job.workMs });
      next += 1;
    }
    const running = open.peek();
    if (!running) continue;
    const untilMs = (coming[next]?.headMs ?? Infinity) - nowMs;
    const ranMs = Math.min(running.leftMs, untilMs);
    nowMs += ranMs;
    running.leftMs -= ranMs;
    if (running.leftMs > 0 && ranMs > 0) continue;
    open.pop();
    endMs = Math.max(endMs, nowMs + running.tailMs);
  }
  return endMs;
}
