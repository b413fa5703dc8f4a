/** The broker with real sockets: authentication, topic access and misbehaving clients. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Broker, BrokerModule } from '../../../src/broker/index.js';
import { EventBus, type Events, Metrics } from '../../../src/platform/index.js';
import { encodeMessage, type Status, topicOf } from '../../../src/wire/index.js';
import { heard } from '../../support/mqtt/mqtt-client.js';
import {
  connectPacket,
  packet,
  publishPacket,
  type RawClient,
  rawClient,
  subscribePacket,
} from '../../support/mqtt/raw-mqtt.js';
import { rawWebSocket, webSocketFrame } from '../../support/mqtt/raw-web-socket.js';
import { type RunningService, startService } from '../../support/service/service.js';
import { waitFor } from '../../support/wait-for.js';

const SECRETS: Readonly<Record<string, string>> = {
  one: 'secret-one',
  two: 'secret-two',
  six: 's',
  gone: 'secret-gone',
};
const CONNACK_BYTES = 4;
const ACCEPTED = Buffer.from([0x20, 2, 0, 0]);
const refusal = (code: number) => Buffer.from([0x20, 2, 0, code]);
const status = (state: Status['state']): Status => ({
  v: 1,
  state,
  sid: 's1',
  at: '2026-01-01T00:00:00Z',
});
const telemetry = {
  v: 1,
  sid: 's1',
  at: '2026-01-01T00:00:00Z',
  link: null,
  load: 0.5,
  freeMemoryBytes: 1,
  framesWaiting: 0,
} as const;
const bytes = (...parameters: Parameters<typeof encodeMessage>) =>
  Buffer.from(encodeMessage(...parameters));

let service: RunningService;
let broker: Broker;
let events: EventBus;
const opened: (() => unknown)[] = [];

beforeAll(async () => {
  service = await startService({
    modules: [BrokerModule],
    environment: {
      FLOTILLA_DEVICE_MESSAGES_PER_S: '2000',
      FLOTILLA_MAX_CONNECTIONS: '50',
      // A few devices come and go in every test.
      FLOTILLA_SESSIONS_PER_MINUTE: '10000',
      FLOTILLA_CONNECTS_PER_S: '1000',
      FLOTILLA_ADDRESS_CONNECTS_PER_S: '1000',
    },
  });
  broker = service.app.get(Broker);
  events = service.app.get(EventBus);
  broker.useAuthenticator(async ({ device, secret }) => {
    if (device === 'slow') await new Promise(() => undefined);
    if (device === 'broken') throw new Error('the database is away');
    return SECRETS[device] === secret
      ? { kind: 'accepted', device }
      : { kind: 'refused', because: 'wrong secret' };
  });
});
afterAll(() => service.stop());
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const as = (device: string, more: IClientOptions = {}): IClientOptions => ({
  clientId: device,
  username: device,
  password: SECRETS[device] ?? 'none',
  reconnectPeriod: 0,
  ...more,
});

/** A connected mqtt.js client, over TCP or WebSocket. */
async function connected(device: string, more?: IClientOptions, url?: string): Promise<MqttClient> {
  const where = url ?? `mqtt://127.0.0.1:${broker.port}`;
  const client = await mqtt.connectAsync(where, as(device, more), false);
  opened.push(() => client.endAsync(true));
  client.on('error', () => undefined);
  return client;
}

async function raw() {
  const client = await rawClient(broker.port);
  opened.push(() => client.socket.destroy());
  return client;
}

async function rawConnected(device: string, given?: RawClient) {
  const client = given ?? (await raw());
  client.socket.write(
    connectPacket({ clientId: device, username: device, password: SECRETS[device] ?? '' }),
  );
  expect(await client.receive(CONNACK_BYTES)).toEqual(ACCEPTED);
  return client;
}

/** The next such event, for this device. */
function next<E extends keyof Events>(event: E, device: string): Promise<Events[E]> {
  return new Promise((resolve) => {
    const off = events.on(event, (payload) => {
      if ('device' in payload && payload.device === device) {
        off();
        resolve(payload);
      }
    });
  });
}

