/**
 * The normative statements of MQTT 3.1.1 that bind a server, played against the broker byte by byte, over TCP and WebSocket. The
 * packets are made and read without the parser of the broker.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Broker, BrokerModule } from '../../../src/broker/index.js';
import { EventBus } from '../../../src/platform/index.js';
import { isSentBy, messageNames, topicOf } from '../../../src/wire/index.js';
import { UNLIMITED_LOGINS } from '../../support/access/unlimited-logins.js';
import { connectRows, keepAliveRow } from '../../support/mqtt/conformance/connect-rows.js';
import { Line } from '../../support/mqtt/conformance/line.js';
import { messageRows } from '../../support/mqtt/conformance/message-rows.js';
import {
  DEVICE,
  HELLO,
  PINGREQ,
  publish,
  RECEIPT_TOPIC,
  SECRET,
  subscribe,
} from '../../support/mqtt/conformance/packets.js';
import {
  POLL,
  play,
  type Row,
  type Stage,
  untilOffline,
} from '../../support/mqtt/conformance/row.js';
import { PAHO_CASES, STATEMENTS, WITHOUT_ROW } from '../../support/mqtt/conformance/statements.js';
import { subscriptionRows } from '../../support/mqtt/conformance/subscription-rows.js';
import { rawClient } from '../../support/mqtt/raw-mqtt.js';
import { webSocketFrame } from '../../support/mqtt/raw-web-socket.js';
import { wireSamples } from '../../support/mqtt/wire-samples.js';
import { type RunningService, startService } from '../../support/service/service.js';

const rows: readonly Row[] = [...connectRows, ...messageRows, ...subscriptionRows];
const TEXT = 1;

/** Statements that tests of this file hold without a row. */
const OTHER_TESTS = ['2.3.1-4', '3.1.2-24', '6.0.0-1', '6.0.0-2', '6.0.0-3', '6.0.0-4', '7.1.1-1'];

let service: RunningService;
let broker: Broker;
/** Messages that reached the service. */
let received: string[] = [];
const opened: Line[] = [];

beforeAll(async () => {
  service = await startService({
    modules: [BrokerModule],
    environment: UNLIMITED_LOGINS,
  });
  broker = service.app.get(Broker);
  broker.useAuthenticator(async ({ device, secret }) =>
    device === DEVICE && secret === SECRET
      ? { kind: 'accepted', device }
      : { kind: 'refused', because: 'unknown' },
  );
  const events = service.app.get(EventBus);
  for (const name of messageNames) {
    if (!isSentBy(name, 'device')) continue;
    events.on(`wire.${name}`, ({ payload }) => {
      received.push('state' in payload ? `${name} ${payload.state}` : name);
    });
  }
});
afterAll(() => service.stop());
afterEach(() => {
  for (const line of opened.splice(0)) line.drop();
});

const ways = {
  TCP: () => Line.overTcp(broker.port),
  WebSocket: () => Line.overWebSocket(service.url),
} as const;

async function opening(way: keyof typeof ways): Promise<Line> {
  const line = await ways[way]();
  opened.push(line);
  return line;
}

async function stageOf(way: keyof typeof ways): Promise<Stage> {
  await untilOffline({ broker });
  broker.clearRetained(DEVICE);
  received = [];
  const open = () => opening(way);
  return { broker, line: await open(), open };
}

/** Plays a row, and waits until a will would have come. */
async function playWhole(row: Row, way: keyof typeof ways): Promise<void> {
  await play(row, await stageOf(way));
  const expected = row.received ?? [];
  await untilOffline({ broker });
  const later = await opening(way);
  later.write(Buffer.concat([HELLO, PINGREQ]));
  expect([await later.next(), await later.next()]).toEqual(['CONNACK 0 0', 'PINGRESP']);
  later.drop();
  await expect.poll(() => received.length, POLL).toBeGreaterThanOrEqual(expected.length);
  expect(received).toEqual(expected);
}

const labelOf = ({ of, notFollowed = [] }: Row): string =>
  [...of, ...notFollowed.map((statement) => `not ${statement}`)].join(', ');

/** Over WebSocket without rows of one packet and a close: their bytes reach the same scanner, and others close there too. */
const played = { TCP: rows, WebSocket: rows.filter(({ script }) => script.length > 2) } as const;
const cases = (['TCP', 'WebSocket'] as const).flatMap((way) =>
  played[way].map((row) => [way, row.what, labelOf(row), row] as const),
);

