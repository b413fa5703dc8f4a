/** Connection limits of the broker with real sockets, and the memory and time of what it keeps for devices. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Broker, BrokerModule } from '../../../src/broker/index.js';
import { EventBus } from '../../../src/platform/index.js';
import { encodeMessage, type Status, topicOf } from '../../../src/wire/index.js';
import { quantile } from '../../bench/measure.js';
import { heard } from '../../support/mqtt/mqtt-client.js';
import {
  connectPacket,
  filtersPacket,
  publishPacket,
  type RawClient,
  rawClient,
  subscribePacket,
} from '../../support/mqtt/raw-mqtt.js';
import { rawWebSocket, webSocketFrame } from '../../support/mqtt/raw-web-socket.js';
import { wireSamples } from '../../support/mqtt/wire-samples.js';
import { type RunningService, startService } from '../../support/service/service.js';

const CONNACK_BYTES = 4;
const ACCEPTED = Buffer.from([0x20, 2, 0, 0]);
const refusal = (code: number) => Buffer.from([0x20, 2, 0, code]);
const MIB = 1024 ** 2;
/** For tests of other limits, which share a service and connect and publish often. */
const NO_RATE_LIMITS = {
  FLOTILLA_DEVICE_MESSAGES_PER_S: '100000',
  FLOTILLA_SESSIONS_PER_MINUTE: '100000',
  FLOTILLA_CONNECTS_PER_S: '100000',
  FLOTILLA_ADDRESS_CONNECTS_PER_S: '100000',
};

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

interface Running {
  readonly service: RunningService;
  readonly broker: Broker;
  readonly events: EventBus;
  stop(): Promise<void>;
}

/** A broker that accepts every named device. */
async function start(environment: Record<string, string> = {}): Promise<Running> {
  const service = await startService({ modules: [BrokerModule], environment });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= service.stop());
  opened.push(stop);
  const broker = service.app.get(Broker);
  broker.useAuthenticator(async ({ device }) => ({ kind: 'accepted', device }));
  return { service, broker, events: service.app.get(EventBus), stop };
}

let shared: Running;
beforeAll(async () => {
  shared = await start(NO_RATE_LIMITS);
  // It ends after all tests, not after the first one.
  opened.splice(0);
});
afterAll(() => shared.stop());

async function raw(broker: Broker): Promise<RawClient> {
  const client = await rawClient(broker.port);
  opened.push(() => client.socket.destroy());
  return client;
}

const hello = (device: string) =>
  connectPacket({ clientId: device, username: device, password: 'x' });

async function answerTo(broker: Broker, packet: Buffer): Promise<Buffer> {
  const client = await raw(broker);
  client.socket.write(packet);
  return client.receive(CONNACK_BYTES);
}

async function joined(broker: Broker, device: string): Promise<MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
    ...{ clientId: device, username: device, password: 'x', reconnectPeriod: 0 },
  });
  opened.push(() => client.endAsync(true));
  client.on('error', () => undefined);
  return client;
}

describe('connections', () => {
  it('are limited per address, across TCP and WebSocket', async () => {
    const { broker, service } = await start({ FLOTILLA_MAX_ADDRESS_CONNECTIONS: '3' });
    const first = await raw(broker);
    await raw(broker);
    const webSocket = new WebSocket(`${service.url.replace('http', 'ws')}/mqtt`, 'mqtt');
    opened.push(() => webSocket.terminate());
    await once(webSocket, 'open');
    const fourth = await raw(broker);
    await fourth.closed;
    // Another address of this machine.
    const other = connect({ port: broker.port, host: '127.0.0.1', localAddress: '127.0.0.9' });
    opened.push(() => other.destroy());
    other.write(hello('two'));
    expect((await once(other, 'data'))[0]).toEqual(ACCEPTED);
    first.socket.destroy();
    await expect.poll(() => broker.stats().connections).toBe(3);
    expect(await answerTo(broker, hello('one'))).toEqual(ACCEPTED);
    expect(broker.stats().connectionRefused).toBe(1);
  });

  it('wait when they come above the rate, and are accepted in the end', async () => {
    const { broker } = await start({ FLOTILLA_ADDRESS_CONNECTS_PER_S: '5' });
    const startMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => answerTo(broker, hello(`pi-${i}`))),
    );
    const tookMs = performance.now() - startMs;
    expect(answers.every((answer) => answer.equals(ACCEPTED))).toBe(true);
    expect(tookMs).toBeGreaterThan(900);
    expect(tookMs).toBeLessThan(3000);
    // Some turns came back while the others connected.
    expect(broker.stats().connectionsDelayed).toBeGreaterThan(5);
  });

  it('do not delay the stop of the service while they wait', async () => {
    const { broker, stop } = await start({
      FLOTILLA_CONNECTS_PER_S: '2',
      FLOTILLA_CONNECT_WAIT_MS: '60000',
    });
    const many = await Promise.all(Array.from({ length: 20 }, () => raw(broker)));
    await expect.poll(() => broker.stats().connectionsWaiting).toBeGreaterThan(10);
    const startMs = performance.now();
    await stop();
    expect(performance.now() - startMs).toBeLessThan(2000);
    await Promise.all(many.map(({ closed }) => closed));
  });
});

