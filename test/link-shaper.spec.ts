/** The user-space link keeps its promises: rate, order, latency, cut, freeze. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinkShaper } from './support/mqtt/link-shaper.js';

let sink: Server;
let received: Buffer[];
let shaper: LinkShaper;

beforeEach(async () => {
  received = [];
  sink = createServer((socket) => {
    socket.on('data', (bytes) => received.push(bytes));
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(sink, 'listening');
  const port = (sink.address() as AddressInfo).port;
  shaper = await LinkShaper.start(
    { host: '127.0.0.1', port },
    { uplinkMbps: 8, downlinkMbps: 100, latencyMs: 10 },
  );
});

afterEach(async () => {
  await shaper.close();
  sink.close();
});

const receivedBytes = () => received.reduce((sum, bytes) => sum + bytes.length, 0);

const closed = (socket: Socket) => new Promise((resolve) => socket.on('close', resolve));

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await sleep(2);
}

describe('the link shaper', () => {
  it('passes bytes in order, at its rate, after its latency', async () => {
    const sent = Buffer.from(Uint32Array.from({ length: 75_000 }, (_, i) => i).buffer);
    const socket = connect(shaper.port, '127.0.0.1');
    const startMs = performance.now();
    socket.write(sent);
    await until(() => received.length > 0);
    expect(performance.now() - startMs).toBeGreaterThan(9);
    await until(() => receivedBytes() === sent.length);
    const elapsedMs = performance.now() - startMs;
    // 300,000 bytes at 8 Mbps take 300 ms, and 10 ms of flight.
    expect(elapsedMs).toBeGreaterThan(290);
    // Ten times as long would be a link of 0.8 Mbps; a busy machine wakes the test later, but not so late.
    expect(elapsedMs).toBeLessThan(3000);
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    socket.destroy();
  });

  it('cuts after a number of bytes and refuses connections until restored', async () => {
    shaper.cutAfter(20_000);
    const socket = connect(shaper.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(Buffer.alloc(200_000));
    await closed(socket);
    expect(receivedBytes()).toBeLessThan(30_000);
    const refused = connect(shaper.port, '127.0.0.1');
    refused.on('error', () => undefined);
    await closed(refused);
    shaper.restore();
    const accepted = connect(shaper.port, '127.0.0.1');
    const before = receivedBytes();
    accepted.write('x');
    await until(() => receivedBytes() > before);
    accepted.destroy();
  });

  it('delivers what was said before an end', async () => {
    const socket = connect(shaper.port, '127.0.0.1');
    const isClosed = closed(socket);
    socket.end(Buffer.alloc(50_000));
    await until(() => receivedBytes() === 50_000);
    await isClosed;
  });

  it('holds everything back while frozen, and nothing is lost', async () => {
    const socket = connect(shaper.port, '127.0.0.1');
    await once(socket, 'connect');
    shaper.freeze();
    socket.write(Buffer.alloc(5_000));
    await sleep(60);
    expect(receivedBytes()).toBe(0);
    shaper.restore();
    await until(() => receivedBytes() === 5_000);
    socket.destroy();
  });
});
