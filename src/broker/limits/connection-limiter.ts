/**
 * Limits of connections: their number and rate, in total and per client address.
 *
 * A connection above a rate waits, unread, and costs one socket. One that would wait too long is closed and retries.
 * So a fleet that reconnects at once is admitted gradually, and connected devices are served meanwhile.
 */
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, clientAddressOf, TokenBucket } from '../../platform/index.js';
import { IncidentLog } from './incident-log.js';

interface AddressUse {
  readonly bucket: TokenBucket;
  connections: number;
}

/** Addresses remembered per allowed connection; above that, addresses without a connection are forgotten. */
const ADDRESSES_PER_CONNECTION = 2;
/** A full bucket holds this many seconds of connects. */
const BURST_S = 2;

@Injectable()
export class ConnectionLimiter {
  private readonly addresses = new Map<string, AddressUse>();
  private readonly waiting = new Set<Duplex>();
  private readonly bucket: TokenBucket;
  private connections = 0;
  /** Connections delayed since the start. */
  private delayed = 0;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
  ) {
    this.bucket = this.newBucket(config.connectsPerS);
  }

  /** Calls `accept` when the connection may begin, at once or after a wait; or closes the connection. */
  admit(socket: Duplex, address: string, accept: () => void): void {
    socket.on('error', () => undefined);
    const use = this.useOf(clientAddressOf(address));
    const verdict = this.waitOf(use);
    if (verdict.kind === 'refused') {
      this.incidents.report('connectionRefused', { address }, verdict.because);
      socket.destroy();
      return;
    }
    this.connections += 1;
    use.connections += 1;
    socket.once('close', () => {
      this.connections -= 1;
      use.connections -= 1;
    });
    if (verdict.waitMs > 0) this.delay(socket, verdict.waitMs, accept);
    else accept();
  }

  counts(): Readonly<Record<string, number>> {
    const { connections, delayed, waiting } = this;
    return { connections, connectionsWaiting: waiting.size, connectionsDelayed: delayed };
  }

  /** Closes the connections that wait. */
  close(): void {
    for (const socket of this.waiting) socket.destroy();
  }

  private delay(socket: Duplex, waitMs: number, accept: () => void): void {
    this.delayed += 1;
    this.waiting.add(socket);
    socket.pause();
    const timer = this.clock.after(waitMs, () => {
      this.waiting.delete(socket);
      accept();
    });
    socket.once('close', () => {
      timer.cancel();
      this.waiting.delete(socket);
    });
  }

  /** The ms until the connection may begin; takes a token of both buckets unless it is rejected. */
  private waitOf(
    use: AddressUse,
  ): { kind: 'allowed'; waitMs: number } | { kind: 'refused'; because: string } {
    const { maxConnections, maxAddressConnections, connectWaitMs } = this.config;
    if (this.connections >= maxConnections) {
      return { kind: 'refused', because: 'too many connections' };
    }
    if (use.connections >= maxAddressConnections) {
      return { kind: 'refused', because: 'too many connections from this address' };
    }
    const nowMs = this.clock.monotonicMs();
    const buckets = [this.bucket, use.bucket];
    const waitMs = Math.max(...buckets.map((bucket) => bucket.waitMs(1, nowMs)));
    if (waitMs > connectWaitMs) return { kind: 'refused', because: 'too many connects per second' };
    for (const bucket of buckets) bucket.take(1, nowMs);
    return { kind: 'allowed', waitMs };
  }

  private useOf(place: string): AddressUse {
    const known = this.addresses.get(place);
    if (known !== undefined) return known;
    if (this.addresses.size >= ADDRESSES_PER_CONNECTION * this.config.maxConnections)
      this.forgetIdle();
    const use = { bucket: this.newBucket(this.config.addressConnectsPerS), connections: 0 };
    this.addresses.set(place, use);
    return use;
  }

  private forgetIdle(): void {
    for (const [place, { connections }] of this.addresses) {
      if (connections === 0) this.addresses.delete(place);
    }
  }

  private newBucket(perSecond: number): TokenBucket {
    return new TokenBucket(perSecond, BURST_S * perSecond, this.clock.monotonicMs());
  }
}
