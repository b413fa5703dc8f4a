/**
 * Estimates the uplink from acknowledged packets. A packet of b bytes sent at s and acknowledged at a, behind one
 * acknowledged at p, occupied the link for a − max(s + rtt, p): sockets accept bytes at once, so only acknowledgements count.
 * Averages milliseconds per byte (the mean of rates misleads), clips a single outlier, and treats two in a row as a step.
 * A busy machine delays acknowledgements by some ms, once per idle period of the link. The usual delay is subtracted, and
 * bytes are pooled until the rest hardly counts; otherwise small tensors would look like a slow link.
 */
import type { LinkEstimate } from '../fields.js';
import { DownlinkEstimator } from '../links/downlink-estimator.js';

/** Packets below the first measure the round trip, those above the second the rate; sizes between measure neither. */
const TINY_BYTES = 1024;
const SMALL_BYTES = 2048;
/** Minimum bytes and time of one sample of the rate; a fast link needs more bytes, or timers would be measured. */
const SAMPLE_BYTES = 8 * 1024;
const SAMPLE_MS = 8;
const QUICK_SAMPLE_BYTES = 32 * 1024;
/** A sample lasts this many times the variation of its acknowledgements, or has this many bytes (less than a probe may send). */
const NOISE_RATIO = 4;
const NOISY_SAMPLE_BYTES = 64 * 1024;
/** Weight of a sample right after another; an older average counts less. */
const WEIGHT = 0.3;
const MEMORY_MS = 2000;
/** A sample off by this factor is an outlier; two in a row are a step. */
const OUTLIER_RATIO = 2;
/** Faster links are not distinguished: 1 Gbps. */
const FASTEST_MS_PER_BYTE = 8e-6;
const RTT_WINDOW = 8;
/** A packet unacknowledged for this long counts as a measurement. */
const STALL_MS = 1000;
const STALL_RATIO = 1.5;
const CONFIDENCE_HALF_LIFE_MS = 60_000;

export interface Transfer {
  readonly sentAtMs: number;
  readonly bytes: number;
  readonly isAlone: boolean;
}

export class LinkEstimator {
  readonly downlink = new DownlinkEstimator();
  private readonly outstanding = new Set<Transfer>();
  private readonly rtts: number[] = [];
  private lastAckAtMs = Number.NEGATIVE_INFINITY;
  private poolMs = 0;
  private poolBytes = 0;
  /** How often the link was idle before a packet of the pool. */
  private poolStarts = 0;
  private msPerByte: number | undefined;
  private suspect: number | undefined;
  /** Mean relative distance of the samples from the average. */
  private deviation = 0;
  private samples = 0;
  private newestAtMs = 0;

  /** Adds a sent packet that the broker will acknowledge. */
  sent(atMs: number, bytes: number): Transfer {
    const transfer = { sentAtMs: atMs, bytes, isAlone: this.outstanding.size === 0 };
    this.outstanding.add(transfer);
    return transfer;
  }

  acked(transfer: Transfer, atMs: number): void {
    if (!this.outstanding.delete(transfer)) return;
    if (transfer.bytes >= SMALL_BYTES) this.pool(transfer, atMs);
    else if (transfer.isAlone && transfer.bytes < TINY_BYTES) this.sampleRtt(transfer, atMs);
    this.lastAckAtMs = atMs;
  }

  /** Drops the unacknowledged packets of a lost connection. */
  forgetOutstanding(): void {
    this.outstanding.clear();
    this.emptyPool();
  }

  /** The current estimate; null before the first sample. */
  estimate(atMs: number): LinkEstimate | null {
    if (this.msPerByte === undefined) return null;
    const ageMs = Math.max(0, atMs - this.newestAtMs);
    const downlinkMsPerByte = this.downlink.msPerByte(atMs);
    const trust = (1 - 2 ** (-this.samples / 3)) / (1 + 2 * this.deviation);
    return {
      uplinkMsPerByte: Math.max(this.msPerByte, this.stalledMsPerByte(atMs)),
      rttMs: this.rttMs(),
      ageMs,
      confidence: trust * 2 ** (-ageMs / CONFIDENCE_HALF_LIFE_MS),
      samples: this.samples,
      ...(downlinkMsPerByte !== undefined && { downlinkMsPerByte }),
    };
  }

