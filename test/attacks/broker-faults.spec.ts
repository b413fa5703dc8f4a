/**
 * A built service under hostile clients and broken devices, while a probe device sends a frame every 25 ms: the service stays up,
 * its memory is bounded, and it answers the frames of the probe. Every test prints its cost.
 */
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceNetwork, serializeModel } from '../../src/onnx/index.js';
import type { LoadState } from '../../src/platform/index.js';
import { encodeMessage, isSentBy, messageNames, topicOf } from '../../src/wire/index.js';
import { quantile } from '../bench/measure.js';
import { garbageStreams } from '../support/mqtt/garbage-streams.js';
import {
  connectPacket,
  publishPacket,
  type RawClient,
  rawClient,
  subscribePacket,
} from '../support/mqtt/raw-mqtt.js';
import { wireSamples } from '../support/mqtt/wire-samples.js';
import { childrenOf, usageOf } from '../support/processes/process-usage.js';
import { eventually, Service } from '../support/processes/processes.js';
import { RemoteProbe } from '../support/processes/remote-probe.js';

const PROBE_EVERY_MS = 25;
/** What a fault may add to the service's memory: it swings by tens of megabytes with the collector. */
const MAX_MB = 150;
/** A frame of the probe may take so long at the 99th percentile, on a machine that does all of this at once. */
const MAX_P99_MS = 1000;
/** `.ci/run` takes 60,000. */
const STREAMS = Number(process.env.FLOTILLA_TEST_STREAMS ?? 4000);
/**
 * For a long test. The collector lets garbage grow to some 550 MB before it works harder: 20,000 streams added 135 to 174 MB, 60,000
 * of them 187 MB. A leak of 5 KB a stream would exceed this.
 */
const MAX_LONG_MB = 250;
const CONNACK_BYTES = 4;
const SUBACK_BYTES = 5;
const ACCEPTED = Buffer.from([0x20, 2, 0, 0]);
const CONNECT_TIMEOUT_MS = 8000;
const ANNOUNCED_200_MB = Buffer.from([0x10, 0x80, 0xa0, 0xaf, 0x5f]);

let folder: string;
let service: Service;
let probe: RemoteProbe;
const secrets = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-broker-faults-'));
  // Connection limits have tests of their own; here they must not keep the hostile clients out.
  const env = {
    FLOTILLA_LOG_LEVEL: 'warn',
    FLOTILLA_WORKERS: '1',
    FLOTILLA_CONNECTS_PER_S: '100000',
    FLOTILLA_ADDRESS_CONNECTS_PER_S: '100000',
    FLOTILLA_SESSIONS_PER_MINUTE: '1000000',
    FLOTILLA_LOGIN_FAILURES_PER_MINUTE: '1000000',
    FLOTILLA_ADDRESS_LOGIN_FAILURES_PER_MINUTE: '1000000',
    FLOTILLA_MALFORMED_PER_MINUTE: '1000000',
    FLOTILLA_DEVICE_MESSAGES_PER_S: '100000',
  };
  service = await Service.start({ data: join(folder, 'cloud'), env });
  const { build, manifest } = referenceNetwork('tiny-chain');
  const model = await service.addModel('tiny-chain', serializeModel(build()), manifest);
  for (const id of ['broken', 'frozen', 'spoofer']) secrets.set(id, await service.addDevice(id));
  probe = await RemoteProbe.start(service, 'probe', model);
  probe.begin(PROBE_EVERY_MS);
  await sleep(2000);
  await probe.end();
});

