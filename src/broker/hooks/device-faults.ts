/**
 * Faults that answer a device and belong to no frame: a message that was not used, a plan that cannot be.
 *
 * They go out at a bounded rate for each device. So a device cannot make the service send more than it receives, and a fault that
 * lasts does not fill a slow link. All are counted, and logged at a bounded rate.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, KeyedBuckets } from '../../platform/index.js';
import {
  encodeMessage,
  type Fault,
  type MessageName,
  messages,
  topicOf,
} from '../../wire/index.js';
import { IncidentLog } from '../limits/incident-log.js';
import type { Delivery } from '../sessions/device-session.js';
import { DeviceSessions } from '../sessions/device-sessions.js';

/** Faults that a device gets at once, and in the long run. */
const BURST = 10;
const PER_MINUTE = 10;

const EMPTY = new Uint8Array(0);

@Injectable()
export class DeviceFaults {
  private readonly buckets = new KeyedBuckets(PER_MINUTE / 60, BURST);

  constructor(
    @Inject(DeviceSessions) private readonly sessions: DeviceSessions,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Sends a device the fault of a message of the wire table. False when it is offline, or had too many faults lately. */
  send(device: string, about: MessageName, fault: Fault): boolean {
    const { code } = fault;
    const isSuppressed = this.buckets.take(device, this.clock.monotonicMs()) > 0;
    const fields = { device, code, ...(isSuppressed && { isSuppressed }) };
    this.incidents.report('faultSent', fields, `${about}: ${fault.message}`);
    if (isSuppressed) return false;
    const delivery = faultDelivery(device, about, fault);
    return this.sessions.of(device)?.deliverOnceHeard(delivery) ?? false;
  }
}

/** A fault of a message as the device gets it: a `result` without a frame, whose text names the message first. */
export function faultDelivery(
  device: string,
  about: MessageName,
  { code, message }: Fault,
): Delivery {
  const text = `${about}: ${message}`.slice(0, 1000);
  const head = { v: 1, kind: 'fault', code, message: text } as const;
  return {
    topic: topicOf('result', device),
    bytes: encodeMessage('result', { head, body: EMPTY }),
    qos: messages.result.qos,
    retain: false,
  };
}