/** The answer to a CONNECT. */
async function answerTo(connect: Parameters<typeof connectPacket>[0]): Promise<Buffer> {
  const client = await raw();
  client.socket.write(connectPacket(connect));
  const answer = await client.receive(CONNACK_BYTES);
  await client.closed;
  return answer;
}

describe('an authenticated device', () => {
  it('emits connect and disconnect events', async () => {
    const begun = next('device.connected', 'one');
    const ended = next('device.disconnected', 'one');
    const client = await connected('one');
    const { connection, address } = await begun;
    expect(address).toContain('127.0.0.1');
    expect(broker.connectionOf('one')).toBe(connection);
    await client.endAsync();
    expect(await ended).toEqual({ device: 'one', connection, reason: 'signed off' });
    expect(broker.connectionOf('one')).toBeUndefined();
  });

  it('publishes over TCP and over WebSocket', async () => {
    for (const url of [undefined, `${service.url.replace('http', 'ws')}/mqtt`]) {
      const received = next('wire.telemetry', 'one');
      const client = await connected('one', {}, url);
      await client.publishAsync(topicOf('telemetry', 'one'), bytes('telemetry', telemetry));
      expect((await received).payload).toEqual(telemetry);
      await client.endAsync();
    }
  });

  it('receives its subscribed topics, and retained documents when it subscribes', async () => {
    const topic = topicOf('desiredModel', 'one');
    const document = {
      v: 1,
      version: 1,
      cause: 'test',
      at: status('online').at,
      model: null,
    } as const;
    expect(broker.send('desiredModel', 'one', document)).toBe(false);
    const client = await connected('one');
    const first = heard(client, 'message');
    await client.subscribeAsync(topic, { qos: 1 });
    const [, body, { retain }] = await first;
    const { sha256, ...received } = JSON.parse(String(body));
    expect({ received, retain }).toEqual({ received: document, retain: true });
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);

    const second = heard(client, 'message');
    expect(broker.send('desiredModel', 'one', { ...document, version: 2 })).toBe(true);
    const [, newer, packetOfNewer] = await second;
    expect(JSON.parse(String(newer)).version).toBe(2);
    expect(packetOfNewer.retain).toBe(false);

    broker.clearRetained('one');
    await client.unsubscribeAsync(topic);
    expect(broker.send('receipt', 'one', { v: 1, frames: ['0'.repeat(32)] })).toBe(false);
  });

  it('publishes a tensor chunk of the largest size unchanged', async () => {
    const client = await connected('one');
    const chunk = Buffer.alloc(256 * 1024, 7);
    let received: Buffer | undefined;
    events.on('wire.tensor', ({ payload }) => {
      received = Buffer.from(payload);
    });
    await client.publishAsync(topicOf('tensor', 'one'), chunk, { qos: 1 });
    expect(received?.equals(chunk)).toBe(true);
  });

  it('replaces its older connection, whose disconnect event comes first', async () => {
    const old = await connected('one');
    const oldConnection = broker.connectionOf('one');
    const ended = next('device.disconnected', 'one');
    const order: string[] = [];
    const offs = [
      events.on('device.disconnected', ({ reason }) => void order.push(reason)),
      events.on('device.connected', () => void order.push('connected')),
    ];
    const closed = heard(old, 'close');
    await connected('one');
    await closed;
    expect((await ended).connection).toBe(oldConnection);
    expect(order).toEqual(['taken over by a newer connection', 'connected']);
    for (const off of offs) off();
  });

  it('leaves a last will that carries the id of its connection', async () => {
    const will = {
      topic: topicOf('status', 'one'),
      payload: bytes('status', status('offline')),
      retain: true,
      qos: 1 as const,
    };
    const client = await connected('one', { will });
    const connection = broker.connectionOf('one');
    const published = next('wire.status', 'one');
    client.stream.destroy();
    expect(await published).toEqual({ device: 'one', connection, payload: status('offline') });
  });
});

