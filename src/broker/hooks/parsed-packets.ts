/**
 * Packets between the parser of a client and the handlers of Aedes. Aedes has no hook there, so this uses its parser, which is
 * private; `mqtt-conformance.spec.ts` fails where another version differs.
 */
import type { EventEmitter } from 'node:events';
import type { Client } from 'aedes';
import type { DeviceSession } from '../sessions/device-session.js';

interface Parsing {
  /** Emits `packet`, whose handler is added by the constructor of the client. */
  readonly _parser: EventEmitter;
}

/** A packet of mqtt-packet, as far as it is read here. */
interface Parsed {
  readonly cmd: string;
  readonly messageId?: number;
  readonly subscriptions?: unknown;
}

/** Sees every packet of a client before it is handled. */
export function watchPackets(client: Client, session: DeviceSession): void {
  const { _parser: parser } = client as unknown as Parsing;
  parser.prependListener('packet', (packet: Parsed) => {
    if (packet.cmd === 'subscribe') keepEqualFilters(packet);
    else if (packet.cmd === 'pubrel' && packet.messageId !== undefined) {
      session.endExactlyOnce(packet.messageId);
    }
  });
}

/**
 * Aedes replaces the subscriptions of a packet by those with different filters, and answers with too few return codes. Each
 * filter gets one (MQTT-3.8.4-5), equal ones as if they came in packets of their own (MQTT-3.8.4-4).
 */
function keepEqualFilters(packet: Parsed): void {
  const { subscriptions } = packet;
  Object.defineProperty(packet, 'subscriptions', {
    get: () => subscriptions,
    set: () => undefined,
  });
}
