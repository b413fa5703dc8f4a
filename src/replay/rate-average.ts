/**
 * An estimator that averages the rate over a while, as many do: compared with the device's own. It sees the same
 * packets, and the same policy follows it.
 */
import type { LinkEstimate, LinkTransfer, Scenario } from '../wire/index.js';
import type { Estimator } from './traces/traced-link.js';

const SMALL_BYTES = 1024;
const NEVER_MS = 1e9;

export class RateAverage implements Estimator {
  readonly isUnsettled = false;
  private bytesPerMs: number | undefined;
  private lastAckAtMs = Number.NEGATIVE_INFINITY;
  private samples = 0;

  /** A sample weighs half after `halfLifeMs`. */
  constructor(
    private readonly rttMs: number,
    private readonly halfLifeMs: number,
  ) {}

  sent(sentAtMs: number, bytes: number): LinkTransfer {
    return { sentAtMs, bytes, isAlone: false };
  }

  acked({ sentAtMs, bytes }: LinkTransfer, atMs: number): void {
    const sinceMs = Math.max(sentAtMs + this.rttMs, this.lastAckAtMs);
    const gapMs = Math.min(atMs - this.lastAckAtMs, NEVER_MS);
    this.lastAckAtMs = atMs;
    if (bytes < SMALL_BYTES || atMs <= sinceMs) return;
    const rate = bytes / (atMs - sinceMs);
    this.samples += 1;
    const weight = Math.max(1 / this.samples, 1 - 2 ** (-gapMs / this.halfLifeMs));
    this.bytesPerMs = (this.bytesPerMs ?? 0) + weight * (rate - (this.bytesPerMs ?? 0));
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

  scenarios(): Scenario[] {
    return this.newest === undefined ? [] : [{ msPerByte: this.newest, probability: 1 }];
  }
}