describe('an unauthenticated client', () => {
  it.each([
    ['anonymous', { clientId: 'one' }, 5],
    ['with a wrong secret', { clientId: 'one', username: 'one', password: 'guess' }, 4],
    ['with an unknown id', { clientId: 'unknown', username: 'unknown', password: 'x' }, 4],
    ['with an empty client id', { clientId: '', username: 'one', password: 'secret-one' }, 2],
    [
      'whose client id is not its user',
      { clientId: 'two', username: 'one', password: 'secret-one' },
      2,
    ],
    ['while the authenticator fails', { clientId: 'broken', username: 'broken', password: 'x' }, 3],
  ])('is rejected with the matching CONNACK code: %s', async (_, connect, code) => {
    expect(await answerTo(connect)).toEqual(refusal(code));
  });

  it('does not disturb a device whose id it uses', async () => {
    const client = await connected('two');
    await answerTo({ clientId: 'two', username: 'one', password: 'secret-one' });
    await answerTo({ clientId: 'two', username: 'two', password: 'guess' });
    expect(client.connected).toBe(true);
    expect(broker.connectionOf('two')).toBeDefined();
  });

  it('is throttled when it keeps failing, and others are served', async () => {
    const guess = { clientId: 'seven', username: 'seven', password: 'guess' };
    for (let attempt = 0; attempt < 10; attempt++)
      expect(await answerTo(guess)).toEqual(refusal(4));
    expect(await answerTo(guess)).toEqual(refusal(3));
    expect((await connected('two')).connected).toBe(true);
  });

  it('is accepted with the right secret after many failed guesses from its address', async () => {
    const guess = { clientId: 'two', username: 'two', password: 'guess' };
    for (let attempt = 0; attempt < 11; attempt++) await answerTo(guess);
    expect(await answerTo(guess)).toEqual(refusal(3));
    expect((await connected('two')).connected).toBe(true);
  });

  it.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a publish before any connect', publishPacket(topicOf('telemetry', 'one'), Buffer.from('{}'))],
    ['a packet of 200 MB before any connect', Buffer.from([0x10, 0x80, 0xa0, 0xaf, 0x5f])],
    ['a length that never ends', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
    [
      'another protocol',
      packet(0x10, Buffer.from([0, 4, ...Buffer.from('HTTP'), 4, 2, 0, 60, 0, 1, 97])),
    ],
    [
      'a CONNECT without keep-alive',
      connectPacket({ clientId: 'one', username: 'one', password: 'secret-one', keepaliveS: 0 }),
    ],
    [
      'a CONNECT with an hour of keep-alive',
      connectPacket({ clientId: 'one', username: 'one', password: 'secret-one', keepaliveS: 3600 }),
    ],
    ['MQTT 5', packet(0x10, Buffer.from([0, 4, ...Buffer.from('MQTT'), 5, 2, 0, 60, 0, 0, 1, 97]))],
  ])('is disconnected when it begins with %s', async (_, first) => {
    const client = await raw();
    client.socket.write(first);
    await client.closed;
  });

  it('gets 404 at other paths of the HTTP server, and 400 without the subprotocol or a key', async () => {
    const answers = await Promise.all(
      [
        ['/other', 'mqtt', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ['/mqtt', 'chat', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ['/mqtt', 'mqtt', 'short'],
      ].map(async ([path, protocol, key]) => {
        const client = await rawClient(Number(new URL(service.url).port));
        const lines = [
          'Host: x',
          'Upgrade: websocket',
          'Connection: Upgrade',
          'Sec-WebSocket-Version: 13',
        ];
        client.socket.write(
          [
            `GET ${path} HTTP/1.1`,
            ...lines,
            `Sec-WebSocket-Key: ${key}`,
            `Sec-WebSocket-Protocol: ${protocol}`,
            '',
            '',
          ].join('\r\n'),
        );
        await client.closed;
        return client.received().toString().split('\r\n')[0];
      }),
    );
    expect(answers).toEqual([
      'HTTP/1.1 404 Not Found',
      ...['HTTP/1.1 400 Bad Request', 'HTTP/1.1 400 Bad Request'],
    ]);
  });
});

describe('an unauthenticated client of the HTTP server', () => {
  it('cannot hold its connection open after a rejected upgrade', async () => {
    const http: Server = service.app.getHttpServer();
    const socket = connect({ port: Number(new URL(service.url).port), allowHalfOpen: true });
    opened.push(() => socket.destroy());
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n');
    await once(socket, 'data');
    const count = promisify(http.getConnections.bind(http));
    await waitFor(async () => expect(await count()).toBe(0));
  });

  it('is disconnected when it sends a long WebSocket message before authentication', async () => {
    const webSocket = new WebSocket(`${service.url.replace('http', 'ws')}/mqtt`, 'mqtt');
    opened.push(() => webSocket.terminate());
    await once(webSocket, 'open');
    const closed = once(webSocket, 'close');
    const startMs = performance.now();
    webSocket.send(Buffer.alloc(64 * 1024), { fin: false });
    await closed;
    expect(performance.now() - startMs).toBeLessThan(4000);
  });
});

describe('a WebSocket', () => {
  it.each([
    ['a text frame', webSocketFrame(1, Buffer.from('text'))],
    ['a reserved opcode', webSocketFrame(3, Buffer.alloc(1))],
    ['a frame without a mask', webSocketFrame(2, Buffer.alloc(1), false)],
    ['a ping of 200 bytes', webSocketFrame(9, Buffer.alloc(200))],
  ])('is closed, counted and logged when it sends %s', async (_, frame) => {
    const { packetRefused = 0 } = broker.stats();
    const logBefore = service.logged.length;
    const socket = await rawWebSocket(service.url);
    opened.push(() => socket.destroy());
    socket.resume();
    socket.write(frame);
    await waitFor(() => expect(broker.stats().packetRefused).toBeGreaterThan(packetRefused));
    // A close frame in answer to that of the service.
    socket.write(webSocketFrame(8, Buffer.from([3, 235])));
    if (!socket.destroyed) await once(socket, 'close');
    const lines = service.logged.slice(logBefore).join('');
    expect(lines).toMatch(/"trouble":"packetRefused".*"msg":"WebSocket /);
  });
});

describe('a connected device', () => {
  it.each([
    topicOf('result', 'two'),
    topicOf('status', 'one'),
    topicOf('status', 'two'),
    '#',
    '+/#',
    'flotilla/v1/one/#',
    'flotilla/v1/+/result',
    'flotilla/v1/one/+',
    'flotilla/v1/one/twin/+/desired',
    '$share/g/flotilla/v1/two/result',
    '$SYS/#',
    'flotilla/v1/one/../two/result',
    'flotilla/v1//result',
    'flotilla/v1/ｏne/result',
  ])('cannot subscribe to %s', async (filter) => {
    const client = await rawConnected('one');
    client.socket.write(subscribePacket(filter));
    const answer = (await client.receive(CONNACK_BYTES + 5)).subarray(CONNACK_BYTES);
    expect(answer).toEqual(Buffer.from([0x90, 3, 0, 1, 0x80]));
  });

  it.each([
    ['as another device', topicOf('telemetry', 'two'), bytes('telemetry', telemetry), {}],
    ['a topic of the cloud', topicOf('result', 'one'), Buffer.from('x'), {}],
    ['an unknown topic', 'flotilla/v1/one/other', Buffer.from('x'), {}],
    ['into $SYS', '$SYS/one', Buffer.from('x'), {}],
    [
      'a retained telemetry',
      topicOf('telemetry', 'one'),
      bytes('telemetry', telemetry),
      { retain: true },
    ],
    ['more bytes than the row allows', topicOf('telemetry', 'one'), Buffer.alloc(17 * 1024), {}],
    ['a topic of many levels', Array(30).fill('a').join('/'), Buffer.from('x'), {}],
  ])('is disconnected when it publishes %s', async (_, topic, payload, options) => {
    const client = await connected('one');
    const closed = heard(client, 'close');
    client.publish(topic, payload, { qos: 1, ...options }, () => undefined);
    await closed;
  });

  it.each([
    ['another device', topicOf('status', 'two'), bytes('status', status('offline')), {}],
    ['a plan', topicOf('desiredPlan', 'one'), Buffer.from('{}'), {}],
    ['a tensor', topicOf('tensor', 'one'), Buffer.from('x'), {}],
    ['nonsense', topicOf('status', 'one'), Buffer.from('x'), {}],
    ['itself as online', topicOf('status', 'one'), bytes('status', status('online')), {}],
    [
      'itself at QoS 0',
      topicOf('status', 'one'),
      bytes('status', status('offline')),
      { qos: 0 as const },
    ],
    [
      'itself, not retained',
      topicOf('status', 'one'),
      bytes('status', status('offline')),
      { retain: false },
    ],
  ])('cannot leave a last will about %s', async (_, topic, payload, options) => {
    const will = { topic, payload, qos: 1 as const, retain: true, ...options };
    const client = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, as('one', { will }));
    opened.push(() => client.endAsync(true));
    const [error] = await heard(client, 'error');
    expect(String(error)).toContain('Not authorized');
  });

  it('receives a fault for a malformed message, and is disconnected after too many', async () => {
    const client = await connected('one');
    await client.subscribeAsync(topicOf('result', 'one'), { qos: 1 });
    const answer = heard(client, 'message');
    client.publish(topicOf('telemetry', 'one'), '{"v":1,"load":"much"}');
    const [, body] = await answer;
    expect(String(body)).toContain('MESSAGE_MALFORMED');
    expect(String(body)).toContain('telemetry: ');
    const closed = heard(client, 'close');
    for (let i = 0; i < 25; i++) client.publish(topicOf('birth', 'one'), 'no JSON');
    await closed;
  });

  it('is disconnected at the header of a packet above the limit, before its body is buffered', async () => {
    const client = await rawConnected('one');
    const before = process.memoryUsage().rss;
    client.socket.write(Buffer.from([0x30, 0x80, 0xa0, 0xaf, 0x5f]));
    await client.closed;
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 ** 2);
  });

  it('gets a clean session when it asks for a persistent one', async () => {
    const client = await raw();
    client.socket.write(
      connectPacket({ clientId: 'one', username: 'one', password: 'secret-one', clean: false }),
    );
    expect(await client.receive(CONNACK_BYTES)).toEqual(ACCEPTED);
  });

  it('stays connected when a listener of its messages throws', async () => {
    const off = events.on('wire.telemetry', () => {
      throw new Error('a bug above');
    });
    const client = await connected('one');
    await client.publishAsync(topicOf('telemetry', 'one'), bytes('telemetry', telemetry), {
      qos: 1,
    });
    off();
    expect(client.connected).toBe(true);
  });

  it('is offline 1.5 keep-alives after it went silent', async () => {
    const client = await raw();
    const login = { clientId: 'gone', username: 'gone', password: 'secret-gone', keepaliveS: 1 };
    client.socket.write(connectPacket(login));
    await client.receive(CONNACK_BYTES);
    const started = Date.now();
    await next('device.disconnected', 'gone');
    expect(Date.now() - started).toBeGreaterThan(1000);
    expect(Date.now() - started).toBeLessThan(2500);
  });

  it('is slowed down to its rate when it floods, and others are served meanwhile', async () => {
    const flooder = await rawConnected('one');
    const pings = Buffer.alloc(2 * 10_000, Buffer.from([0xc0, 0]));
    flooder.socket.write(pings);
    await new Promise((resolve) => setTimeout(resolve, 500));
    flooder.socket.write(pings);
    const other = await connected('two');
    await other.publishAsync(topicOf('telemetry', 'two'), bytes('telemetry', telemetry), {
      qos: 1,
    });
    expect(flooder.received().length).toBeLessThan(2 * 2 * 10_000);
  });

  it('is disconnected when it floods for longer than the limit', async () => {
    const flooder = await rawConnected('one');
    const ended = next('device.disconnected', 'one');
    flooder.socket.write(Buffer.alloc(2 * 60_000, Buffer.from([0xc0, 0])));
    expect((await ended).reason).toBe('flood of packets');
  });

  it('is disconnected when it does not read, and others get their messages at once', async () => {
    const frozen = await rawConnected('one');
    frozen.socket.write(subscribePacket(topicOf('result', 'one')));
    await frozen.receive(CONNACK_BYTES + 5);
    frozen.socket.pause();
    const reader = await connected('two');
    await reader.subscribeAsync(topicOf('result', 'two'), { qos: 1 });
    const fault = { v: 1, kind: 'fault', code: 'FRAME_FAILED', message: 'x' } as const;
    const ended = next('device.disconnected', 'one');
    let sent = 0;
    const body = new Uint8Array(64 * 1024);
    while (broker.send('result', 'one', { head: fault, body })) sent += 1;
    expect(sent).toBeLessThan(1000);
    const answer = heard(reader, 'message');
    const started = Date.now();
    broker.send('result', 'two', { head: fault, body });
    await answer;
    expect(Date.now() - started).toBeLessThan(500);
    expect((await ended).reason).toBe('device does not read its messages');
  });
});