describe('the broker', () => {
  it.each(cases)('follows MQTT 3.1.1 over %s: %s (%s)', async (way, _what, _of, row) => {
    await playWhole(row, way);
  });

  it('ends a connection that was silent for 1.5 keep-alives, and publishes its will', async () => {
    const startMs = performance.now();
    await playWhole(keepAliveRow, 'TCP');
    expect(performance.now() - startMs).toBeGreaterThan(1_450);
  });

  it('gives each of its unacknowledged messages an identifier of its own', async () => {
    const { line } = await stageOf('TCP');
    line.write(Buffer.concat([HELLO, subscribe(1, [[RECEIPT_TOPIC, 1]])]));
    expect([await line.next(), await line.next()]).toEqual(['CONNACK 0 0', 'SUBACK 1: 1']);
    for (let i = 0; i < 50; i++) broker.send('receipt', DEVICE, wireSamples.receipt);
    for (let i = 0; i < 50; i++) expect(await line.next()).toContain('qos 1');
    expect(new Set(line.identifiers).size).toBe(50);
  });

  it('disconnects a client that sends more than 42 packets before its CONNACK', async () => {
    const { line } = await stageOf('TCP');
    line.write(Buffer.concat([HELLO, ...Array(43).fill(PINGREQ)]));
    expect(await line.next()).toBe('closed');
  });
});

describe('a WebSocket', () => {
  it('may divide packets among frames, and put several into one', async () => {
    const { line } = await stageOf('WebSocket');
    const packets = Buffer.concat([HELLO, subscribe(1, [[RECEIPT_TOPIC, 1]])]);
    for (let at = 0; at < packets.length; at += 7) line.write(packets.subarray(at, at + 7));
    expect([await line.next(), await line.next()]).toEqual(['CONNACK 0 0', 'SUBACK 1: 1']);
    line.write(Buffer.concat([publish({ flags: 2, identifier: 1 }), PINGREQ]));
    for (const answer of ['PUBACK 1', 'PINGRESP']) expect(await line.next()).toBe(answer);
  });

  it('is closed at a frame of text, which is not read', async () => {
    const { line } = await stageOf('WebSocket');
    line.write(HELLO);
    expect(await line.next()).toBe('CONNACK 0 0');
    // A PUBLISH whose bytes are all ASCII: it is a text, and it would be a message.
    const probe = publish({ topic: topicOf('probe', DEVICE), payload: Buffer.from('x') });
    line.writeRaw(webSocketFrame(TEXT, probe));
    expect(await line.next()).toBe('closed');
    await untilOffline({ broker });
    expect(received).toEqual([]);
  });

  it('is refused where the client does not offer the subprotocol', async () => {
    const { socket, closed, received: answer } = await rawClient(Number(new URL(service.url).port));
    const head = ['GET /mqtt HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'];
    const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
    socket.write(`${[...head, ...key].join('\r\n')}\r\n\r\n`);
    await closed;
    expect(answer().toString()).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('the table of statements', () => {
  const all = [...rows, keepAliveRow];
  const notFollowed = new Set(all.flatMap((row) => row.notFollowed ?? []));

  it('has every statement of MQTT 3.1.1, and none that does not exist', () => {
    const followed = new Set(all.flatMap(({ of }) => of).concat(OTHER_TESTS));
    const known = [...followed, ...notFollowed, ...Object.keys(WITHOUT_ROW)];
    expect(known.sort()).toEqual([...STATEMENTS].sort());
  });

  it('has every case of the suite of Paho', () => {
    const played = all.flatMap(({ paho }) => paho ?? []);
    expect([...new Set(played)].sort()).toEqual([...PAHO_CASES].sort());
  });

  it('does not follow what docs/protocol.md lists, and nothing else', () => {
    const path = resolve(import.meta.dirname, '../../../docs/protocol.md');
    const [, part = ''] = readFileSync(path, 'utf8').split('<!-- not followed -->');
    const [table = ''] = part.split('<!-- end -->');
    const listed = [...table.matchAll(/MQTT-(\d\.\d+\.\d-\d+)/g)].map(([, number]) => number);
    expect(listed.sort()).toEqual([...notFollowed].sort());
  });
});