describe('a device', () => {
  it('is banned and logged when it reconnects too often, and accepted later', async () => {
    const { broker, service } = await start({
      FLOTILLA_SESSIONS_PER_MINUTE: '30',
      FLOTILLA_FLAPPING_BAN_MS: '500',
    });
    const answers: number[] = [];
    for (let i = 0; i < 61; i++) {
      const client = await raw(broker);
      client.socket.write(hello('one'));
      answers.push((await client.receive(CONNACK_BYTES))[3] ?? -1);
      client.socket.destroy();
    }
    expect(answers).toEqual([...Array(60).fill(0), 3]);
    expect(await answerTo(broker, hello('two'))).toEqual(ACCEPTED);
    expect(broker.stats()).toMatchObject({ flapping: 1, loginBanned: 1 });
    expect(service.logged.join('')).toMatch(/"trouble":"flapping","device":"one"/);
    // A token for a session comes back every two seconds; the ban is over then.
    const again = async () => (await answerTo(broker, hello('one')))[3];
    await expect.poll(again, { timeout: 10_000, interval: 500 }).toBe(0);
  });

  it('keeps the newer of two connections, and logs why the older ended', async () => {
    const { broker, service } = shared;
    const { takenOver = 0 } = broker.stats();
    const older = await raw(broker);
    older.socket.write(hello('one'));
    await older.receive(CONNACK_BYTES);
    expect(await answerTo(broker, hello('one'))).toEqual(ACCEPTED);
    await older.closed;
    expect(broker.stats().takenOver).toBe(takenOver + 1);
    const log = service.logged.join('');
    expect(log).toMatch(/"trouble":"takenOver","device":"one","address":"[^"]+","olderAddress"/);
    expect(log).toMatch(/"reason":"taken over by a newer connection"/);
    expect(broker.connectionOf('one')).toBeDefined();
  });

  it.each([
    ['a clean session', true],
    ['a persistent one', false],
  ])('is rejected without a client id, with %s', async (_, clean) => {
    const { broker } = shared;
    expect(await answerTo(broker, connectPacket({ clientId: '', clean }))).toEqual(refusal(2));
    const named = { clientId: '', username: 'one', password: 'x', clean };
    expect(await answerTo(broker, connectPacket(named))).toEqual(refusal(2));
    await expect.poll(() => broker.stats().sessions).toBe(0);
  });

  it.each(['subscribe', 'unsubscribe', 'publish'] as const)(
    'does not affect others with a topic of ten thousand levels in a %s',
    async (act) => {
      const { broker } = shared;
      const client = await raw(broker);
      client.socket.write(hello('one'));
      await client.receive(CONNACK_BYTES);
      const deep = Array(10_000).fill('a').join('/');
      const packets = {
        subscribe: subscribePacket(deep),
        unsubscribe: Buffer.from(subscribePacket(deep).map((byte, i) => (i === 0 ? 0xa2 : byte))),
        publish: publishPacket(deep, Buffer.from('x'), 1),
      };
      client.socket.write(packets[act]);
      await client.closed;
      expect(await answerTo(broker, hello('two'))).toEqual(ACCEPTED);
    },
  );

  it('is disconnected when it begins QoS 2 publishes and ends none', async () => {
    const { broker } = shared;
    const client = await raw(broker);
    client.socket.write(hello('one'));
    await client.receive(CONNACK_BYTES);
    const payload = Buffer.from(encodeMessage('telemetry', wireSamples.telemetry));
    for (let id = 1; id <= 60; id++) {
      const unfinished = publishPacket(topicOf('telemetry', 'one'), payload, id);
      unfinished.writeUInt8(0x34, 0);
      client.socket.write(unfinished);
    }
    await client.closed;
    expect(await answerTo(broker, hello('one'))).toEqual(ACCEPTED);
  });

  it('loses no message, whatever its QoS and retain flag', async () => {
    const { broker, events } = shared;
    const client = await joined(broker, 'one');
    const received: string[] = [];
    opened.push(events.on('wire.status', ({ payload }) => void received.push(payload.at)));
    const sent = Array.from({ length: 2000 }, (_, i) => new Date(1e12 + i).toISOString());
    await Promise.all(
      sent.map((at, i) => {
        const status: Status = { v: 1, state: 'online', sid: 's', at };
        const payload = Buffer.from(encodeMessage('status', status));
        const options = { qos: (i % 2) as 0 | 1, retain: i % 3 === 0 };
        return client.publishAsync(topicOf('status', 'one'), payload, options);
      }),
    );
    await expect.poll(() => received.length).toBe(sent.length);
    expect(received).toEqual(sent);
  });
});

