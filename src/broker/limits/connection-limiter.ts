/**
 * Limits of connections: their number in total and per client address, and how fast they begin.
 *
 * A connection whose turn is still to come waits, unread, and costs one socket. First its address must be within its rate; then addresses
 * have their turns, as fast as the event loop bears it (`AdmissionRate`). One that would wait too long is closed and retries.
 * So a fleet that reconnects at once is admitted gradually, and connected devices are served meanwhile.
 */
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import {
  Clock,
  Config,
  clientAddressOf,
  LoadReport,
  type Timer,
  TokenBucket,
} from '../../platform/index.js';
import { AdmissionRate } from './admission-rate.js';
import { IncidentLog } from './incident-log.js';
import { WaitingLine } from './waiting-line.js';

interface AddressUse {
  readonly bucket: TokenBucket;
  connections: number;
}

/** A connection that waits, and its timers: the turn of its address, and the end of its patience. */
interface Waiting {
  readonly socket: Duplex;
  readonly place: string;
  readonly accept: () => void;
  readonly leave: () => void;
  timers: readonly Timer[];
}

/** Addresses remembered per allowed connection; above that, addresses without a connection are forgotten. */
const ADDRESSES_PER_CONNECTION = 2;
/** A full bucket of an address holds this many seconds of connects. */
const BURST_S = 2;
const TOO_MANY = 'too many connects per second';

@Injectable()
export class ConnectionLimiter {
  private readonly addresses = new Map<string, AddressUse>();
  private readonly waiting = new Set<Waiting>();
  /** Those of `waiting` whose address is within its rate. */
  private readonly line = new WaitingLine<Waiting>();
  private readonly rate: AdmissionRate;
  private connections = 0;
  /** Connections delayed since the start. */
  private delayed = 0;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
    @Inject(LoadReport) load: LoadReport,
  ) {
    this.rate = new AdmissionRate(config.connectsPerS, performance.now());
    load.watchDelay((lateMs) => this.sampled(lateMs));
  }

  /** Calls `accept` when the connection may begin, at once or after a wait; or closes the connection. */
  admit(socket: Duplex, address: string, accept: () => void): void {
    socket.on('error', () => undefined);
    const place = clientAddressOf(address);
    const use = this.useOf(place);
    const because = this.problemOf(use);
    if (because !== undefined) {
      this.refuse(socket, address, because);
      return;
    }
    this.connections += 1;
    use.connections += 1;
    socket.on('close', () => {
      this.connections -= 1;
      use.connections -= 1;
    });
    const waitMs = use.bucket.take(1, this.clock.monotonicMs());
    const isFirst = waitMs === 0 && this.line.size === 0;
    if (isFirst && this.rate.take(performance.now())) accept();
    else this.delay(socket, address, waitMs, accept);
  }

  counts(): Readonly<Record<string, number>> {
    const { connections, delayed, waiting } = this;
    return {
      ...{ connections, connectionsWaiting: waiting.size, connectionsDelayed: delayed },
      connectionsAdmittedPerS: this.rate.perSecond,
    };
  }

  /** Closes the connections that wait. */
  close(): void {
    for (const { socket } of this.waiting) socket.destroy();
  }

  /** The loop was late by this: connections whose turn it is begin. */
  private sampled(lateMs: number): void {
    const nowMs = performance.now();
    this.rate.sampled(lateMs, nowMs, this.line.size > 0);
    while (this.line.size > 0 && this.rate.take(nowMs)) {
      const next = this.line.next();
      if (next === undefined) return;
      this.leave(next);
      next.accept();
    }
  }

  private delay(socket: Duplex, address: string, waitMs: number, accept: () => void): void {
    this.delayed += 1;
    socket.pause();
    const place = clientAddressOf(address);
    const leave = (): void => this.leave(one);
    const one: Waiting = { socket, place, accept, leave, timers: [] };
    this.waiting.add(one);
    socket.once('close', leave);
    const join = (): void => this.line.add(place, one);
    const end = this.clock.after(this.config.connectWaitMs, () => {
      this.leave(one);
      this.refuse(socket, address, TOO_MANY);
    });
    one.timers = waitMs > 0 ? [end, this.clock.after(waitMs, join)] : [end];
    if (waitMs === 0) join();
  }

  private leave(one: Waiting): void {
    this.waiting.delete(one);
    this.line.remove(one.place, one);
    for (const timer of one.timers) timer.cancel();
    one.socket.off('close', one.leave);
  }

  private refuse(socket: Duplex, address: string, because: string): void {
    this.incidents.report('connectionRefused', { address }, because);
    socket.destroy();
  }

  /** Why the connection is closed instead of waiting; undefined when it can wait. */
  private problemOf(use: AddressUse): string | undefined {
    const { maxConnections, maxAddressConnections, connectWaitMs, connectsPerS } = this.config;
    if (this.connections >= maxConnections) return 'too many connections';
    if (use.connections >= maxAddressConnections) {
      return 'too many connections from this address';
    }
    // Even at the highest rate a longer line would not pass in time.
    const longestLine = Math.ceil((connectsPerS * connectWaitMs) / 1000);
    if (this.waiting.size > 0 && this.waiting.size >= longestLine) return TOO_MANY;
    const waitMs = use.bucket.waitMs(1, this.clock.monotonicMs());
    return waitMs > connectWaitMs ? TOO_MANY : undefined;
  }

  private useOf(place: string): AddressUse {
    const known = this.addresses.get(place);
    if (known !== undefined) return known;
    if (this.addresses.size >= ADDRESSES_PER_CONNECTION * this.config.maxConnections)
      this.forgetIdle();
    const { addressConnectsPerS } = this.config;
    const bucket = new TokenBucket(
      addressConnectsPerS,
      BURST_S * addressConnectsPerS,
      this.clock.monotonicMs(),
    );
    const use = { bucket, connections: 0 };
    this.addresses.set(place, use);
    return use;
  }

  private forgetIdle(): void {
    for (const [place, { connections }] of this.addresses) {
      if (connections === 0) this.addresses.delete(place);
    }
  }
}
