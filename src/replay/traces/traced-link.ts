/**
 * A device's uplink that follows a trace, in virtual time: bytes pass one after the other, acknowledgements come a round trip
 * later and are shown to the device's own estimator, and while nothing is sent the link is probed as a device does it.
 */
import {
  ByteBudget,
  type LinkEstimate,
  type LinkEstimator,
  type LinkTransfer,
  MAX_PROBE_PACKET_BYTES,
  ProbeRhythm,
  probePacketBytes,
  TINY_PROBE_BYTES,
} from '../../wire/index.js';
import type { Trace } from './trace.js';

/** The source of link estimates: the device's own estimator, or another to compare it with. */
export type Estimator = Pick<LinkEstimator, 'sent' | 'acked' | 'estimate' | 'isUnsettled'>;

/** How often a device looks whether a probe is due. */
const LOOK_MS = 250;

interface Underway {
  readonly transfer: LinkTransfer;
  readonly ackAtMs: number;
  readonly onAck?: () => void;
}

export class TracedLink {
  /** What was sent and is not acknowledged, in order. */
  private readonly underway: Underway[] = [];
  private readonly rhythm = new ProbeRhythm();
  private readonly budget: ByteBudget;
  private freeAtMs = 0;
  private lookedAtMs = 0;
  private lastAckAtMs = 0;

  constructor(
    private readonly trace: Trace,
    readonly rttMs: number,
    readonly estimator: Estimator,
    probeBytesPerDay: number,
  ) {
    this.budget = new ByteBudget(probeBytesPerDay, MAX_PROBE_PACKET_BYTES, 0);
  }

  /** Bytes that were sent and not acknowledged by the last time asked for. */
  get unackedBytes(): number {
    return this.underway.reduce((sum, { transfer }) => sum + transfer.bytes, 0);
  }

  /** How long the next acknowledgement is overdue by an estimate. */
  overdueMs(atMs: number, msPerByte: number): number {
    const [first] = this.underway;
    if (first === undefined) return 0;
    const { sentAtMs, bytes } = first.transfer;
    const begunAtMs = Math.max(sentAtMs + this.rttMs, this.lastAckAtMs);
    return Math.max(0, atMs - begunAtMs - bytes * msPerByte);
  }

  /** Sends bytes, never before what was sent earlier; when the link is done with them. */
  send(atMs: number, bytes: number, onAck?: () => void): number {
    this.advance(atMs);
    const endMs = this.trace.endOf(Math.max(atMs, this.freeAtMs), bytes);
    this.freeAtMs = endMs;
    const transfer = this.estimator.sent(atMs, bytes);
    this.underway.push({ transfer, ackAtMs: endMs + this.rttMs, ...(onAck && { onAck }) });
    return endMs;
  }

  /** Lets time pass: acknowledgements arrive. */
  advance(toMs: number): void {
    for (let first = this.underway[0]; first && first.ackAtMs <= toMs; first = this.underway[0]) {
      this.underway.shift();
      this.lastAckAtMs = first.ackAtMs;
      this.estimator.acked(first.transfer, first.ackAtMs);
      first.onAck?.();
    }
  }

  /** Lets time pass in which the device sends nothing but probes. */
  idle(toMs: number): void {
    for (; this.lookedAtMs < toMs; this.lookedAtMs += LOOK_MS) {
      this.advance(this.lookedAtMs);
      if (this.underway.length === 0) this.probe(this.lookedAtMs);
    }
    this.advance(toMs);
  }

  /** Lets time pass in which the device does not look. */
  busy(toMs: number): void {
    this.lookedAtMs = Math.max(this.lookedAtMs, toMs);
    this.advance(toMs);
  }

  /** The next probe may come soon. */
  quicken(): void {
    this.rhythm.quicken();
  }

  estimate(atMs: number): LinkEstimate | null {
    this.advance(atMs);
    return this.estimator.estimate(atMs);
  }

  private probe(atMs: number): void {
    const before = this.estimator.estimate(atMs);
    if (!this.rhythm.isDue(before)) return;
    const bytes = probePacketBytes(before);
    if (!this.budget.take(TINY_PROBE_BYTES + bytes, atMs)) return;
    // The larger packet follows when the tiny one is acknowledged: its round trip gives the rate.
    const nextAtMs = this.send(atMs, TINY_PROBE_BYTES) + this.rttMs;
    const endMs = this.send(nextAtMs, bytes, () => {
      const after = this.estimator.estimate(endMs + this.rttMs);
      this.rhythm.learn(before, after, this.estimator.isUnsettled);
    });
  }
}
