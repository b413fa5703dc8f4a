/** Streams no client sends: random bytes, and sessions of a real device with some of their bytes changed. Seeded, so that a failure comes again. */
import { seededRandom } from '../../../src/wire/index.js';
import { connectPacket, packet, publishPacket, subscribePacket } from './raw-mqtt.js';

const MAX_RANDOM_BYTES = 2048;
const MAX_CHANGES = 8;
const GOODBYE = packet(0xe0, Buffer.alloc(0));
const PING = packet(0xc0, Buffer.alloc(0));

type Random = () => number;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => below(random, 256)));
}

type Change = (bytes: Buffer, random: Random) => Buffer;

/** What happens to a session on its way. */
const CHANGES: readonly Change[] = [
  function flipBit(bytes, random) {
    const at = below(random, bytes.length);
    bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << below(random, 8)), at);
    return bytes;
  },
  function replaceByte(bytes, random) {
    bytes.writeUInt8(below(random, 256), below(random, bytes.length));
    return bytes;
  },
  function cutShort(bytes, random) {
    return bytes.subarray(0, 1 + below(random, bytes.length));
  },
  function repeatPart(bytes, random) {
    const [from, to] = [below(random, bytes.length), below(random, bytes.length)];
    return Buffer.concat([bytes, bytes.subarray(Math.min(from, to), Math.max(from, to))]);
  },
  function dropPart(bytes, random) {
    const from = below(random, bytes.length);
    const to = from + below(random, 16);
    const left = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    return left.length > 0 ? left : bytes;
  },
  function insertNoise(bytes, random) {
    const at = below(random, bytes.length);
    const noise = randomBytes(random, 1 + below(random, 16));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
];

/** The session that is changed: who it is, what it hears and what it says. */
export interface Victim {
  readonly device: string;
  readonly secret: string;
  readonly subscriptions: readonly string[];
  readonly messages: readonly { readonly topic: string; readonly payload: Uint8Array }[];
}

function sessionOf({ device, secret, subscriptions, messages }: Victim, random: Random): Buffer {
  const said = messages.map(({ topic, payload }, i) =>
    publishPacket(topic, Buffer.from(payload), random() < 0.5 ? i + 1 : undefined),
  );
  const heard = subscriptions.map((topic, i) => subscribePacket(topic, i + 1));
  const middle = [...said, ...heard, PING].sort(() => random() - 0.5);
  const hello = connectPacket({ clientId: device, username: device, password: secret });
  return Buffer.concat([hello, ...middle, GOODBYE]);
}

/** That many streams, a third of them random bytes, the others changed sessions. */
export function* garbageStreams(count: number, seed: number, victim: Victim): Generator<Buffer> {
  const random = seededRandom(seed);
  for (let i = 0; i < count; i++) {
    if (i % 3 === 0) {
      yield randomBytes(random, 1 + below(random, MAX_RANDOM_BYTES));
      continue;
    }
    let stream = sessionOf(victim, random);
    for (let changes = 1 + below(random, MAX_CHANGES); changes > 0; changes--) {
      const change = CHANGES[below(random, CHANGES.length)];
      if (change !== undefined) stream = change(stream, random);
    }
    yield stream;
  }
}
