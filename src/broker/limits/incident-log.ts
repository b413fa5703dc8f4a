/** Counts and logs rejected connections and broken devices, each kind at a bounded rate, so that a flood cannot fill the disk. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, LimitedLog, Log } from '../../platform/index.js';

/**
 * connectionRefused: too many connections, or a failed TLS handshake; packetRefused: disconnected by the packet guard;
 * takenOver: a device connected again while connected; flapping: a device reconnects too often; faultSent: a device is answered
 * with a fault that belongs to no frame, or had too many of them; clientFailed: an error
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
  | 'faultSent'
  | 'clientFailed';

/** Of each kind: an operator sees the first of them all, and then one a second. */
const LINES = { burst: 50, perMinute: 60 };

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
    faultSent: 0,
    clientFailed: 0,
  };
  private readonly lines: LimitedLog;

  constructor(@Inject(Log) log: Log, @Inject(Clock) clock: Clock) {
    this.lines = new LimitedLog(log.child({ part: 'broker' }), clock, LINES);
  }

  /** Counts an incident, and logs it unless the log rate is exceeded. */
  report(incident: IncidentKind, fields: Readonly<Record<string, unknown>>, because: string): void {
    this.counted[incident] += 1;
    this.lines.warn({ trouble: incident, ...fields }, because, incident);
  }

  /** Incidents since the start, by kind. */
  counts(): Readonly<Record<IncidentKind, number>> {
    return { ...this.counted };
  }
}