describe.concurrent('time limits', () => {
  it('rejects a CONNECT after five seconds without an answer of the authenticator', async () => {
    const started = Date.now();
    const connect = { clientId: 'slow', username: 'slow', password: 'x' };
    expect(await answerTo(connect)).toEqual(refusal(3));
    expect(Date.now() - started).toBeLessThan(6500);
  });

  it('closes a connection whose CONNECT is incomplete after eight seconds', async () => {
    const client = await rawClient(broker.port);
    const slow = connectPacket({ clientId: 'one', username: 'one', password: 'secret-one' });
    let at = 0;
    const timer = setInterval(() => client.socket.write(slow.subarray(at, ++at)), 1000);
    const started = Date.now();
    await client.closed;
    clearInterval(timer);
    expect(Date.now() - started).toBeGreaterThan(7000);
    expect(Date.now() - started).toBeLessThan(11_000);
  });

  it('disconnects a device that stops reading within a message for eight seconds', async () => {
    const frozen = await rawConnected('six', await rawClient(broker.port));
    frozen.socket.write(subscribePacket(topicOf('result', 'six')));
    await frozen.receive(CONNACK_BYTES + 5);
    frozen.socket.pause();
    const ended = next('device.disconnected', 'six');
    const fault = { v: 1, kind: 'fault', code: 'FRAME_FAILED', message: 'x' } as const;
    broker.send('result', 'six', { head: fault, body: new Uint8Array(16 * 1024 ** 2) });
    expect((await ended).reason).toBe('device stopped reading');
  });
});

