/**
 * Who may come in, and when: connections in all and of one address, and how many may begin a second.
 *
 * Whoever is above a rate waits, unread, at the price of a socket; whoever would wait for long is closed and comes back.
 * So a fleet that returns at once is let in one after the other, and those inside are served meanwhile.
 */
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, TokenBucket } from '../../platform/index.js';
import { clientAddressOf } from './client-address.js';
import { IncidentLog } from './incident-log.js';

interface AddressUse {
  readonly bucket: TokenBucket;
  connections: number;
}

/** Places that are remembered for every connection there may be; then those without one are forgotten. */
const ADDRESSES_PER_CONNECTION = 2;
/** A full bucket holds the connects of so many seconds. */
const BURST_S = 2;

@Injectable()
export class ConnectionLimiter {
  private readonly addresses = new Map<string, AddressUse>();
  private readonly waiting = new Set<Duplex>();
  private readonly bucket: TokenBucket;
  private connections = 0;
  /** Connections that had to wait for their turn since the start. */
  private delayed = 0;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
  ) {
    this.bucket = this.newBucket(config.connectsPerS);
  }

  /** Lets a connection in, `accept` being called when its turn has come, or closes it. */
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

  /** Ends those who wait. */
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

  /** The ms until it may come in; takes its turn in both lines, unless it is refused. */
  private waitOf(
    use: AddressUse,
  ): { kind: 'allowed'; waitMs: number } | { kind: 'refused'; because: string } {
    const { maxConnections, maxAddressConnections, connectWaitMs } = this.config;
    if (this.connections >= maxConnections) {
      return { kind: 'refused', because: 'too many connections' };
    }
    if (use.connections >= maxAddressConnections) {
      return { kind: 'refused', because: 'too many connections of this address' };
    }
    const nowMs = this.clock.monotonicMs();
    const lines = [this.bucket, use.bucket];
    const waitMs = Math.max(...lines.map((line) => line.waitMs(1, nowMs)));
    if (waitMs > connectWaitMs) return { kind: 'refused', because: 'too many connects a second' };
    for (const line of lines) line.take(1, nowMs);
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
