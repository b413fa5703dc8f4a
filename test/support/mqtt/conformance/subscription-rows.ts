/** SUBSCRIBE, UNSUBSCRIBE, and what the cloud sends (MQTT 3.1.1, 3.8 to 3.11, 4.5 to 4.7). */
import { expect } from 'vitest';
import { packet } from '../raw-mqtt.js';
import { wireSamples } from '../wire-samples.js';
import {
  DEVICE,
  DISCONNECT,
  HELLO,
  PLAN_BYTES,
  PLAN_TOPIC,
  RECEIPT_BYTES,
  RECEIPT_TOPIC,
  STATUS_TOPIC,
  subscribe,
  unsubscribe,
} from './packets.js';
import { elsewhere, type Row, type Step, untilOffline } from './row.js';

const ILL_FORMED = Buffer.from([0x6f, 0xc3, 0x28]);
const receiptAt = (qos: number) => `PUBLISH ${RECEIPT_TOPIC} qos ${qos} ${RECEIPT_BYTES} bytes`;
const planAt = (qos: number) => `PUBLISH ${PLAN_TOPIC} qos ${qos} retained ${PLAN_BYTES} bytes`;
const NEW_PLAN = `PUBLISH ${PLAN_TOPIC} qos 1 ${PLAN_BYTES} bytes`;

/** The cloud sends a message to the subscribed device. */
const sendReceipt: Step = ({ broker }) =>
  expect(broker.send('receipt', DEVICE, wireSamples.receipt)).toBe(true);
const sendInVain: Step = ({ broker }) =>
  expect(broker.send('receipt', DEVICE, wireSamples.receipt)).toBe(false);
const keepPlan: Step = ({ broker }) => broker.send('desiredPlan', DEVICE, wireSamples.desiredPlan);

const row = (of: readonly string[], what: string, ...script: Step[]): Row => ({ of, what, script });
const closedAt = (of: readonly string[], what: string, bytes: Buffer): Row =>
  row(of, what, bytes, 'closed');
/** A valid filter that a device must not have. */
const denied = (of: readonly string[], filter: string): Row =>
  row(of, `a SUBSCRIBE to ${filter}`, subscribe(1, [[filter, 1]]), 'SUBACK 1: 128');
const bothClosedAt = (of: readonly string[], what: string, filter: string | Buffer): Row[] => [
  closedAt(of, `a SUBSCRIBE to ${what}`, subscribe(1, [[filter, 1]])),
  closedAt(of, `an UNSUBSCRIBE from ${what}`, unsubscribe(1, [filter])),
];

const malformed: readonly Row[] = [
  closedAt(['2.3.1-1'], 'a SUBSCRIBE of identifier 0', subscribe(0, [[RECEIPT_TOPIC, 1]])),
  closedAt(['2.3.1-1'], 'an UNSUBSCRIBE of identifier 0', unsubscribe(0, [RECEIPT_TOPIC])),
  closedAt(
    ['3.8.1-1', '2.2.2-1', '2.2.2-2'],
    'a SUBSCRIBE without its flag',
    packet(0x80, subscribe(1, [[RECEIPT_TOPIC, 1]]).subarray(2)),
  ),
  closedAt(
    ['3.10.1-1', '2.2.2-1', '2.2.2-2'],
    'an UNSUBSCRIBE without its flag',
    packet(0xa0, unsubscribe(1, [RECEIPT_TOPIC]).subarray(2)),
  ),
  closedAt(['3.8.3-3'], 'a SUBSCRIBE without a filter', subscribe(1, [])),
  closedAt(['3.10.3-2'], 'an UNSUBSCRIBE without a filter', unsubscribe(1, [])),
  closedAt(['3.8.3-3'], 'a SUBSCRIBE without a body', packet(0x82, Buffer.alloc(0))),
  closedAt(['3.10.3-2'], 'an UNSUBSCRIBE without a body', packet(0xa2, Buffer.alloc(0))),
  ...[3, 4, 0x80].map((options) =>
    closedAt(['3.8.3-4'], `${options} in place of a QoS`, subscribe(1, [[RECEIPT_TOPIC, options]])),
  ),
  closedAt(
    ['3.8.3-3'],
    'a filter without a QoS',
    packet(0x82, unsubscribe(1, [RECEIPT_TOPIC]).subarray(2)),
  ),
  closedAt(
    ['3.10.3-1'],
    'a filter longer than its UNSUBSCRIBE',
    packet(0xa2, Buffer.from([0, 1, 0, 9, 97])),
  ),
  ...bothClosedAt(['1.5.3-1', '3.8.3-1', '3.10.3-1'], 'ill-formed UTF-8', ILL_FORMED),
  ...bothClosedAt(['1.5.3-2', '4.7.3-2'], 'U+0000', 'a\0b'),
  ...bothClosedAt(['4.7.3-1'], 'an empty filter', ''),
  ...['#/a', 'a#', 'a/b#', 'a/#/b', '##'].flatMap((filter) =>
    bothClosedAt(['4.7.1-2'], filter, filter),
  ),
  ...['+a', 'a+', 'a/+b', 'a/b+/c', '++'].flatMap((filter) =>
    bothClosedAt(['4.7.1-3'], filter, filter),
  ),
];