/** Round trips of a device while others are served: telemetry up, a receipt down. */
async function echoes({ broker, events }: Running, device: string) {
  const client = await joined(broker, device);
  await client.subscribeAsync(topicOf('receipt', device), { qos: 1 });
  opened.push(
    events.on('wire.telemetry', ({ device: from }) => {
      if (from === device) broker.send('receipt', device, wireSamples.receipt);
    }),
  );
  const payload = Buffer.from(encodeMessage('telemetry', wireSamples.telemetry));
  const timesMs: number[] = [];
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      const answer = heard(client, 'message');
      const startMs = performance.now();
      client.publish(topicOf('telemetry', device), payload, { qos: 1 });
      await answer;
      timesMs.push(performance.now() - startMs);
      await sleep(5);
    }
  })();
  return {
    async end(): Promise<{ readonly count: number; readonly p99Ms: number }> {
      isOver = true;
      await running;
      return { count: timesMs.length, p99Ms: quantile(timesMs, 0.99) };
    },
  };
}

describe('work that a device makes the broker do', () => {
  /** A raw connection that is logged in. */
  async function loggedIn(broker: Broker, device: string): Promise<RawClient> {
    const client = await raw(broker);
    client.socket.write(hello(device));
    await client.receive(CONNACK_BYTES);
    return client;
  }

  it.each(['subscribe', 'unsubscribe'] as const)(
    'is bounded for a %s with thousands of topic filters, by number and by bytes',
    async (act) => {
      const { broker } = shared;
      const requests = [
        filtersPacket(act, Array(9_000).fill('a/b/c')),
        filtersPacket(act, Array(1_000).fill('')),
        filtersPacket(act, ['a'.repeat(60_000)]),
      ];
      for (const request of requests) {
        const client = await loggedIn(broker, 'one');
        client.socket.write(request);
        await client.closed;
      }
      expect(shared.service.logged.join('')).toContain('topic filters');
    },
  );

  it('counts topic filters like packets: a device that sends too many is slowed down', async () => {
    const { broker } = await start({ FLOTILLA_DEVICE_MESSAGES_PER_S: '100' });
    const client = await loggedIn(broker, 'one');
    const topics = ['result', 'receipt', 'command'] as const;
    const request = filtersPacket(
      'subscribe',
      topics.map((name) => topicOf(name, 'one')),
    );
    const startMs = performance.now();
    // A hundred packets with three filters each: twice as many as the burst of two hundred.
    for (let i = 0; i < 100; i++) client.socket.write(request);
    await sleep(100);
    client.socket.write(Buffer.from([0xc0, 0]));
    const subackBytes = 7;
    await client.receive(CONNACK_BYTES + 100 * subackBytes + 2);
    expect(performance.now() - startMs).toBeGreaterThan(1_500);
  });

  it('counts a retained document that a device asks for in the bytes it may send', async () => {
    const { broker } = await start({ FLOTILLA_DEVICE_BYTES_PER_S: '65536' });
    broker.send('desiredPlan', 'one', wireSamples.desiredPlan);
    const topic = topicOf('desiredPlan', 'one');
    const documentBytes =
      encodeMessage('desiredPlan', wireSamples.desiredPlan).length + ',"sha256":""'.length + 64;
    const client = await loggedIn(broker, 'one');
    // As many documents as three seconds allow; the first second's come at once.
    const requests = Math.ceil((3 * 65_536) / documentBytes);
    const startMs = performance.now();
    client.socket.write(Buffer.concat(Array(requests).fill(subscribePacket(topic))));
    await sleep(100);
    client.socket.write(Buffer.from([0xc0, 0]));
    const subackBytes = 5;
    const answerBytes = subackBytes + publishPacket(topic, Buffer.alloc(documentBytes), 1).length;
    await client.receive(CONNACK_BYTES + requests * answerBytes + 2);
    expect(performance.now() - startMs).toBeGreaterThan(1_500);
  });

  it('counts bytes of JSON eightfold: a device that sends too many is slowed down', async () => {
    const { broker } = await start({ FLOTILLA_DEVICE_BYTES_PER_S: '65536' });
    const client = await loggedIn(broker, 'one');
    const payload = Buffer.from(encodeMessage('record', wireSamples.record));
    const packet = publishPacket(topicOf('record', 'one'), payload, 1);
    // As many messages as three seconds allow, whose own bytes are within the first.
    const messages = Math.ceil((3 * 65_536) / (8 * payload.length));
    expect(messages * packet.length).toBeLessThan(65_536);
    const startMs = performance.now();
    client.socket.write(Buffer.concat(Array(messages).fill(packet)));
    await sleep(100);
    client.socket.write(Buffer.from([0xc0, 0]));
    const pubackBytes = 4;
    await client.receive(CONNACK_BYTES + messages * pubackBytes + 2);
    expect(performance.now() - startMs).toBeGreaterThan(1_500);
  });

  it.each([
    ['pongs', 10, 0, /^flood of packets$/],
    // Pongs that wait are limited by themselves.
    ['pings with the longest payload', 9, 125, /^(flood of packets|connection lost)$/],
    ['empty fragments', 0, 0, /^(flood of packets|connection lost: Too many message fragments)$/],
  ])(
    'is bounded for a WebSocket that floods %s: it is disconnected, and others are served',
    async (_, opcode, bytes, reason) => {
      const running = await start({ FLOTILLA_FLOOD_MS: '500' });
      const { broker, service, events } = running;
      const probe = await echoes(running, 'probe');
      const ended = new Promise<string>((resolve) => {
        const off = events.on('device.disconnected', ({ device, reason: because }) => {
          if (device !== 'flooder') return;
          off();
          resolve(because);
        });
      });
      const socket = await rawWebSocket(service.url);
      opened.push(() => socket.destroy());
      socket.write(webSocketFrame(2, hello('flooder')));
      await once(socket, 'data');
      expect(broker.connectionOf('flooder')).toBeDefined();
      if (opcode === 0) socket.write(Buffer.from([2, 0x80, 0, 0, 0, 0]));
      const frame = webSocketFrame(opcode, Buffer.alloc(bytes));
      // Not the last fragment of its message.
      if (opcode === 0) frame[0] = 0;
      const flood = Buffer.concat(Array(5_000).fill(frame));
      let isOver = false;
      void ended.then(() => {
        isOver = true;
      });
      while (!isOver && !socket.destroyed) {
        socket.write(flood);
        await sleep(10);
      }
      const { p99Ms } = await probe.end();
      expect(p99Ms).toBeLessThan(1000);
      expect(await ended).toMatch(reason);
    },
    60_000,
  );
});

