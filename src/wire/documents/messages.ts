/** The wire table: one row per message. Topics, types, ACL, docs and golden-bytes tests derive from it. */
import { binary, type Codec, envelope, json, jsonSharing } from './codec.js';
import { command, commandReport } from './command-documents.js';
import { desiredModel, desiredPlan, reported, reportedPlan } from './desired-documents.js';
import { birth, profile, status, telemetry } from './device-documents.js';
import { receipt, recordMessage, resultHead } from './frame-documents.js';

export interface Row<T, F extends 'device' | 'cloud' = 'device' | 'cloud'> {
  readonly topic: `flotilla/v1/{device}/${string}`;
  readonly from: F;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** Maximum payload the receiver accepts. */
  readonly maxBytes: number;
  readonly codec: Codec<T>;
  /** Whether the sender seals it (`seal.ts`). */
  readonly isSealed?: true;
  readonly about: string;
}

const row = <T, F extends 'device' | 'cloud'>(r: Row<T, F>): Row<T, F> => r;
const KIB = 1024;
const MIB = 1024 * KIB;

export const messages = {
  status: row({
    topic: 'flotilla/v1/{device}/status',
    from: 'device',
    qos: 1,
    retain: true,
    maxBytes: 4 * KIB,
    codec: json(status),
    about:
      'Online, or offline as last will. `sid` is random per connection; it invalidates old wills.',
  }),
  birth: row({
    topic: 'flotilla/v1/{device}/birth',
    from: 'device',
    qos: 1,
    retain: false,
    maxBytes: 1 * MIB,
    codec: json(birth),
    about: 'Hardware, software and blocks of the device, once per connection.',
  }),
  telemetry: row({
    topic: 'flotilla/v1/{device}/telemetry',
    from: 'device',
    qos: 0,
    retain: false,
    maxBytes: 16 * KIB,
    codec: json(telemetry),
    about: 'Link estimate and health.',
  }),
  probe: row({
    topic: 'flotilla/v1/{device}/probe',
    from: 'device',
    qos: 1,
    retain: false,
    maxBytes: 64 * KIB,
    codec: binary,
    about: 'Arbitrary bytes whose acknowledgement measures an idle link.',
  }),
  profile: row({
    topic: 'flotilla/v1/{device}/profile',
    from: 'device',
    qos: 1,
    retain: false,
    maxBytes: 256 * KIB,
    codec: json(profile),
    about: 'Measured block times of a model.',
  }),
  desiredModel: row({
    topic: 'flotilla/v1/{device}/twin/model/desired',
    from: 'cloud',
    qos: 1,
    retain: true,
    maxBytes: 8 * MIB,
    codec: jsonSharing(desiredModel, 'model'),
    isSealed: true,
    about: 'The model to hold, with its blocks.',
  }),
  reportedModel: row({
    topic: 'flotilla/v1/{device}/twin/model/reported',
    from: 'device',
    qos: 1,
    retain: false,
    maxBytes: 4 * KIB,
    codec: json(reported),
    about: 'The version of the applied model document, or why it was not applied.',
  }),
  desiredPlan: row({
    topic: 'flotilla/v1/{device}/twin/plan/desired',
    from: 'cloud',
    qos: 1,
    retain: true,
    maxBytes: 1 * MIB,
    codec: json(desiredPlan),
    isSealed: true,
    about: 'The plan that frames follow.',
  }),
  reportedPlan: row({
    topic: 'flotilla/v1/{device}/twin/plan/reported',
    from: 'device',
    qos: 1,
    retain: false,
    maxBytes: 4 * KIB,
    codec: json(reportedPlan),
    about: 'The version of the applied plan, or why it was not applied.',
  }),
  tensor: row({
    topic: 'flotilla/v1/{device}/tensor',
    from: 'device',
    qos: 1,
    retain: false,
    maxBytes: 256 * KIB,
    codec: binary,
    about:
      'One chunk of a tensor (see “Tensor chunk”). One constant topic, since MQTT keeps order per topic only.',
  }),
  result: row({
    topic: 'flotilla/v1/{device}/result',
    from: 'cloud',
    qos: 1,
    retain: false,
    maxBytes: 64 * MIB,
    codec: envelope(resultHead),
    about: 'The answer to a frame: outputs, or a fault.',
  }),
  record: row({
    topic: 'flotilla/v1/{device}/record',
    from: 'device',
    qos: 1,
    retain: false,
    maxBytes: 256 * KIB,
    codec: json(recordMessage),
    about: 'Ledger entries of finished frames, in batches; sent again until receipted.',
  }),
  receipt: row({
    topic: 'flotilla/v1/{device}/receipt',
    from: 'cloud',
    qos: 1,
    retain: false,
    maxBytes: 32 * KIB,
    codec: json(receipt),
    about: 'Frames whose records are committed to the database.',
  }),
  command: row({
    topic: 'flotilla/v1/{device}/command',
    from: 'cloud',
    qos: 1,
    retain: false,
    maxBytes: 4 * KIB,
    codec: json(command),
    about:
      'A command to run once: ping, re-profile, restart, set the log level. Sent again until it is reported.',
  }),
  commandReport: row({
    topic: 'flotilla/v1/{device}/command/response',
    from: 'device',
    qos: 1,
    retain: false,
    maxBytes: 4 * KIB,
    codec: json(commandReport),
    about: 'The state of a command: accepted, then done or failed.',
  }),
} as const;

export type MessageName = keyof typeof messages;
export type Payload<N extends MessageName> =
  (typeof messages)[N] extends Row<infer T, 'device' | 'cloud'> ? T : never;

/** The names of the messages one side sends. */
export type SentBy<F extends 'device' | 'cloud'> = {
  [N in MessageName]: (typeof messages)[N] extends { readonly from: F } ? N : never;
}[MessageName];

export const messageNames = Object.keys(messages) as MessageName[];

/** True when a message of this name is one the given side sends. */
export function isSentBy<F extends 'device' | 'cloud'>(
  name: MessageName,
  from: F,
): name is SentBy<F> {
  return messages[name].from === from;
}

/** The topic of a message of one device. */
export function topicOf(name: MessageName, device: string): string {
  return messages[name].topic.replace('{device}', device);
}

const BY_SUFFIX = new Map<string, MessageName>(
  messageNames.map((name) => [messages[name].topic.slice('flotilla/v1/{device}/'.length), name]),
);

/** Device and message of a concrete topic; undefined for a topic that is in no row. */
export function parseTopic(topic: string): { device: string; name: MessageName } | undefined {
  const match = /^flotilla\/v1\/([a-z0-9-]{1,64})\/(.+)$/.exec(topic);
  const name = match?.[2] === undefined ? undefined : BY_SUFFIX.get(match[2]);
  return match?.[1] === undefined || name === undefined ? undefined : { device: match[1], name };
}

/** The bytes of a message. */
export function encodeMessage<N extends MessageName>(name: N, payload: Payload<N>): Uint8Array {
  return (messages[name].codec as Codec<Payload<N>>).encode(payload);
}

/** The message in bytes; throws MESSAGE_MALFORMED. */
export function decodeMessage<N extends MessageName>(name: N, bytes: Uint8Array): Payload<N> {
  return (messages[name].codec as Codec<Payload<N>>).decode(bytes);
}