const answers: readonly Row[] = [
  row(
    ['3.8.4-1', '3.8.4-2', '2.3.1-7'],
    'a SUBSCRIBE',
    subscribe(0x1234, [[RECEIPT_TOPIC, 1]]),
    'SUBACK 4660: 1',
  ),
  ...['#', '+', 'a/#', 'a/+/b', '+/#', '/+'].map((filter) => denied(['3.8.3-2'], filter)),
  denied(['4.7.2-1'], '$SYS/#'),
  denied(['4.7.3-4'], 'Flotilla/v1/one/receipt'),
  denied(['4.7.3-4', '1.5.3-3'], `\uFEFF${RECEIPT_TOPIC}`),
  { ...denied(['4.5.0-1'], STATUS_TOPIC), paho: 'subscribe failure' },
  row(
    ['3.8.4-4', '3.8.4-5', '3.9.3-1', '3.9.3-2'],
    'equal filters in one SUBSCRIBE',
    subscribe(2, [
      [RECEIPT_TOPIC, 0],
      [RECEIPT_TOPIC, 2],
      ['#', 2],
      [PLAN_TOPIC, 1],
      ['#', 0],
      [RECEIPT_TOPIC, 0],
    ]),
    'SUBACK 2: 0 2 128 1 128 0',
    sendReceipt,
    receiptAt(0),
  ),
  {
    ...row(
      ['3.3.5-1', '3.8.4-3'],
      'one message for two subscriptions to a topic',
      subscribe(1, [[RECEIPT_TOPIC, 0]]),
      'SUBACK 1: 0',
      subscribe(2, [[RECEIPT_TOPIC, 1]]),
      'SUBACK 2: 1',
      sendReceipt,
      receiptAt(1),
    ),
    paho: 'overlapping subscriptions',
  },
  ...[0, 1, 2].map((qos) =>
    row(
      ['3.8.4-6', '3.3.1-3', '3.3.2-3', '3.3.1-9', '2.3.1-5', '4.3.2-1'],
      `a message at a granted QoS of ${qos}`,
      subscribe(1, [[RECEIPT_TOPIC, qos]]),
      `SUBACK 1: ${qos}`,
      sendReceipt,
      receiptAt(Math.min(qos, 1)),
    ),
  ),
  row(
    ['4.6.0-5', '4.6.0-6'],
    'messages in their order',
    subscribe(1, [[RECEIPT_TOPIC, 1]]),
    'SUBACK 1: 1',
    ({ broker }) => {
      for (const count of [1, 2, 3]) {
        const frames = Array(count).fill('0'.repeat(32));
        broker.send('receipt', DEVICE, { v: 1, frames });
      }
    },
    ...[1, 2, 3].map((count) => {
      const more = 35 * (count - 1);
      return `PUBLISH ${RECEIPT_TOPIC} qos 1 ${RECEIPT_BYTES + more} bytes`;
    }),
  ),
];

const ends: readonly Row[] = [
  row(
    ['3.10.4-2', '3.10.4-3', '3.10.4-4', '2.3.1-7'],
    'an UNSUBSCRIBE, after a message and before another',
    subscribe(1, [[RECEIPT_TOPIC, 1]]),
    'SUBACK 1: 1',
    sendReceipt,
    unsubscribe(0x1234, [RECEIPT_TOPIC]),
    receiptAt(1),
    'UNSUBACK 4660',
    sendInVain,
  ),
  row(
    ['3.10.4-1', '3.10.4-5'],
    'an UNSUBSCRIBE from something similar',
    subscribe(1, [[RECEIPT_TOPIC, 1]]),
    'SUBACK 1: 1',
    unsubscribe(2, [RECEIPT_TOPIC.toUpperCase(), '#', `${RECEIPT_TOPIC}/`]),
    'UNSUBACK 2',
    sendReceipt,
    receiptAt(1),
  ),
  row(
    ['3.10.4-6'],
    'an UNSUBSCRIBE from several filters, equal ones among them',
    subscribe(1, [[RECEIPT_TOPIC, 1]]),
    'SUBACK 1: 1',
    unsubscribe(2, [PLAN_TOPIC, RECEIPT_TOPIC, RECEIPT_TOPIC]),
    'UNSUBACK 2',
    sendInVain,
  ),
];

const retained: readonly Row[] = [
  {
    ...row(
      ['3.3.1-6', '3.3.1-8', '3.3.1-9', '3.8.4-3', '3.8.4-4'],
      'a retained document, at every new subscription',
      keepPlan,
      subscribe(1, [[PLAN_TOPIC, 1]]),
      ...['SUBACK 1: 1', planAt(1)],
      subscribe(2, [[PLAN_TOPIC, 0]]),
      ...['SUBACK 2: 0', planAt(0)],
      subscribe(3, [
        [PLAN_TOPIC, 1],
        [PLAN_TOPIC, 1],
      ]),
      ...['SUBACK 3: 1 1', planAt(1), planAt(1)],
      keepPlan,
      NEW_PLAN,
    ),
    paho: 'retained messages',
  },
  {
    ...row(
      ['3.1.2-6', '3.1.2-7', '3.3.1-1', '3.3.1-12'],
      'a retained document without a PUBACK, and the next session',
      keepPlan,
      subscribe(1, [
        [PLAN_TOPIC, 1],
        [RECEIPT_TOPIC, 1],
      ]),
      ...['SUBACK 1: 1 1', planAt(1), sendReceipt, receiptAt(1)],
      DISCONNECT,
      'closed',
      untilOffline,
      elsewhere(
        HELLO,
        'CONNACK 0 0',
        subscribe(1, [
          [PLAN_TOPIC, 1],
          [RECEIPT_TOPIC, 1],
        ]),
        ...['SUBACK 1: 1 1', planAt(1)],
      ),
      'closed',
    ),
    paho: 'redelivery on reconnect',
  },
];

export const subscriptionRows: readonly Row[] = [...malformed, ...answers, ...ends, ...retained];
