/**
 * Messages published by devices: checked against the wire table, decoded and emitted on the event bus.
 *
 * A message is accepted in Aedes' authorisation hook, before its emitter: payloads are not copied, queued or distributed,
 * since no client may subscribe to a device's topics. A Fault becomes a response over MQTT here.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { PublishPacket } from 'aedes';
import { Clock, EventBus, type Events } from '../../platform/index.js';
import { asFault, decodeMessage, type Fault, type SentBy } from '../../wire/index.js';
import { IncidentLog } from '../limits/incident-log.js';
import type { DeviceSession, ExactlyOnce } from '../sessions/device-session.js';
import { bytesOf, mayPublish } from '../sessions/topic-access.js';
import { faultDelivery } from './device-faults.js';

type WireNews = Events[`wire.${SentBy<'device'>}`];

const EMPTY = Buffer.alloc(0);
/** Rows whose bytes are not decoded here. */
const BINARY: ReadonlySet<SentBy<'device'>> = new Set(['probe', 'tensor']);
/** Decoding and checking JSON takes about this many times as long as copying the bytes of a tensor. */
const JSON_WEIGHT = 8;
const TOO_MANY = 'too many unfinished QoS 2 publishes';

@Injectable()
export class InboundMessages {
  /** Messages accepted since the start. */
  accepted = 0;

  constructor(
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
  ) {}

  /**
   * Accepts one packet and empties it, so that Aedes retains nothing: it would search all retained messages at every
   * subscription. An error closes the connection: MQTT 3.1.1 has no other way to reject a PUBLISH (MQTT-3.3.5-2).
   */
  accept(session: DeviceSession, device: string, packet: PublishPacket): Error | null {
    const verdict = mayPublish(device, packet);
    if (verdict.kind === 'refused') {
      const fields = { device, topic: packet.topic.slice(0, 200), address: session.guard.address };
      this.incidents.report('publishRefused', fields, verdict.because);
      session.guard.endReason ??= `publish rejected: ${verdict.because}`;
      return new Error(verdict.because);
    }
    const turn = turnOf(session, packet);
    if (turn === 'tooMany') {
      session.guard.endReason ??= TOO_MANY;
      return new Error(TOO_MANY);
    }
    if (turn === 'new') this.receive(session, device, verdict.name, bytesOf(packet.payload));
    packet.payload = EMPTY;
    packet.retain = false;
    return null;
  }

  private receive(
    session: DeviceSession,
    device: string,
    name: SentBy<'device'>,
    bytes: Uint8Array,
  ): void {
    if (!BINARY.has(name)) session.guard.charge(0, (JSON_WEIGHT - 1) * bytes.length);
    try {
      const payload = decodeMessage(name, bytes);
      const { connection } = session;
      this.events.emit(`wire.${name}`, { device, connection, payload } as WireNews);
      this.accepted += 1;
    } catch (error) {
      this.answer(session, device, name, asFault(error));
    }
  }

  /** Sends the fault to the device; disconnects it after too many malformed messages. */
  private answer(
    session: DeviceSession,
    device: string,
    name: SentBy<'device'>,
    fault: Fault,
  ): void {
    const text = `${name}: ${fault.message}`;
    this.incidents.report('messageMalformed', { device, code: fault.code }, text);
    if (!session.toleratesMalformed(this.clock.monotonicMs())) {
      session.end('too many malformed messages');
      return;
    }
    session.deliverOnceHeard(faultDelivery(device, name, fault));
  }
}

/** A will has no identifier. At QoS 1 the same identifier means a new message, whatever the DUP flag (MQTT-4.3.2-2). */
function turnOf(session: DeviceSession, { qos, messageId }: PublishPacket): ExactlyOnce {
  return qos === 2 && messageId !== undefined ? session.beginExactlyOnce(messageId) : 'new';
}
