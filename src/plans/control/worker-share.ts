/** How many of the cloud's tail processes a stream may count on: those there are, shared with the other streams of the moment. Pure. */

/** A stream whose last tail was longer ago leaves its share to others. */
const LATELY_MS = 10_000;

/** What is known of a device that may use tail processes. */
export interface TailUser {
  readonly objective: 'frame' | 'stream';
  /** When the cloud last ran a tail for it, on the monotonic clock. */
  readonly tailAtMs: number;
}

/** At least one: the queue is fair between devices. */
export function workersFor(
  own: TailUser,
  all: Iterable<TailUser>,
  workers: number,
  nowMs: number,
): number {
  let streams = 1;
  for (const other of all) {
    const isRival = other !== own && other.objective === 'stream';
    if (isRival && nowMs - other.tailAtMs < LATELY_MS) streams += 1;
  }
  return Math.max(1, Math.floor(workers / streams));
}
