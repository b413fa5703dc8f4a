/** Packets of the conformance rows, made of their bytes: right ones, and any that differ in one place. */
import { encodeMessage, type Status, topicOf } from '../../../../src/wire/index.js';
import { connectPacket, field, packet } from '../raw-mqtt.js';
import { wireSamples } from '../wire-samples.js';

export const DEVICE = 'one';
export const SECRET = 'secret-of-one';
export const LOGIN = { clientId: DEVICE, username: DEVICE, password: SECRET } as const;
export const HELLO = connectPacket(LOGIN);
export const PINGREQ = packet(0xc0, Buffer.alloc(0));
export const DISCONNECT = packet(0xe0, Buffer.alloc(0));
export const TELEMETRY = Buffer.from(encodeMessage('telemetry', wireSamples.telemetry));
export const OFFLINE = statusBytes('offline');
export const STATUS_TOPIC = topicOf('status', DEVICE);
export const RECEIPT_TOPIC = topicOf('receipt', DEVICE);
export const RECEIPT_BYTES = encodeMessage('receipt', wireSamples.receipt).length;
export const PLAN_TOPIC = topicOf('desiredPlan', DEVICE);
/** With `,"sha256":"…"` in front of the last brace. */
export const PLAN_BYTES =
  encodeMessage('desiredPlan', wireSamples.desiredPlan).length + ',"sha256":""'.length + 64;

export function statusBytes(state: Status['state']): Buffer {
  return Buffer.from(encodeMessage('status', { ...wireSamples.status, state }));
}

const number = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

interface ConnectParts {
  readonly name?: string;
  readonly level?: number;
  /** By default clean, with user name and password. */
  readonly flags?: number;
  readonly keepAliveS?: number;
  readonly fields?: readonly (string | Buffer)[];
  readonly trailing?: Buffer;
}

/** A CONNECT of which any part can be wrong. */
export function connectWith({
  name = 'MQTT',
  level = 4,
  flags = 0xc2,
  keepAliveS = 60,
  fields = [DEVICE, DEVICE, SECRET],
  trailing = Buffer.alloc(0),
}: ConnectParts): Buffer {
  const head = [field(name), Buffer.from([level, flags]), number(keepAliveS)];
  return packet(0x10, Buffer.concat([...head, ...fields.map(field), trailing]));
}

/** A CONNECT with a last will; its flags and fields are those of the parts. */
export function connectWithWill(parts: {
  readonly qos?: number;
  readonly retain?: boolean;
  readonly topic?: string | Buffer;
  readonly payload?: Buffer;
  readonly keepAliveS?: number;
}): Buffer {
  const {
    qos = 1,
    retain = true,
    topic = STATUS_TOPIC,
    payload = OFFLINE,
    keepAliveS = 60,
  } = parts;
  const flags = 0xc6 | (qos << 3) | (retain ? 0x20 : 0);
  return connectWith({ flags, keepAliveS, fields: [DEVICE, topic, payload, DEVICE, SECRET] });
}

/** A PUBLISH of the telemetry of the device. */
export function publish({
  flags = 0,
  topic = topicOf('telemetry', DEVICE) as string | Buffer,
  identifier = undefined as number | undefined,
  payload = TELEMETRY as Buffer,
}): Buffer {
  const id = identifier === undefined ? [] : [number(identifier)];
  return packet(0x30 | flags, Buffer.concat([field(topic), ...id, payload]));
}

/** A SUBSCRIBE; every filter is followed by its byte with the QoS. */
export function subscribe(
  identifier: number,
  filters: readonly (readonly [filter: string | Buffer, options: number])[],
): Buffer {
  const pairs = filters.flatMap(([filter, options]) => [field(filter), Buffer.from([options])]);
  return packet(0x82, Buffer.concat([number(identifier), ...pairs]));
}

export function unsubscribe(identifier: number, filters: readonly (string | Buffer)[]): Buffer {
  return packet(0xa2, Buffer.concat([number(identifier), ...filters.map(field)]));
}

/** A PUBACK (0x40), PUBREC (0x50), PUBREL (0x62) or PUBCOMP (0x70). */
export function acknowledge(first: number, identifier: number): Buffer {
  return packet(first, number(identifier));
}