afterAll(async () => {
  probe.leave();
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

async function residentMB(): Promise<number> {
  const usage = await usageOf(service.process.child.pid ?? 0);
  return (usage?.rssBytes ?? Number.NaN) / 1e6;
}

/** Does harm while the probe sends, prints what it cost, and checks that it cost little. */
async function endures(what: string, harm: () => Promise<void>, maxMB = MAX_MB): Promise<void> {
  const beforeMB = await residentMB();
  let peakMB = beforeMB;
  const watch = setInterval(() => {
    void residentMB().then((mb) => {
      peakMB = Math.max(peakMB, mb);
    });
  }, 100);
  probe.begin(PROBE_EVERY_MS);
  const startMs = performance.now();
  try {
    await harm();
  } finally {
    clearInterval(watch);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const frames = await probe.end();
  const times = frames.map(({ latencyMs }) => latencyMs ?? Number.POSITIVE_INFINITY);
  const figures = [0.5, 0.99, 1].map((share) => quantile(times, share).toFixed(1));
  console.log(
    [
      `${what}: ${seconds.toFixed(1)} s; resident ${beforeMB.toFixed(0)} MB before, ${peakMB.toFixed(0)} MB at most;`,
      `${frames.length} frames of the probe: p50 ${figures[0]}, p99 ${figures[1]}, max ${figures[2]} ms`,
    ].join(' '),
  );
  service.process.assertRunning();
  expect(frames.length).toBeGreaterThan(0);
  expect(frames.filter(({ endedAs }) => endedAs !== 'result')).toEqual([]);
  expect(quantile(times, 0.99)).toBeLessThan(MAX_P99_MS);
  expect(peakMB - beforeMB).toBeLessThan(maxMB);
  await service.request('GET', '/health/ready');
  await eventually('only the probe to be connected', async () => {
    const { broker } = (await service.request<LoadState>('GET', '/health/load')).parts;
    return broker?.connections === 1 && broker.sessions === 1 ? true : undefined;
  });
  expect(service.process.lines.filter((line) => line.includes('uncaught error'))).toEqual([]);
}

const loginOf = (device: string, keepaliveS = 60) => {
  const password = secrets.get(device) ?? '';
  return { clientId: device, username: device, password, keepaliveS };
};

async function anonymousClients(count: number): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => rawClient(service.mqttPort)));
}

async function loggedIn(device: string, keepaliveS?: number): Promise<RawClient> {
  const client = await rawClient(service.mqttPort);
  client.socket.write(connectPacket(loginOf(device, keepaliveS)));
  expect(await client.receive(CONNACK_BYTES)).toEqual(ACCEPTED);
  return client;
}