describe('the broker', () => {
  it('keeps ten thousand retained documents in memory near their size, and delivers one at once', async () => {
    const { broker } = shared;
    const probe = await echoes(shared, 'probe');
    const documentBytes = encodeMessage('desiredPlan', wireSamples.desiredPlan).length;
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 10_000; i++) {
      broker.send('desiredPlan', `pi-${i}`, { ...wireSamples.desiredPlan, version: i + 1 });
      // The probe is served by this process, too: what waits for the loop of the test is no delay of the broker.
      if (i % 100 === 0) await sleep(1);
    }
    const grewMB = (process.memoryUsage().rss - before) / 1e6;
    const timesMs: number[] = [];
    for (let i = 0; i < 200; i++) {
      const device = `pi-${i * 37}`;
      const client = await joined(broker, device);
      const first = heard(client, 'message');
      const startMs = performance.now();
      await client.subscribeAsync(topicOf('desiredPlan', device), { qos: 1 });
      const [, body] = await first;
      timesMs.push(performance.now() - startMs);
      expect(JSON.parse(String(body)).version).toBe(i * 37 + 1);
      await client.endAsync(true);
    }
    const { count, p99Ms } = await probe.end();
    console.log(
      `10,000 retained documents of ${documentBytes} bytes: ${grewMB.toFixed(0)} MB more; subscription to document p99 ${quantile(timesMs, 0.99).toFixed(1)} ms; ${count} echoes of the probe, p99 ${p99Ms.toFixed(1)} ms`,
    );
    expect(grewMB * 1e6).toBeLessThan(10_000 * documentBytes + 100 * MIB);
    expect(p99Ms).toBeLessThan(250);
  });

  it('retains no message of devices', async () => {
    const { broker } = shared;
    const status = Buffer.from(encodeMessage('status', wireSamples.status));
    const subscriptionMs = async (device: string): Promise<number> => {
      const client = await joined(broker, device);
      const startMs = performance.now();
      for (let i = 0; i < 20; i++) {
        await client.subscribeAsync(topicOf('result', device), { qos: 1 });
        await client.unsubscribeAsync(topicOf('result', device));
      }
      const tookMs = performance.now() - startMs;
      await client.endAsync(true);
      return tookMs / 20;
    };
    const emptyMs = await subscriptionMs('one');
    for (let i = 0; i < 1000; i++) {
      const device = `pi-${i}`;
      const client = await rawClient(broker.port);
      const said = publishPacket(topicOf('status', device), status, 1);
      // The retain flag of a PUBLISH.
      said.writeUInt8(said.readUInt8(0) | 1, 0);
      client.socket.write(hello(device));
      await client.receive(CONNACK_BYTES);
      client.socket.end(said);
      await client.closed;
    }
    const fullMs = await subscriptionMs('one');
    console.log(
      `a subscription takes ${emptyMs.toFixed(2)} ms, and ${fullMs.toFixed(2)} ms after 1000 devices asked for their status to be retained`,
    );
    const listener = await raw(broker);
    listener.socket.write(hello('pi-1'));
    await listener.receive(CONNACK_BYTES);
    listener.socket.write(subscribePacket(topicOf('status', 'pi-1')));
    const answer = await listener.receive(CONNACK_BYTES + 5);
    expect(answer.subarray(CONNACK_BYTES)).toEqual(Buffer.from([0x90, 3, 0, 1, 0x80]));
  });

  it('bounds the queues of ten devices that do not read, and disconnects them', async () => {
    const { broker, service } = shared;
    const probe = await echoes(shared, 'probe');
    const before = process.memoryUsage().rss;
    const fault = { v: 1, kind: 'fault', code: 'FRAME_FAILED', message: 'x' } as const;
    const sent: number[] = [];
    for (let i = 0; i < 10; i++) {
      const device = `frozen-${i}`;
      const client = await raw(broker);
      client.socket.write(hello(device));
      await client.receive(CONNACK_BYTES);
      client.socket.write(subscribePacket(topicOf('result', device)));
      await client.receive(CONNACK_BYTES + 5);
      client.socket.pause();
      // Half of the queues fill with bytes, half with messages: enough to have overflowed the stack of Aedes once.
      const body = new Uint8Array(i % 2 === 0 ? 64 * 1024 : 1024);
      let count = 0;
      while (count < 20_000 && broker.send('result', device, { head: fault, body })) {
        count += 1;
        // Lets the system fill its buffers, and this process serve the probe.
        if (count % 100 === 0) await sleep(1);
      }
      expect(count).toBeLessThan(20_000);
      sent.push(count);
      client.socket.destroy();
    }
    const grewMB = (process.memoryUsage().rss - before) / 1e6;
    const { count, p99Ms } = await probe.end();
    console.log(
      `10 frozen devices were sent ${sent.join(', ')} messages: ${grewMB.toFixed(0)} MB more; ${count} echoes of the probe, p99 ${p99Ms.toFixed(1)} ms`,
    );
    expect(grewMB).toBeLessThan(400);
    expect(p99Ms).toBeLessThan(1000);
    await expect.poll(() => broker.stats().sessions).toBe(1);
    expect(service.logged.join('')).toContain('device does not read its messages');
  });
});