  /** True while more bytes would help: too few for a sample, or one sample that indicates a step. */
  get isUnsettled(): boolean {
    return this.poolBytes > 0 || this.suspect !== undefined;
  }

  /** The minimum of recent round trips: the rest is queueing, or a busy machine. */
  rttMs(): number {
    return this.rttAt(0);
  }

  /** The quantile of recent round trips; 0 before the first. */
  private rttAt(share: number): number {
    const sorted = this.rtts.toSorted((a, b) => a - b);
    return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  }

  private sampleRtt({ sentAtMs, bytes }: Transfer, atMs: number): void {
    this.rtts.push(Math.max(0, atMs - sentAtMs - bytes * (this.msPerByte ?? 0)));
    if (this.rtts.length > RTT_WINDOW) this.rtts.shift();
  }

  private pool({ sentAtMs, bytes }: Transfer, atMs: number): void {
    // Without a round trip to subtract, latency would count as a low rate.
    if (this.rtts.length === 0) return;
    const freeAtMs = sentAtMs + this.rttAt(0.5);
    this.poolMs += atMs - Math.max(freeAtMs, this.lastAckAtMs);
    this.poolBytes += bytes;
    if (freeAtMs > this.lastAckAtMs) this.poolStarts += 1;
    const noiseMs = (this.rttAt(0.75) - this.rttAt(0.25)) * Math.sqrt(this.poolStarts);
    if (!this.isPoolEnough(noiseMs)) return;
    // Shorter times are below the noise.
    const tookMs = Math.max(FASTEST_MS_PER_BYTE * this.poolBytes, noiseMs, this.poolMs);
    this.sampleRate(tookMs / this.poolBytes, {
      trust: Math.min(1, tookMs / (NOISE_RATIO * noiseMs)),
      sinceMs: atMs - tookMs - this.newestAtMs,
    });
    this.newestAtMs = atMs;
    this.emptyPool();
  }

  private isPoolEnough(noiseMs: number): boolean {
    const { poolMs, poolBytes } = this;
    if (poolBytes < (poolMs < SAMPLE_MS ? QUICK_SAMPLE_BYTES : SAMPLE_BYTES)) return false;
    return poolMs >= NOISE_RATIO * noiseMs || poolBytes >= NOISY_SAMPLE_BYTES;
  }

  private emptyPool(): void {
    this.poolMs = 0;
    this.poolBytes = 0;
    this.poolStarts = 0;
  }

  /** Adds a sample, given the time since the last one and its weight relative to a clear one. */
  private sampleRate(
    sample: number,
    { sinceMs, trust }: { readonly sinceMs: number; readonly trust: number },
  ): void {
    this.samples += 1;
    const mean = this.msPerByte;
    if (mean === undefined) {
      this.msPerByte = sample;
      return;
    }
    const kept = 2 ** (-Math.max(0, sinceMs) / MEMORY_MS);
    const side = outlierSide(sample, mean);
    const isStep = side !== 0 && (this.suspect === side || kept < 1 / OUTLIER_RATIO);
    const clipped = Math.min(mean * OUTLIER_RATIO, Math.max(mean / OUTLIER_RATIO, sample));
    const weight = trust * (1 - (1 - WEIGHT) * kept);
    this.msPerByte = isStep ? sample : mean + weight * (clipped - mean);
    this.suspect = isStep || side === 0 ? undefined : side;
    const distance = Math.min(1, Math.abs(sample - mean) / mean);
    this.deviation = isStep ? 0.5 : this.deviation + WEIGHT * (distance - this.deviation);
  }

  private busySince(sentAtMs: number): number {
    return Math.max(sentAtMs + this.rttMs(), this.lastAckAtMs);
  }

  /** The lower bound that the oldest unacknowledged packet implies; 0 when it implies none. */
  private stalledMsPerByte(atMs: number): number {
    const [oldest] = this.outstanding;
    if (oldest === undefined || oldest.bytes < SMALL_BYTES) return 0;
    const waitedMs = atMs - this.busySince(oldest.sentAtMs);
    const atLeast = waitedMs / oldest.bytes;
    return waitedMs > STALL_MS && atLeast > STALL_RATIO * (this.msPerByte ?? 0) ? atLeast : 0;
  }
}

function outlierSide(sample: number, mean: number): -1 | 0 | 1 {
  if (sample > mean * OUTLIER_RATIO) return 1;
  return sample < mean / OUTLIER_RATIO ? -1 : 0;
}
