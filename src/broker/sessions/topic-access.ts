/**
 * Topics a device may publish and subscribe to, derived from the wire table: only its rows are allowed.
 *
 * Compares literal topic filters, so that no wildcard, share or `$SYS` filter reaches another device's topics.
 */
import { decodeMessage, isSentBy, messages, parseTopic, type SentBy } from '../../wire/index.js';

export type Verdict =
  | { readonly kind: 'allowed'; readonly name: SentBy<'device'> }
  | { readonly kind: 'refused'; readonly because: string };

interface Publication {
  readonly topic: string;
  readonly qos?: number | undefined;
  readonly retain?: boolean | undefined;
  readonly payload: string | Uint8Array;
}

const rejected = (because: string): Verdict => ({ kind: 'refused', because });

/** A device publishes the rows of the table that are from devices, under its own id, retained only where the row is. */
export function mayPublish(device: string, { topic, retain, payload }: Publication): Verdict {
  const parsed = parseTopic(topic);
  if (parsed === undefined) return rejected(`no such topic: ${quoted(topic)}`);
  if (parsed.device !== device) return rejected(`the topic belongs to ${parsed.device}`);
  const { name } = parsed;
  if (!isSentBy(name, 'device')) return rejected(`only the cloud sends ${name}`);
  const row = messages[name];
  if (retain === true && !row.retain) return rejected(`${name} is not retained`);
  if (payload.length > row.maxBytes) {
    return rejected(`${payload.length} bytes are more than the ${row.maxBytes} of ${name}`);
  }
  return { kind: 'allowed', name };
}

/** A device subscribes to the literal topics of the rows that are from the cloud, under its own id. */
export function maySubscribe(device: string, filter: string): boolean {
  const parsed = parseTopic(filter);
  return parsed !== undefined && parsed.device === device && isSentBy(parsed.name, 'cloud');
}

/** CONNACK return codes of MQTT 3.1.1, table 3.1. */
export const CONNACK = { identifier: 2, unavailable: 3, credential: 4, authorization: 5 } as const;

/** Why a connection is rejected, and its CONNACK code. */
export interface Refusal {
  readonly returnCode: (typeof CONNACK)[keyof typeof CONNACK];
  readonly because: string;
}

interface ConnectRequest {
  readonly clientId: string;
  /** The device a verified client certificate names. */
  readonly certified?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: unknown;
  readonly will?: Publication | undefined;
}

/** What is wrong with a CONNECT before the credential is checked; undefined when nothing is. */
export function refusalOf({
  clientId,
  certified,
  username = certified,
  password,
  will,
}: ConnectRequest): Refusal | undefined {
  // A rejected client id has a code of its own, whatever the credentials (MQTT-3.1.3-8, MQTT-3.1.3-9).
  if (clientId === '') return { returnCode: CONNACK.identifier, because: 'no client id' };
  if (username === undefined || (password === undefined && username !== certified)) {
    return { returnCode: CONNACK.authorization, because: 'no user name or no password' };
  }
  if (clientId !== username) {
    const because = `client id ${quoted(clientId)} is not the user name ${quoted(username)}`;
    return { returnCode: CONNACK.identifier, because };
  }
  const because = will === undefined ? undefined : willProblem(clientId, will);
  return because === undefined ? undefined : { returnCode: CONNACK.authorization, because };
}

/** A last will is a status *offline* of the device itself, sent as the wire table says, and nothing else. */
function willProblem(device: string, will: Publication): string | undefined {
  const verdict = mayPublish(device, will);
  if (verdict.kind === 'refused') return `last will: ${verdict.because}`;
  if (verdict.name !== 'status') return `last will: ${verdict.name} is not a status`;
  const { qos, retain } = messages.status;
  if (will.qos !== qos) return `last will: QoS ${will.qos} is not ${qos}`;
  if (will.retain !== retain) return 'last will: not retained';
  try {
    const { state } = decodeMessage('status', bytesOf(will.payload));
    return state === 'offline' ? undefined : `last will: ${state} is not offline`;
  } catch (error) {
    return `last will: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A payload as bytes; the parser gives buffers, the types also allow text. */
export function bytesOf(payload: string | Uint8Array): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

/** Unauthenticated text, short and printable, for a log line. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