/** Ports a process and its children listen on, by the kernel's tables (proc(5), net/tcp): state 0A, with the inodes of their sockets. */
async function listeningPorts(pid: number): Promise<number[]> {
  const pids = [pid, ...(await childrenOf(pid))];
  const inodes = new Set((await Promise.all(pids.map(socketInodes))).flat());
  const tables = await Promise.all(
    ['tcp', 'tcp6', 'udp', 'udp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  return (
    tables
      .flatMap((table) => table.trim().split('\n').slice(1))
      .map((line) => line.trim().split(/\s+/))
      // Of TCP those that listen, of UDP all that are bound.
      .filter(
        ([, , , state, , , , , , inode]) =>
          inodes.has(inode ?? '') && (state === '0A' || state === '07'),
      )
      .map(([, local]) => Number.parseInt(local?.split(':')[1] ?? '', 16))
  );
}

async function socketInodes(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = (await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => ''));
  return (await Promise.all(links)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}

it('the service listens on its two published ports and on no other', async () => {
  const ports = await listeningPorts(service.process.child.pid ?? 0);
  expect(new Set(ports)).toEqual(new Set([service.httpPort, service.mqttPort]));
});

describe('the service endures', () => {
  it('fifty anonymous clients that announce and send 200 MB each', async () => {
    await endures('200 MB announced by 50 anonymous clients', async () => {
      const some = await anonymousClients(50);
      const startMs = performance.now();
      for (const { socket } of some) {
        socket.write(ANNOUNCED_200_MB);
        for (let i = 0; i < 16; i++) socket.write(Buffer.alloc(256 * 1024));
      }
      await Promise.all(some.map(({ closed }) => closed));
      expect(performance.now() - startMs).toBeLessThan(5000);
    });
  });

  it('three hundred connections that send CONNECT byte by byte and three hundred silent ones', async () => {
    await endures('slowloris: 300 slow, 300 silent', async () => {
      const slow = await anonymousClients(300);
      const silent = await anonymousClients(300);
      const startMs = performance.now();
      const hello = connectPacket(loginOf('broken'));
      let at = 0;
      const timer = setInterval(() => {
        for (const { socket } of slow) socket.write(hello.subarray(at, at + 1));
        at += 1;
      }, 1000);
      await Promise.all([...slow, ...silent].map(({ closed }) => closed));
      clearInterval(timer);
      expect(performance.now() - startMs).toBeGreaterThan(CONNECT_TIMEOUT_MS - 1000);
      expect(performance.now() - startMs).toBeLessThan(CONNECT_TIMEOUT_MS + 4000);
    });
  });

  it('connections whose other end vanished or stays half open', async () => {
    await endures('half-open TCP: a device and 300 anonymous clients', async () => {
      const gone = await loggedIn('broken', 2);
      gone.socket.pause();
      const halves = await Promise.all(Array.from({ length: 300 }, () => halfClosed()));
      const presence = async () => {
        const path = '/api/v1/devices/broken';
        const device = await service.request<{ presence: { state: string; reason: string } }>(
          'GET',
          path,
        );
        return device.presence.state === 'offline' ? device.presence : undefined;
      };
      // 1.5 keep-alives, and a little for the machine.
      const { reason } = await eventually('the device to be offline', presence, 5000);
      expect(reason).toContain('keep alive timeout');
      for (const half of halves) half.destroy();
      gone.socket.destroy();
    });
  });

  it('thousands of streams of random and mutated bytes', { timeout: 300_000 }, async () => {
    const victim = {
      ...{ device: 'broken', secret: secrets.get('broken') ?? '' },
      subscriptions: messageNames
        .filter((name) => isSentBy(name, 'cloud'))
        .map((name) => topicOf(name, 'broken')),
      messages: (['status', 'birth', 'telemetry', 'tensor', 'record'] as const).map((name) => ({
        topic: topicOf(name, 'broken'),
        payload: encodeMessage(name, wireSamples[name]),
      })),
    };
    const harm = async (): Promise<void> => {
      const streams = garbageStreams(STREAMS, 6, victim);
      // One generator feeds them all.
      await Promise.all(Array.from({ length: 32 }, () => pour(streams)));
    };
    await endures(`${STREAMS} garbage streams`, harm, STREAMS > 10_000 ? MAX_LONG_MB : MAX_MB);
  });

  it('a device that reads none of tens of thousands of answers', async () => {
    await endures('frozen subscriber', async () => {
      const frozen = await loggedIn('frozen');
      frozen.socket.write(subscribePacket(topicOf('result', 'frozen')));
      await frozen.receive(CONNACK_BYTES + SUBACK_BYTES);
      frozen.socket.pause();
      const nonsense = publishPacket(topicOf('telemetry', 'frozen'), Buffer.from('{"v":1}'));
      const many = Buffer.concat(Array.from({ length: 100 }, () => nonsense));
      // Its answers fill the buffers of both systems, then the broker's queue; then it is cut.
      for (let i = 0; i < 2000 && !frozen.socket.destroyed; i++) {
        frozen.socket.write(many);
        await sleep(20);
      }
      frozen.socket.resume();
      await frozen.closed;
      const { presence } = await service.request<{ presence: { reason: string } }>(
        'GET',
        '/api/v1/devices/frozen',
      );
      expect(presence.reason).toMatch(/does not read|stopped reading|flood/);
    });
  });

  it('last wills about other devices', async () => {
    await endures('will spoofing', async () => {
      for (let i = 0; i < 200; i++) {
        const topic = topicOf(i % 2 === 0 ? 'status' : 'tensor', 'probe');
        const payload = encodeMessage('status', { ...wireSamples.status, state: 'offline' });
        const client = await rawClient(service.mqttPort);
        const will = { topic, payload: Buffer.from(payload) };
        client.socket.write(connectPacket({ ...loginOf('spoofer'), will }));
        expect(await client.receive(CONNACK_BYTES)).toEqual(Buffer.from([0x20, 2, 0, 5]));
        await client.closed;
      }
      const { presence } = await service.request<{ presence: { state: string } }>(
        'GET',
        '/api/v1/devices/probe',
      );
      expect(presence.state).toBe('online');
    });
  });
});

/** A socket that has said all it will say, and waits for the other side to do the same. */
async function halfClosed(): Promise<Socket> {
  const socket = connect({ port: service.mqttPort, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.end(Buffer.from([0x10, 0x20]));
  return socket;
}

/** Sends streams over connections of their own until there are none left. */
async function pour(streams: Iterator<Buffer>): Promise<void> {
  for (let next = streams.next(); next.done !== true; next = streams.next()) {
    const socket = connect({ port: service.mqttPort, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const half = Math.floor(next.value.length / 2);
    socket.write(next.value.subarray(0, half));
    socket.write(next.value.subarray(half));
    // What is not cut at once waits for more: it would for eight seconds.
    await Promise.race([closed, sleep(10)]);
    socket.destroy();
    await closed;
  }
}
