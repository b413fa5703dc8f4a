/**
 * The cloud's lane: work conserving, one unit of a frame at a time.
 *
 * A tensor that needs decoding is decoded as soon as the cloud is free, as a piece of work of its
 * own; a unit is ready when all it reads is there. A worker goes on with its frame while some of it
 * is ready, as a tail process does. Then the first ready goes first, then the earlier frame, then
 * topological order. With one worker no order of this kind ends earlier than another, so the
 * tie-break shapes the picture but never the makespan.
 */

import { Heap } from '../algorithms/heap.js';
import type { Node } from '../problem/graph.js';
import type { FrameBar, PricedFrame, ReleasedFrame } from '../problem/priced-frame.js';

/** A tensor that has reached the cloud. */
export interface Arrival {
  readonly atMs: number;
  readonly frame: number;
  readonly node: Node;
  readonly decodeMs: number;
}

/** One piece of cloud work. */
interface Job {
  readonly tail: Tail;
  readonly node: Node;
  readonly isDecoding: boolean;
  readonly readyMs: number;
  readonly takesMs: number;
}

interface RunningJob {
  readonly job: Job;
  readonly endMs: number;
}

/** What the cloud still has to do for one frame. */
interface Tail {
  readonly frame: number;
  /** How many tensors each node still waits for. */
  readonly waiting: Map<Node, number>;
  /** Its ready jobs, whether a worker serves the frame or not. */
  readonly ready: Heap<Job>;
  unfinished: number;
  isServed: boolean;
}

const byReadiness = (a: Job, b: Job): number =>
  a.readyMs - b.readyMs || a.tail.frame - b.tail.frame || a.node.index - b.node.index;

/** Runs the cloud's part of several frames once. */
export class CloudMachine {
  readonly #frame: PricedFrame;
  readonly #runs: readonly ReleasedFrame[];
  readonly #tails: readonly Tail[];
  /** Ready jobs of frames that wait for a worker; some have been started since. */
  readonly #waiting = new Heap<Job>(byReadiness);
  /** Frames whose worker has just ended a job. */
  readonly #kept: Tail[] = [];
  readonly #running = new Heap<RunningJob>((a, b) => a.endMs - b.endMs);
  readonly #bars: FrameBar[] = [];
  readonly #doneMs: number[] = [];
  #idle: number;

  constructor(frame: PricedFrame, runs: readonly ReleasedFrame[], workers: number) {
    this.#frame = frame;
    this.#runs = runs;
    this.#idle = workers;
    this.#tails = runs.map(({ decision }, number) => tailOf(frame, decision.device, number));
  }

  /** Bars of cloud and downlink, and when each frame's result is back; arrivals come in order. */
  run(arrivals: readonly Arrival[]): { bars: FrameBar[]; doneMs: number[] } {
    const events = [...this.#needingNothing(), ...arrivals].sort((a, b) => a.atMs - b.atMs);
    let next = 0;
    for (;;) {
      const nowMs = Math.min(
        events[next]?.atMs ?? Number.POSITIVE_INFINITY,
        this.#running.peek()?.endMs ?? Number.POSITIVE_INFINITY,
      );
      if (nowMs === Number.POSITIVE_INFINITY) return { bars: this.#bars, doneMs: this.#doneMs };
      while (this.#running.peek()?.endMs === nowMs) this.#finish(this.#running.pop());
      for (let event = events[next]; event?.atMs === nowMs; event = events[next]) {
        this.#arrive(event);
        next += 1;
      }
      this.#dispatch(nowMs);
    }
  }

  /** Cloud units without predecessors are ready when their frame is there. */
  #needingNothing(): Arrival[] {
    return this.#tails.flatMap(({ frame, waiting }) =>
      [...waiting]
        .filter(([, missing]) => missing === 0)
        .map(([node]) => ({
          atMs: this.#runs[frame]?.releaseMs ?? 0,
          frame,
          node,
          decodeMs: 0,
        })),
    );
  }

  #arrive({ atMs, frame, node, decodeMs }: Arrival): void {
    const tail = this.#tails[frame];
    if (!tail) return;
    if (tail.waiting.has(node)) this.#offer(unitJob(tail, node, atMs));
    else if (decodeMs === 0) this.#release(tail, node, atMs);
    else this.#offer({ tail, node, isDecoding: true, readyMs: atMs, takesMs: decodeMs });
  }

  #release(tail: Tail, node: Node, atMs: number): void {
    for (const reader of node.successors) {
      const missing = tail.waiting.get(reader);
      if (missing === undefined) continue;
      tail.waiting.set(reader, missing - 1);
      if (missing === 1) this.#offer(unitJob(tail, reader, atMs));
    }
  }

  #offer(job: Job): void {
    job.tail.ready.push(job);
    if (!job.tail.isServed) this.#waiting.push(job);
  }

  #dispatch(nowMs: number): void {
    for (const tail of this.#kept.splice(0)) {
      const job = tail.ready.pop();
      if (job) this.#start(job, nowMs);
      else {
        tail.isServed = false;
        this.#idle += 1;
      }
    }
    while (this.#idle > 0) {
      const job = this.#waiting.pop();
      if (!job) break;
      // Jobs of a frame that was served meanwhile are with its worker, or done.
      if (job.tail.isServed || job.tail.ready.peek() !== job) continue;
      job.tail.ready.pop();
      this.#idle -= 1;
      this.#start(job, nowMs);
    }
  }

  #start(job: Job, nowMs: number): void {
    const endMs = nowMs + job.takesMs;
    job.tail.isServed = true;
    this.#running.push({ job, endMs });
    const { frame } = job.tail;
    this.#bars.push({ lane: 'cloud', id: job.node.id, startMs: nowMs, endMs, frame });
  }

  #finish(running: RunningJob | undefined): void {
    if (!running) return;
    const { job, endMs } = running;
    const { tail, node } = job;
    this.#kept.push(tail);
    this.#release(tail, node, endMs);
    if (job.isDecoding) return;
    tail.unfinished -= 1;
    if (tail.unfinished > 0) return;
    const doneMs = endMs + this.#frame.returnMs;
    this.#doneMs[tail.frame] = doneMs;
    this.#bars.push({
      lane: 'downlink',
      id: node.id,
      startMs: endMs,
      endMs: doneMs,
      frame: tail.frame,
    });
  }
}

function unitJob(tail: Tail, node: Node, readyMs: number): Job {
  return { tail, node, isDecoding: false, readyMs, takesMs: node.cloudMs };
}

function tailOf({ graph }: PricedFrame, device: readonly Node[], frame: number): Tail {
  const isDone = new Set(device);
  const waiting = new Map<Node, number>();
  for (const node of graph.nodes) {
    if (!isDone.has(node)) waiting.set(node, node.predecessors.length);
  }
  const ready = new Heap<Job>(byReadiness);
  return { frame, waiting, ready, unfinished: waiting.size, isServed: false };
}
