/** Counts and logs rejected connections and broken devices, at a bounded rate, so that a flood cannot fill the disk. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Log, TokenBucket } from '../../platform/index.js';

/**
 * connectionRefused: too many connections, or a failed TLS handshake; packetRefused: disconnected by the packet guard;
 * takenOver: a device connected again while connected; flapping: a device reconnects too often; clientFailed: an error
 * of Aedes, of a socket or of the authenticator.
 */
export type IncidentKind =
  | 'connectionRefused'
  | 'packetRefused'
  | 'loginRefused'
  | 'loginThrottled'
  | 'takenOver'
  | 'flapping'
  | 'publishRefused'
  | 'subscriptionRefused'
  | 'messageMalformed'
  | 'clientFailed';

const LINES_PER_S = 5;
const BURST_LINES = 50;

@Injectable()
export class IncidentLog {
  private readonly counted: Record<IncidentKind, number> = {
    connectionRefused: 0,
    packetRefused: 0,
    loginRefused: 0,
    loginThrottled: 0,
    takenOver: 0,
    flapping: 0,
    publishRefused: 0,
    subscriptionRefused: 0,
    messageMalformed: 0,
    clientFailed: 0,
  };
  private readonly bucket: TokenBucket;
  private suppressed = 0;
  private readonly log: Log;

  constructor(
    @Inject(Log) log: Log,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.log = log.child({ part: 'broker' });
    this.bucket = new TokenBucket(LINES_PER_S, BURST_LINES, clock.monotonicMs());
  }

  /** Counts an incident, and logs it unless the log rate is exceeded. */
  report(incident: IncidentKind, fields: Readonly<Record<string, unknown>>, because: string): void {
    this.counted[incident] += 1;
    if (this.bucket.waitMs(1, this.clock.monotonicMs()) > 0) {
      this.suppressed += 1;
      return;
    }
    this.bucket.take(1, this.clock.monotonicMs());
    const { suppressed } = this;
    this.suppressed = 0;
    this.log.warn({ trouble: incident, ...fields, ...(suppressed > 0 && { suppressed }) }, because);
  }

  /** Incidents since the start, by kind. */
  counts(): Readonly<Record<IncidentKind, number>> {
    return { ...this.counted };
  }
}
