/**
 * Estimates the downlink from the results of frames. A result of b bytes that was ready at r, and came at a behind another one at p, occupied
 * the link for a − max(r, p). Whatever else delays it makes the link look slower, never quicker: so a single slow result says little, and
 * the middle of the latest counts. A link on which results take less than the noise of timers stays unknown.
 */

/** A result's head, and MQTT's and TCP's part of its packets, in addition to its outputs. */
export const RESULT_PACKET_BYTES = 300;
/** A result that took less shows timers and a busy machine, not the link; it can only show that the link is quicker than was known. */
export const RESULT_SAMPLE_MS = 30;
/** Samples that the estimate is the middle of. */
const WINDOW = 3;
/** An older estimate is unknown again: without results nothing shows that the link has become better. */
const MEMORY_MS = 600_000;
/** 100 Gbps to 1 kbps, in ms per byte. */
const [LEAST, MOST] = [8e-8, 8];

/** A result on its way back; times on one monotonic clock. */
export interface Return {
  /** Of its outputs. */
  readonly bytes: number;
  /** When it was ready in the cloud, less the latency of the link: the acknowledgement of its last tensor, plus queue and work. */
  readonly readyAtMs: number;
  readonly atMs: number;
}

export class DownlinkEstimator {
  private samples: number[] = [];
  private lastAtMs = Number.NEGATIVE_INFINITY;
  private newestAtMs = Number.NEGATIVE_INFINITY;

  /** Adds a result, whether its frame still waited for it or not. */
  returned({ bytes, readyAtMs, atMs }: Return): void {
    const tookMs = atMs - Math.max(readyAtMs, this.lastAtMs);
    this.lastAtMs = atMs;
    if (!(tookMs > 0)) return;
    const sample = Math.min(MOST, Math.max(LEAST, tookMs / (bytes + RESULT_PACKET_BYTES)));
    const known = this.msPerByte(atMs);
    const isQuicker = known !== undefined && sample < known;
    if (tookMs < RESULT_SAMPLE_MS && !isQuicker) return;
    if (atMs - this.newestAtMs > MEMORY_MS) this.samples = [];
    this.samples = [...this.samples, sample].slice(-WINDOW);
    this.newestAtMs = atMs;
  }

  /** Milliseconds per byte; undefined while unknown. */
  msPerByte(atMs: number): number | undefined {
    if (this.samples.length < 2 || atMs - this.newestAtMs > MEMORY_MS) return undefined;
    const sorted = this.samples.toSorted((a, b) => a - b);
    return sorted[sorted.length < WINDOW ? 0 : 1];
  }
}
