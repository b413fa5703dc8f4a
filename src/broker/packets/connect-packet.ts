/**
 * Checks the body of a CONNECT (MQTT 3.1.1, 3.1.2 and 3.1.3). One that does not conform ends the connection without a CONNACK
 * (MQTT-3.1.4-1).
 */
import { isText, PacketFields } from './packet-fields.js';

export interface ConnectProblem {
  readonly because: string;
  /** Return code of the CONNACK that the client gets; undefined: it gets none. */
  readonly returnCode?: number;
}

/** Protocol levels by protocol name: MQTT 3.1.1 and MQTT 3.1. */
const LEVELS: ReadonlyMap<string, number> = new Map([
  ['MQTT', 4],
  ['MQIsdp', 3],
]);
const UNACCEPTABLE_LEVEL = 1;

/** Bits of the connect flags (3.1.2.3). */
const RESERVED = 0x01;
const WILL = 0x04;
const WILL_QOS_AND_RETAIN = 0x38;
const WILL_QOS_3 = 0x18;
const PASSWORD = 0x40;
const USER_NAME = 0x80;

const PLUS = 0x2b;
const HASH = 0x23;
const MAX_QUOTED_BYTES = 80;

/**
 * What is wrong with the body of a CONNECT; undefined when nothing is.
 *
 * A keep-alive of 0 would keep half-open connections for ever. No return code of table 3.1 says so, hence none is sent
 * (MQTT-3.2.2-6).
 */
export function connectProblem(
  body: Uint8Array,
  keepAliveLimitS: number,
): ConnectProblem | undefined {
  const fields = new PacketFields(body);
  const protocol = protocolProblem(fields);
  if (protocol !== undefined) return protocol;
  const flags = fields.byte();
  const keepAliveS = fields.uint16();
  if (flags === undefined || keepAliveS === undefined) {
    return { because: 'CONNECT ends within its header' };
  }
  const because = flagsProblem(flags) ?? payloadProblem(fields, flags);
  if (because !== undefined) return { because };
  if (keepAliveS >= 1 && keepAliveS <= keepAliveLimitS) return undefined;
  return { because: `keep-alive of ${keepAliveS} s: 1 to ${keepAliveLimitS} s are allowed` };
}

function protocolProblem(fields: PacketFields): ConnectProblem | undefined {
  const name = fields.bytes();
  const level = fields.byte();
  if (name === undefined || level === undefined) {
    return { because: 'CONNECT ends within its protocol name' };
  }
  const text = textOf(name);
  const known = LEVELS.get(text);
  if (known === undefined) return { because: `protocol ${JSON.stringify(text)} is not MQTT` };
  if (level === known) return undefined;
  const because = `protocol level ${level} of ${text} is not ${known}`;
  return { because, returnCode: UNACCEPTABLE_LEVEL };
}

function flagsProblem(flags: number): string | undefined {
  if ((flags & RESERVED) !== 0) return 'reserved flag of the CONNECT is set';
  if ((flags & WILL) === 0 && (flags & WILL_QOS_AND_RETAIN) !== 0) {
    return 'CONNECT has flags of a last will, and none';
  }
  if ((flags & WILL_QOS_3) === WILL_QOS_3) return 'last will of QoS 3';
  if ((flags & USER_NAME) === 0 && (flags & PASSWORD) !== 0) {
    return 'CONNECT has a password, and no user name';
  }
  return undefined;
}

/** The payload has the fields that the flags name, in this order (MQTT-3.1.3-1), and nothing else. */
function payloadProblem(fields: PacketFields, flags: number): string | undefined {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const problem =
    textProblem('client id', fields.bytes()) ??
    (has(WILL) ? willProblem(fields) : undefined) ??
    (has(USER_NAME) ? textProblem('user name', fields.bytes()) : undefined);
  if (problem !== undefined) return problem;
  if (has(PASSWORD) && fields.bytes() === undefined) return 'CONNECT ends within its password';
  if (fields.bytesLeft === 0) return undefined;
  return `${fields.bytesLeft} bytes behind the payload of the CONNECT`;
}

function textProblem(name: string, text: Uint8Array | undefined): string | undefined {
  if (text === undefined) return `CONNECT ends within its ${name}`;
  return isText(text) ? undefined : `${name} of the CONNECT is no UTF-8 text`;
}

function willProblem(fields: PacketFields): string | undefined {
  const topic = fields.bytes();
  const problem = textProblem('will topic', topic);
  if (topic === undefined || problem !== undefined) return problem;
  // A topic name has a character, and no wildcard (MQTT-4.7.1-1, MQTT-4.7.3-1).
  if (topic.length === 0 || topic.includes(PLUS) || topic.includes(HASH)) {
    return `last will with the topic ${JSON.stringify(textOf(topic))}`;
  }
  return fields.bytes() === undefined ? 'CONNECT ends within its will message' : undefined;
}

/** Unauthenticated text, short, for a log line. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, MAX_QUOTED_BYTES)).toString('utf8');
}