describe('the broker', () => {
  it('counts rejected logins, packets, publishes and subscriptions, also in the metrics', async () => {
    const text = await service.app.get(Metrics).text();
    const stats = broker.stats();
    for (const kind of [
      ...['loginMalformed', 'loginRefused', 'loginThrottled', 'loginUnverified'],
      ...['upgradeRefused', 'packetRefused', 'publishRefused', 'subscriptionRefused'],
      'messageMalformed',
    ]) {
      expect([kind, stats[kind]]).toEqual([kind, expect.toSatisfy((count) => count > 0)]);
      expect(text).toContain(`flotilla_mqtt_refused_total{reason="${kind}"} ${stats[kind]}\n`);
    }
  });

  it('counts and logs each rejected login once', async () => {
    const logins = () =>
      Object.entries(broker.stats())
        .filter(([kind]) => kind.startsWith('login'))
        .reduce((sum, [, count]) => sum + count, 0);
    const lines = () => service.logged.filter((line) => line.includes('"trouble":"login')).length;
    const before = [logins(), lines()] as const;
    const guess = { clientId: 'eight', username: 'eight', password: 'guess' };
    for (let attempt = 0; attempt < 12; attempt++) await answerTo(guess);
    await answerTo({ clientId: 'eight' });
    expect(logins() - before[0]).toBe(13);
    expect(lines() - before[1]).toBe(13);
  });

  it('logs no secret', () => {
    expect(service.logged.join('')).not.toMatch(/secret-one|secret-two|guess/);
  });

  it('ends sessions and frees its port when it stops', async () => {
    const other = await startService({ modules: [BrokerModule] });
    const own = other.app.get(Broker);
    own.useAuthenticator(async ({ device }) => ({ kind: 'accepted', device }));
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${own.port}`, as('one'), false);
    const ends: string[] = [];
    other.app.get(EventBus).on('device.disconnected', ({ reason }) => void ends.push(reason));
    const { port } = own;
    await other.stop();
    expect(ends).toEqual(['the service is stopping']);
    await client.endAsync(true);
    await expect(rawClient(port)).rejects.toThrow('ECONNREFUSED');
  });
});
