/** PUBLISH and its acknowledgements, PINGREQ, and packets that no client may send (MQTT 3.1.1, 2, 3.3 to 3.7, 3.12 and 4.3). */
import { topicOf } from '../../../../src/wire/index.js';
import { field, packet } from '../raw-mqtt.js';
import { acknowledge, DEVICE, PINGREQ, publish, STATUS_TOPIC, statusBytes } from './packets.js';
import type { Row, Step } from './row.js';

const ILL_FORMED = Buffer.from([0x6f, 0xc3, 0x28]);
const QOS_1 = 2;
const QOS_2 = 4;
const DUP = 8;
const NO_BODY = Buffer.alloc(0);
const ZERO = Buffer.alloc(1);
const RECEIVED_ONCE = { received: ['telemetry'] } as const;

const row = (of: readonly string[], what: string, ...script: Step[]): Row => ({ of, what, script });
const closedAt = (of: readonly string[], what: string, bytes: Buffer): Row =>
  row(of, what, bytes, 'closed');
const violation = (what: string, bytes: Buffer): Row => closedAt(['4.8.0-1'], what, bytes);

const heads: readonly Row[] = [
  closedAt(['3.3.1-2', '4.3.1-1'], 'DUP at QoS 0', publish({ flags: DUP })),
  closedAt(['3.3.1-4'], 'a PUBLISH of QoS 3', publish({ flags: 6, identifier: 1 })),
  closedAt(['3.3.1-4'], 'a PUBLISH of QoS 3 with DUP', publish({ flags: 14, identifier: 1 })),
  closedAt(['2.3.1-1'], 'identifier 0 at QoS 1', publish({ flags: QOS_1, identifier: 0 })),
  closedAt(['2.3.1-1'], 'identifier 0 at QoS 2', publish({ flags: QOS_2, identifier: 0 })),
  closedAt(
    ['2.3.1-1'],
    'no identifier at QoS 1, and a packet behind it',
    Buffer.concat([packet(0x32, field(topicOf('probe', DEVICE))), PINGREQ]),
  ),
  closedAt(['3.3.2-1'], 'a PUBLISH without a topic', packet(0x30, NO_BODY)),
  closedAt(['3.3.2-1'], 'a topic longer than its packet', packet(0x30, Buffer.from([0, 9, 97]))),
  closedAt(['1.5.3-1', '3.3.2-1'], 'a topic of ill-formed UTF-8', publish({ topic: ILL_FORMED })),
  closedAt(['1.5.3-2', '4.7.3-2'], 'U+0000 in a topic', publish({ topic: 'a\0b' })),
  closedAt(['3.3.2-2', '4.7.1-1'], '+ in a topic', publish({ topic: 'flotilla/v1/+/telemetry' })),
  closedAt(['3.3.2-2', '4.7.1-1'], '# in a topic', publish({ topic: 'flotilla/#' })),
  closedAt(['4.7.3-1'], 'an empty topic', publish({ topic: '' })),
  closedAt(['3.3.5-2'], 'a topic of another device', publish({ topic: topicOf('probe', 'two') })),
  closedAt(
    ['4.7.3-4'],
    'a topic in other letters',
    publish({ topic: 'Flotilla/v1/one/telemetry' }),
  ),
  { ...closedAt(['4.7.2-1'], 'a topic with $', publish({ topic: '$SYS/one' })), paho: '$ topics' },
];

