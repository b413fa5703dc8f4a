/** Counts and logs rejected connections and broken devices, each kind at a bounded rate, so that a flood cannot fill the disk. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, LimitedLog, Log, type Metrics } from '../../platform/index.js';

/** Every kind, and what it means. One word stands for it in the log (`trouble`), in the load report and in the metrics. */
export const INCIDENTS = {
  connectionRefused:
    'too many connections or connects, in total or of an address; or a port that failed',
  tlsRefused: 'a TLS handshake that failed',
  upgradeRefused: 'a WebSocket request with another path, without the subprotocol, or malformed',
  packetRefused: 'disconnected by the packet guard, or for a WebSocket frame that must not be',
  loginMalformed:
    'a CONNECT without a credential, with another client id, or with a wrong last will',
  loginRefused: 'an unknown device or a wrong secret',
  loginUnapproved: 'a right credential of a device that is not approved yet',
  loginThrottled: 'a wrong credential after too many',
  loginBanned: 'a right credential of a device that is banned for reconnecting too often',
  loginUnverified: 'a credential that could not be verified in time',
  takenOver: 'a device that connected again while connected',
  flapping: 'a device that reconnects too often: its ban begins',
  publishRefused: 'a message on a topic that the device is not allowed to publish',
  subscriptionRefused: 'a topic that the device is not allowed to subscribe to',
  messageMalformed: 'a message that does not match its row of the wire table',
  faultSent: 'a device answered with a fault that belongs to no frame, or had too many of them',
  clientFailed: 'an error of Aedes, of a socket or of the authenticator',
} as const;
export type IncidentKind = keyof typeof INCIDENTS;

/** Of each kind: an operator sees the first of them all, and then one a second. */
const LINES = { burst: 50, perMinute: 60 };

@Injectable()
export class IncidentLog {
  private readonly counted = Object.fromEntries(
    Object.keys(INCIDENTS).map((kind) => [kind, 0]),
  ) as Record<IncidentKind, number>;
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

/** Shows the incidents in the metrics, each kind from the start. */
export function countIncidents(metrics: Metrics, incidents: Pick<IncidentLog, 'counts'>): void {
  metrics.counts(
    'flotilla_mqtt_refused_total',
    'MQTT connections, logins, packets and messages rejected, by reason',
    'reason',
    () => incidents.counts(),
  );
}
