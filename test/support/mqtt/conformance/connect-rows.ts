/** CONNECT, the end of a connection, and last wills (MQTT 3.1.1, 3.1, 3.2 and 3.14). */
import { topicOf } from '../../../../src/wire/index.js';
import { connectPacket, packet } from '../raw-mqtt.js';
import { wireSamples } from '../wire-samples.js';
import {
  connectWith,
  connectWithWill,
  DEVICE,
  DISCONNECT,
  HELLO,
  LOGIN,
  PINGREQ,
  publish,
  RECEIPT_TOPIC,
  SECRET,
  STATUS_TOPIC,
  statusBytes,
  subscribe,
} from './packets.js';
import { elsewhere, type Row, type Step, untilOffline } from './row.js';

const ILL_FORMED = Buffer.from([0x6f, 0xc3, 0x28]);
const SURROGATE = Buffer.from([0xed, 0xa0, 0x80]);
const WILL = connectWithWill({});

/** A first packet and its only answer. */
const first = (of: readonly string[], what: string, bytes: Buffer, ...script: Step[]): Row => ({
  of,
  what,
  isLoggedIn: false,
  script: [bytes, ...script],
});
const closedAt = (of: readonly string[], what: string, bytes: Buffer): Row =>
  first(of, what, bytes, 'closed');
const refusedWith = (code: number, of: readonly string[], what: string, bytes: Buffer): Row =>
  first([...of, '3.2.2-4', '3.2.2-5'], what, bytes, `CONNACK 0 ${code}`, 'closed');

const malformed: readonly Row[] = [
  closedAt(['3.1.0-1'], 'a PINGREQ before any CONNECT', PINGREQ),
  closedAt(['3.1.0-1'], 'a PUBLISH before any CONNECT', publish({})),
  closedAt(['2.2.2-1', '2.2.2-2'], 'a CONNECT with flags', packet(0x11, HELLO.subarray(2))),
  closedAt(['3.1.2-1', '3.1.4-1'], 'the protocol “hj”', connectWith({ name: 'hj' })),
  closedAt(['3.1.2-3'], 'the reserved flag of a CONNECT', connectWith({ flags: 0xc3 })),
  closedAt(['3.1.2-9'], 'a will flag without a will', connectWith({ flags: 0xc6 })),
  closedAt(
    ['3.1.2-11', '3.1.4-1'],
    'a will without a will flag',
    connectWith({ fields: [DEVICE, STATUS_TOPIC, statusBytes('offline'), DEVICE, SECRET] }),
  ),
  closedAt(['3.1.2-11', '3.1.2-13'], 'a will QoS without a will', connectWith({ flags: 0xca })),
  closedAt(['3.1.2-11', '3.1.2-15'], 'a will retain without one', connectWith({ flags: 0xe2 })),
  closedAt(['3.1.2-14'], 'a will of QoS 3', connectWithWill({ qos: 3 })),
  closedAt(['3.1.2-18'], 'a user name without its flag', connectWith({ flags: 0x02 })),
  closedAt(['3.1.2-19'], 'no user name for its flag', connectWith({ fields: [DEVICE] })),
  closedAt(['3.1.2-20'], 'a password without its flag', connectWith({ flags: 0x82 })),
  closedAt(['3.1.2-21'], 'no password for its flag', connectWith({ fields: [DEVICE, DEVICE] })),
  closedAt(
    ['3.1.2-22'],
    'a password without a user name',
    connectWith({ flags: 0x42, fields: [DEVICE, SECRET] }),
  ),
  closedAt(['3.1.3-1', '3.1.3-3'], 'no client id', connectWith({ fields: [] })),
  closedAt(
    ['3.1.4-1'],
    'a byte behind the payload of a CONNECT',
    connectWith({ trailing: Buffer.from([0]) }),
  ),
  closedAt(
    ['1.5.3-1', '3.1.3-4'],
    'a client id of ill-formed UTF-8',
    connectWith({ fields: [ILL_FORMED, DEVICE, SECRET] }),
  ),
  closedAt(
    ['1.5.3-1', '3.1.3-11'],
    'a surrogate in the user name',
    connectWith({ fields: [DEVICE, SURROGATE, SECRET] }),
  ),
  closedAt(
    ['1.5.3-1', '3.1.3-10'],
    'a will topic of ill-formed UTF-8',
    connectWithWill({ topic: ILL_FORMED }),
  ),
  closedAt(
    ['1.5.3-2'],
    'U+0000 in the client id',
    connectWith({ fields: [`${DEVICE}\0`, DEVICE, SECRET] }),
  ),
  closedAt(['4.7.1-1'], 'a wildcard in the will topic', connectWithWill({ topic: 'a/#' })),
  closedAt(['4.7.3-1'], 'an empty will topic', connectWithWill({ topic: '' })),
  closedAt(['3.2.2-6'], 'no keep-alive', connectWith({ keepAliveS: 0 })),
  closedAt(['3.2.2-6'], 'a keep-alive above the limit', connectWith({ keepAliveS: 1201 })),
  {
    ...{ of: ['3.1.0-2', '4.8.0-1'], what: 'a second CONNECT', script: [HELLO, 'closed'] },
    paho: 'basic',
  },
];

