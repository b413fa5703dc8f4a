/** One frame of a replay under a row: its chunks on the link, the answer, or its end on the device (wire/adapt/local-finish). */
import { isSoonerHere, lastMomentMs, type RowTimes, usualDeadlineMs } from '../wire/index.js';
import type { TracedLink } from './traces/traced-link.js';

export type ReplayOutcome = 'cloud' | 'local-plan' | 'local-fallback';

/** The outcome of a frame. */
export interface Flown {
  readonly latencyMs: number;
  readonly outcome: ReplayOutcome;
  /** Nothing of it was acknowledged. */
  readonly isSilent: boolean;
}

/** What a frame runs under. */
export interface Flight {
  readonly startMs: number;
  readonly times: RowTimes;
  /** The device alone. */
  readonly localMs: number;
  readonly predictedMs: number;
  /** Whether the estimate of the moment may begin the local completion, or only the deadline. */
  readonly isWatchful: boolean;
  /** Where it is not the usual one. */
  readonly deadlineMs?: number | undefined;
}

const CHUNK_BYTES = 32 * 1024;
/** Chunks on their way at a time, and round trips' worth of bytes, whichever is more: as the agent's uploader does it. */
const WINDOW_CHUNKS = 2;
const WINDOW_TRIPS = 1.5;
/** How often a device looks how a frame fares. */
const LOOK_MS = 50;

interface Piece {
  readonly readyMs: number;
  readonly bytes: number;
  readonly upload: number;
}

/** Flies one frame; the link must have been left at its start. */
export function flyFrame(flight: Flight, link: TracedLink): Flown {
  const { startMs, times } = flight;
  if (times.uploads.length === 0) {
    link.idle(startMs + times.ownMs);
    return { latencyMs: times.ownMs, outcome: 'local-plan', isSilent: false };
  }
  const watch = new Watch(flight, link);
  const { answeredMs, firstAckMs } = sendAll(flight, link, watch);
  const endMs = Math.min(answeredMs, watch.doneHereMs);
  link.busy(endMs);
  return {
    latencyMs: endMs - startMs,
    outcome: answeredMs <= watch.doneHereMs ? 'cloud' : 'local-fallback',
    isSilent: firstAckMs > endMs,
  };
}

/** Sends the frame's chunks until it is done here; when the cloud's answer is here, never where it is not sent whole. */
function sendAll(
  { startMs, times }: Flight,
  link: TracedLink,
  watch: Watch,
): { answeredMs: number; firstAckMs: number } {
  const endsMs = times.uploads.map(() => 0);
  const acksMs: number[] = [];
  let leftBytes = times.uploads.reduce((sum, { bytes }) => sum + bytes, 0);
  const window = windowOf(link, startMs);
  for (const { readyMs, bytes, upload } of piecesOf(times, startMs)) {
    const atMs = Math.max(readyMs, acksMs[acksMs.length - window] ?? 0);
    watch.until(atMs, leftBytes);
    if (atMs >= watch.doneHereMs) {
      return { answeredMs: Number.POSITIVE_INFINITY, firstAckMs: acksMs[0] ?? atMs };
    }
    const endMs = link.send(atMs, bytes);
    leftBytes -= bytes;
    endsMs[upload] = endMs;
    acksMs.push(endMs + link.rttMs);
  }
  const cloudEndMs = times.uploads.reduce(
    (sum, { cloudMs }, i) => Math.max(sum, (endsMs[i] ?? 0) + times.latencyMs) + cloudMs,
    0,
  );
  const answeredMs = Math.max(startMs + times.ownMs, cloudEndMs + times.returnMs);
  watch.until(answeredMs, 0);
  return { answeredMs, firstAckMs: acksMs[0] ?? answeredMs };
}

function windowOf(link: TracedLink, atMs: number): number {
  const estimate = link.estimate(atMs);
  if (estimate === null) return WINDOW_CHUNKS;
  const bytes = (WINDOW_TRIPS * link.rttMs) / estimate.uplinkMsPerByte;
  return Math.max(WINDOW_CHUNKS, Math.ceil(bytes / CHUNK_BYTES));
}

function piecesOf({ uploads }: RowTimes, startMs: number): Piece[] {
  return uploads.flatMap(({ readyMs, bytes }, upload) =>
    Array.from({ length: Math.max(1, Math.ceil(bytes / CHUNK_BYTES)) }, (_, i) => ({
      readyMs: startMs + readyMs,
      bytes: Math.min(CHUNK_BYTES, bytes - i * CHUNK_BYTES),
      upload,
    })),
  );
}

/** Looks now and then whether the device should begin to finish the frame. */
class Watch {
  /** When the device has finished the frame; never, while it has not begun. */
  doneHereMs = Number.POSITIVE_INFINITY;
  private readonly restMs: number;
  private readonly lastMs: number;
  private atMs: number;

  constructor(
    private readonly flight: Flight,
    private readonly link: TracedLink,
  ) {
    const { startMs, times, localMs, predictedMs, deadlineMs } = flight;
    this.restMs = Math.max(0, localMs - times.deviceMs);
    const endMs = deadlineMs ?? usualDeadlineMs(predictedMs, localMs);
    this.lastMs = startMs + lastMomentMs(endMs, this.restMs, deadlineMs !== undefined);
    this.atMs = startMs + (times.uploads[0]?.readyMs ?? 0);
  }

  /** Looks until a time, given the bytes of the frame not sent by then. */
  until(toMs: number, unsentBytes: number): void {
    while (this.atMs < toMs && this.doneHereMs === Number.POSITIVE_INFINITY) {
      this.atMs = Math.min(toMs, this.atMs + LOOK_MS);
      if (this.atMs >= this.lastMs || this.isSoonerHere(unsentBytes)) this.begin();
    }
  }

  private begin(): void {
    const { startMs, times } = this.flight;
    this.doneHereMs = Math.max(this.atMs, startMs + times.deviceMs) + this.restMs;
  }

  private isSoonerHere(unsentBytes: number): boolean {
    const { times, startMs, isWatchful } = this.flight;
    const link = isWatchful ? this.link.estimate(this.atMs) : null;
    if (link === null) return false;
    const out = {
      unackedBytes: unsentBytes + this.link.unackedBytes,
      afterLinkMs: times.latencyMs + (times.uploads.at(-1)?.cloudMs ?? 0) + times.returnMs,
      restHereMs: Math.max(0, startMs + times.deviceMs - this.atMs) + this.restMs,
      overdueMs: this.link.overdueMs(this.atMs, link.uplinkMsPerByte),
      isDeviceTaken: false,
    };
    return isSoonerHere(out, link.uplinkMsPerByte);
  }
}
