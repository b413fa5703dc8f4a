/** MQTT 3.1.1 connection options of the agent: identity, last will, clean session. */
import type { IClientOptions } from 'mqtt';
import {
  encodeMessage,
  Fault,
  messages,
  type Status,
  topicOf,
} from '../../../../src/wire/index.js';
import type { Identity } from '../rest/identity.js';

const KEEPALIVE_S = 20;
const CONNECT_TIMEOUT_MS = 10_000;
/** CONNACK: bad user name or password (MQTT 3.1.1, 3.2.2.3). */
const REFUSED_CODE = 4;
/** CONNACK: not authorized; the credential is right, and an operator has yet to approve the device. */
const WAITING_CODE = 5;

export interface Credential {
  readonly url: string;
  readonly identity: Identity;
}

/** The session reconnects by itself, so mqtt.js must not. Throws when a file of the certificate cannot be read. */
export function connectOptions({ url, identity }: Credential, will: Status): IClientOptions {
  const { device } = identity;
  const secret = identity.secret();
  return {
    ...identity.tls(),
    clientId: device,
    username: device,
    ...(secret !== undefined && { password: secret }),
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // mqtt.js takes addresses apart, and puts those of IPv6 together without their brackets.
    transformWsUrl: () => url,
    will: {
      topic: topicOf('status', device),
      payload: Buffer.from(encodeMessage('status', will)),
      qos: messages.status.qos,
      retain: messages.status.retain,
    },
  };
}

type ConnectError = Error & { code?: unknown };

/** True when the broker rejects the device id or its secret. */
export function isRefusal(error: ConnectError | undefined): boolean {
  return Number(error?.code) === REFUSED_CODE;
}

/** True when the broker knows the device but it is not approved yet. */
export function isWaiting(error: ConnectError | undefined): boolean {
  return Number(error?.code) === WAITING_CODE;
}

/** A refused TCP connection to several addresses comes as an AggregateError without a text. */
export function reasonOf(error: ConnectError): string {
  return error.message !== '' ? error.message : String(error.code ?? error.name);
}

export function unreachable(why: string): Fault {
  return new Fault('CLOUD_UNREACHABLE', `cloud unreachable: ${why}`);
}