const refused: readonly Row[] = [
  ...[3, 5, 6, 0x84].map((level) =>
    refusedWith(1, ['3.1.2-2'], `protocol level ${level}`, connectWith({ level })),
  ),
  refusedWith(1, ['3.1.2-1'], 'MQIsdp at level 4', connectWith({ name: 'MQIsdp' })),
  refusedWith(
    2,
    ['1.5.3-3'],
    'U+FEFF before the client id',
    connectWith({ fields: [`\uFEFF${DEVICE}`, DEVICE, SECRET] }),
  ),
  {
    ...refusedWith(
      2,
      ['3.1.3-6', '3.1.3-9'],
      'an empty client id',
      connectPacket({ ...LOGIN, clientId: '' }),
    ),
    paho: 'zero length client id',
  },
  refusedWith(
    2,
    ['3.1.3-8', '3.1.3-9'],
    'an empty client id without credentials and with a persistent session',
    connectPacket({ clientId: '', clean: false }),
  ),
  {
    ...refusedWith(
      2,
      ['3.1.3-9'],
      'a client id other than the user name',
      connectPacket({ ...LOGIN, clientId: 'ABC' }),
    ),
    notFollowed: ['3.1.3-5'],
  },
  refusedWith(5, ['3.1.4-1'], 'an anonymous client', connectPacket({ clientId: DEVICE })),
  refusedWith(5, [], 'a will that is online', connectWithWill({ payload: statusBytes('online') })),
  ...[0, 2].map((qos) => refusedWith(5, [], `a will of QoS ${qos}`, connectWithWill({ qos }))),
  refusedWith(5, ['3.1.2-16'], 'a will not to be retained', connectWithWill({ retain: false })),
  refusedWith(
    5,
    [],
    'a will about another device',
    connectWithWill({ topic: topicOf('status', 'two') }),
  ),
  refusedWith(
    4,
    ['3.1.4-5'],
    'a wrong secret, and a PUBLISH behind it',
    Buffer.concat([connectPacket({ ...LOGIN, password: 'guess' }), publish({})]),
  ),
];

const sessions: readonly Row[] = [
  first(
    ['3.1.2-6', '3.1.4-3', '3.1.4-4', '3.2.2-1'],
    'a CONNECT for a clean session',
    HELLO,
    'CONNACK 0 0',
  ),
  first(['3.1.2-1'], 'MQTT 3.1', connectWith({ name: 'MQIsdp', level: 3 }), 'CONNACK 0 0'),
  first(
    ['3.2.0-1'],
    'packets behind a CONNECT, before its answer',
    Buffer.concat([HELLO, subscribe(1, [[RECEIPT_TOPIC, 1]])]),
    'CONNACK 0 0',
    'SUBACK 1: 1',
  ),
  {
    of: ['3.2.2-3', '4.1.0-1', '4.1.0-2'],
    notFollowed: ['3.1.2-4', '3.1.2-5', '3.2.2-2', '4.4.0-1'],
    what: 'a persistent session, which is answered with a clean one',
    isLoggedIn: false,
    script: [
      connectPacket({ ...LOGIN, clean: false }),
      'CONNACK 0 0',
      subscribe(1, [[RECEIPT_TOPIC, 1]]),
      'SUBACK 1: 1',
      ({ line }) => line.drop(),
      'closed',
      untilOffline,
      ({ broker }) => broker.send('receipt', DEVICE, wireSamples.receipt),
      elsewhere(connectPacket({ ...LOGIN, clean: false }), 'CONNACK 0 0'),
      'closed',
    ],
    paho: 'offline queueing',
  },
  {
    of: ['3.1.3-2', '3.1.4-2'],
    what: 'a newer connection of the same client id',
    script: [elsewhere(HELLO, 'CONNACK 0 0', DISCONNECT, 'closed'), 'closed'],
  },
  {
    of: ['3.14.4-2'],
    what: 'a PUBLISH behind a DISCONNECT',
    script: [Buffer.concat([DISCONNECT, publish({ flags: 2, identifier: 1 })]), 'closed'],
  },
];

const withWill = (row: Omit<Row, 'isLoggedIn'>, hello = WILL): Row => ({
  ...row,
  isLoggedIn: false,
  script: [hello, 'CONNACK 0 0', ...row.script],
});

const wills: readonly Row[] = [
  {
    ...withWill({
      of: ['3.1.2-8', '3.1.2-9', '3.1.2-10'],
      what: 'a lost connection, with a will',
      script: [({ line }) => line.drop(), 'closed'],
      received: ['status offline'],
    }),
    paho: 'will message',
  },
  withWill({
    of: ['3.1.2-8', '4.8.0-1'],
    what: 'a violation of the protocol, with a will',
    script: [publish({ flags: 8 }), 'closed'],
    received: ['status offline'],
  }),
  withWill({
    of: ['3.1.2-8', '3.1.4-2'],
    what: 'a newer connection, with a will',
    script: [elsewhere(HELLO, 'CONNACK 0 0'), 'closed'],
    received: ['status offline'],
  }),
  withWill({
    of: ['3.1.2-10', '3.14.4-3'],
    what: 'a DISCONNECT, with a will',
    script: [DISCONNECT, 'closed'],
  }),
  withWill({
    of: ['3.14.1-1', '3.1.2-8'],
    what: 'a DISCONNECT with flags, with a will',
    script: [packet(0xe1, Buffer.alloc(0)), 'closed'],
    received: ['status offline'],
  }),
  {
    of: ['3.1.2-12'],
    what: 'a lost connection, without a will',
    script: [({ line }) => line.drop(), 'closed'],
  },
];

export const connectRows: readonly Row[] = [...malformed, ...refused, ...sessions, ...wills];

/** It takes 1.5 s. */
export const keepAliveRow: Row = {
  ...withWill(
    {
      of: ['3.1.2-24', '3.1.2-8'],
      what: 'silence for 1.5 keep-alives, with a will',
      script: ['closed'],
      received: ['status offline'],
    },
    connectWithWill({ keepAliveS: 1 }),
  ),
  paho: 'keepalive',
};
