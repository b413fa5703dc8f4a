/** How the agent speaks MQTT 3.1.1 with the broker: who it is, its last will, and nothing kept between sessions. */
import type { IClientOptions } from 'mqtt';
import { encodeMessage, Fault, messages, type Status, topicOf } from '../../../src/wire/index.js';

const KEEPALIVE_S = 20;
const CONNECT_TIMEOUT_MS = 10_000;
/** CONNACK: bad user name or password, not authorized (MQTT 3.1.1, 3.2.2.3). */
const REFUSAL_CODES = [4, 5];

export interface Credential {
  readonly url: string;
  readonly device: string;
  readonly secret: string;
}

/** Reconnecting is the session's own business, so mqtt.js is told not to. */
export function connectOptions({ device, secret }: Credential, will: Status): IClientOptions {
  return {
    clientId: device,
    username: device,
    password: secret,
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    will: {
      topic: topicOf('status', device),
      payload: Buffer.from(encodeMessage('status', will)),
      qos: messages.status.qos,
      retain: messages.status.retain,
    },
  };
}

type ConnectError = Error & { code?: unknown };

/** True when the broker knows the device not, or not with this secret. */
export function isRefusal(error: ConnectError | undefined): boolean {
  return REFUSAL_CODES.includes(Number(error?.code));
}

/** A refused TCP connection to several addresses comes as an AggregateError without a text. */
export function reasonOf(error: ConnectError): string {
  return error.message !== '' ? error.message : String(error.code ?? error.name);
}

export function unreachable(why: string): Fault {
  return new Fault('CLOUD_UNREACHABLE', `the cloud is out of reach: ${why}`);
}
