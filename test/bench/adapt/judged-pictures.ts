/**
 * What became of the pictures of a camera, picture by picture: a picture that was replaced by a newer one is late, and the wait
 * before a frame begins is part of its latency. Pure.
 */

/** A frame as the agent prints it. */
export interface CameraFrame {
  /** When its clock started, after the picture was prepared. */
  readonly at: string;
  readonly prepareMs: number;
  readonly totalMs: number;
  readonly outcome: string;
}

/** The pictures of a window of time. */
export interface JudgedPictures {
  readonly pictures: number;
  /** From the camera's writing to the answer, of all that were answered. */
  readonly latenciesMs: readonly number[];
  /** Frames that were finished on the device though the plan wanted the cloud. */
  readonly fallbacks: number;
}

/** Times of `at` are whole ms. */
const ROUNDED_MS = 1;

/**
 * Judges the pictures that were sent from one time until another, all on the wall clock in ms. A frame takes the newest picture
 * there is when it is prepared; frames are in the order in which they began.
 */
export function judgePictures(
  sentAtMs: readonly number[],
  frames: readonly CameraFrame[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): JudgedPictures {
  const isInWindow = (ms: number): boolean => ms >= fromMs && ms < toMs;
  const latenciesMs: number[] = [];
  let [answered, fallbacks] = [-1, 0];
  for (const { at, prepareMs, totalMs, outcome } of frames) {
    const startedMs = Date.parse(at);
    const newest = sentAtMs.findLastIndex((ms) => ms <= startedMs - prepareMs + ROUNDED_MS);
    const sentMs = sentAtMs[newest];
    // Each picture is answered once.
    if (sentMs === undefined || newest <= answered) continue;
    answered = newest;
    if (outcome === 'failed' || !isInWindow(sentMs)) continue;
    latenciesMs.push(startedMs + totalMs - sentMs);
    if (outcome === 'local-fallback') fallbacks += 1;
  }
  return { pictures: sentAtMs.filter(isInWindow).length, latenciesMs, fallbacks };
}

/** The share of all pictures that were answered within a time. */
export function inTime({ pictures, latenciesMs }: JudgedPictures, deadlineMs: number): number {
  return latenciesMs.filter((ms) => ms <= deadlineMs).length / Math.max(1, pictures);
}
