/**
 * An estimator that averages the rate, as many do: what the time per byte is compared with. It sees the same packets as the
 * device's own and differs in nothing else.
 */
import type { LinkEstimate, LinkTransfer } from '../wire/index.js';
import type { Estimator } from './traced-link.js';

const SMALL_BYTES = 1024;
const WEIGHT = 0.3;

export class RateAverage implements Estimator {
  readonly isUnsettled = false;
  private bytesPerMs: number | undefined;
  private lastAckAtMs = Number.NEGATIVE_INFINITY;
  private samples = 0;

  constructor(private readonly rttMs: number) {}

  sent(sentAtMs: number, bytes: number): LinkTransfer {
    return { sentAtMs, bytes, isAlone: false };
  }

  acked({ sentAtMs, bytes }: LinkTransfer, atMs: number): void {
    const sinceMs = Math.max(sentAtMs + this.rttMs, this.lastAckAtMs);
    this.lastAckAtMs = atMs;
    if (bytes < SMALL_BYTES || atMs <= sinceMs) return;
    const rate = bytes / (atMs - sinceMs);
    this.bytesPerMs =
      this.bytesPerMs === undefined ? rate : this.bytesPerMs + WEIGHT * (rate - this.bytesPerMs);
    this.samples += 1;
  }

  estimate(atMs: number): LinkEstimate | null {
    if (this.bytesPerMs === undefined) return null;
    return {
      uplinkMsPerByte: 1 / this.bytesPerMs,
      rttMs: this.rttMs,
      ageMs: Math.max(0, atMs - this.lastAckAtMs),
      confidence: 1 - 2 ** (-this.samples / 3),
      samples: this.samples,
    };
  }
}

/** Believes the newest estimate. */
export class LastWord {
  private newest: number | undefined;

  learn(msPerByte: number): void {
    this.newest = msPerByte;
  }

  expect(): number | undefined {
    return this.newest;
  }
}
