/** MQTT 3.1.1 connection options of the agent: identity, last will, clean session. */
import { isIPv6, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { IClientOptions, MqttClient } from 'mqtt';
import {
  encodeMessage,
  Fault,
  messages,
  type Status,
  topicOf,
} from '../../../../src/wire/index.js';
import type { AgentSockets } from '../../traffic/sockets.js';
import type { Identity } from '../rest/identity.js';

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
export function connectOptions(
  { url, identity }: Credential,
  will: Status,
  keepAliveS: number,
): IClientOptions {
  const { device } = identity;
  const secret = identity.secret();
  return {
    ...identity.tls(),
    clientId: device,
    username: device,
    ...(secret !== undefined && { password: secret }),
    protocolVersion: 4,
    clean: true,
    keepalive: keepAliveS,
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

const MQTTS_PORT = 8883;

/** The same over sockets that are counted; TCP without TLS is counted when it is open. */
export function countedOptions(
  { url }: Credential,
  options: IClientOptions,
  sockets: AgentSockets,
): IClientOptions {
  if (/^wss?:/.test(url)) return { ...options, wsOptions: { agent: sockets.agentOf(url) } };
  return url.startsWith('mqtts:')
    ? ({ ...options, ...sockets.tlsOptions(addressOf(url), options) } as IClientOptions)
    : options;
}

/** Counts the socket of a client that was made with these options, where it is not counted yet. */
export function countSocket(
  { url }: Credential,
  { stream }: MqttClient,
  options: IClientOptions,
  sockets: AgentSockets,
): void {
  if (stream instanceof TLSSocket) sockets.keepSessions(stream, addressOf(url), options);
  else if (stream instanceof Socket) sockets.watch(stream);
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  const bare = hostname.replace(/^\[|\]$/g, '');
  return { host: isIPv6(bare) ? bare : hostname, port: port === '' ? MQTTS_PORT : Number(port) };
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