const flows: readonly Row[] = [
  { ...row(['3.3.4-1', '2.3.1-5'], 'QoS 0', publish({})), ...RECEIVED_ONCE },
  {
    ...row(
      ['3.3.4-1', '4.3.2-2', '2.3.1-6'],
      'QoS 1',
      publish({ flags: QOS_1, identifier: 0xabcd }),
      'PUBACK 43981',
    ),
    ...RECEIVED_ONCE,
  },
  {
    ...row(
      ['4.3.2-2'],
      'DUP at QoS 1, which is a new message',
      publish({ flags: QOS_1, identifier: 5 }),
      'PUBACK 5',
      publish({ flags: QOS_1 | DUP, identifier: 5 }),
      'PUBACK 5',
    ),
    received: ['telemetry', 'telemetry'],
  },
  {
    ...row(
      ['3.3.4-1', '4.3.3-2', '2.3.1-6'],
      'QoS 2',
      publish({ flags: QOS_2, identifier: 7 }),
      'PUBREC 7',
      acknowledge(0x62, 7),
      'PUBCOMP 7',
    ),
    ...RECEIVED_ONCE,
    paho: 'basic',
  },
  {
    ...row(
      ['4.3.3-2'],
      'QoS 2, sent again until its PUBREL, and then another message of the same identifier',
      publish({ flags: QOS_2, identifier: 7 }),
      'PUBREC 7',
      publish({ flags: QOS_2 | DUP, identifier: 7 }),
      'PUBREC 7',
      publish({ flags: QOS_2, identifier: 7 }),
      'PUBREC 7',
      acknowledge(0x62, 7),
      'PUBCOMP 7',
      acknowledge(0x62, 7),
      'PUBCOMP 7',
      publish({ flags: QOS_2, identifier: 7 }),
      'PUBREC 7',
    ),
    received: ['telemetry', 'telemetry'],
  },
  {
    ...row(
      ['4.3.3-2'],
      'QoS 2, sent twice without a pause',
      Buffer.concat([
        publish({ flags: QOS_2, identifier: 7 }),
        publish({ flags: QOS_2 | DUP, identifier: 7 }),
      ]),
      'PUBREC 7',
      'PUBREC 7',
    ),
    ...RECEIVED_ONCE,
  },
  row(['4.3.3-2'], 'a PUBREL of nothing', acknowledge(0x62, 9), 'PUBCOMP 9'),
  row(
    ['4.3.2-2', '4.8.0-1'],
    'acknowledgements of nothing',
    acknowledge(0x40, 9),
    acknowledge(0x70, 9),
  ),
  {
    ...row(
      ['4.6.0-2'],
      'eight PUBLISH of QoS 1 at once',
      Buffer.concat(
        [1, 2, 3, 4, 5, 6, 7, 8].map((id) => publish({ flags: QOS_1, identifier: id })),
      ),
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((id) => `PUBACK ${id}`),
    ),
    received: Array(8).fill('telemetry'),
  },
  {
    ...row(
      ['4.6.0-3'],
      'eight PUBLISH of QoS 2 at once',
      Buffer.concat(
        [1, 2, 3, 4, 5, 6, 7, 8].map((id) => publish({ flags: QOS_2, identifier: id })),
      ),
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((id) => `PUBREC ${id}`),
    ),
    received: Array(8).fill('telemetry'),
  },
  {
    ...row(
      [],
      'a retained PUBLISH, which is not stored',
      publish({
        flags: QOS_1 | 1,
        identifier: 1,
        topic: STATUS_TOPIC,
        payload: statusBytes('online'),
      }),
      'PUBACK 1',
    ),
    received: ['status online'],
    notFollowed: ['3.3.1-5', '3.3.1-7', '3.1.2-17'],
  },
  {
    ...row(
      ['3.3.1-11'],
      'a retained PUBLISH of zero bytes, which no row of the wire table has',
      publish({ flags: QOS_1 | 1, identifier: 1, topic: STATUS_TOPIC, payload: NO_BODY }),
      'PUBACK 1',
    ),
    notFollowed: ['3.3.1-10'],
  },
  row(['3.12.4-1'], 'a PINGREQ', PINGREQ, 'PINGRESP'),
];

/** Packets with flags, bytes or types that a client must not send. */
const forms: readonly Row[] = [
  ...[
    ['PUBACK', 0x41],
    ['PUBREC', 0x52],
    ['PUBCOMP', 0x72],
  ].map(([name, byte]) =>
    closedAt(['2.2.2-1', '2.2.2-2'], `a ${name} with flags`, acknowledge(Number(byte), 1)),
  ),
  closedAt(['2.2.2-1', '2.2.2-2', '3.6.1-1'], 'a PUBREL without its flag', acknowledge(0x60, 1)),
  closedAt(['2.2.2-1', '2.2.2-2'], 'a PINGREQ with flags', packet(0xc1, NO_BODY)),
  ...[0x40, 0x50, 0x62, 0x70].map((byte) =>
    closedAt(['2.3.1-6'], `identifier 0 in packet ${byte.toString(16)}`, acknowledge(byte, 0)),
  ),
  ...[0x40, 0x50, 0x62, 0x70].map((byte) =>
    violation(`three bytes in packet ${byte.toString(16)}`, packet(byte, Buffer.from([0, 1, 0]))),
  ),
  ...[0x40, 0x62].map((byte) =>
    violation(`one byte in packet ${byte.toString(16)}`, packet(byte, ZERO)),
  ),
  violation('a byte behind a PINGREQ', packet(0xc0, ZERO)),
  violation('a byte behind a DISCONNECT', packet(0xe0, ZERO)),
  violation('a CONNACK', packet(0x20, Buffer.from([0, 0]))),
  violation('a SUBACK', packet(0x90, Buffer.from([0, 1, 0]))),
  violation('an UNSUBACK', packet(0xb0, Buffer.from([0, 1]))),
  violation('a PINGRESP', packet(0xd0, NO_BODY)),
  violation('packet type 0', packet(0x00, NO_BODY)),
  violation('packet type 15', packet(0xf0, NO_BODY)),
  violation('a length of five bytes', Buffer.from([0xc0, 0x80, 0x80, 0x80, 0x80, 0])),
];

export const messageRows: readonly Row[] = [...heads, ...flows, ...forms];
