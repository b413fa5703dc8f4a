/** Connections over real sockets: the bounds in total and by address, and what releases a place. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { Clock } from '../../clock.js';
import { readConfig } from '../../config/config.js';
import { HttpSockets, httpOptions } from './http-sockets.js';

const silent = pino({ level: 'silent' });
const opened: (() => unknown)[] = [];
afterEach(() => {
  for (const close of opened.splice(0).reverse()) close();
});

async function serverWith(
  httpConnections: number,
  httpAddressConnections: number,
  openFiles?: number,
) {
  const server = createServer((_, response) => response.end('here'));
  const limits = { httpConnections, httpAddressConnections };
  const sockets = new HttpSockets(limits, silent, new Clock(), openFiles);
  sockets.watch(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  opened.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { server, sockets };
}

/** Connects from an address of this machine. */
async function connection(server: Server, localAddress = '127.0.0.1'): Promise<Socket> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  opened.push(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** A socket that has the same remote address and port as others. */
class SocketEnd extends Socket {
  override readonly remoteAddress = '127.0.0.8';
  override readonly remotePort = 50_000;
}

/** Whether a request over the connection is answered; false when it is closed. */
function isServed(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
    if (socket.destroyed) resolve(false);
    else socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  });
}

describe('the times that the server waits', () => {
  it('are longer than a TLS handshake and a request over a link with a round trip of 20 s', () => {
    const { httpHeadersMs, httpBodyMs } = readConfig({});
    const { headersTimeout, handshakeTimeout } = httpOptions({ httpHeadersMs });
    // Each waits for one round trip at most: the next bytes of the client travel together.
    expect(Math.min(headersTimeout, handshakeTimeout, httpBodyMs)).toBeGreaterThan(20_000);
  });
});

describe('HttpSockets', () => {
  it('closes connections above the bound of their address, and serves other addresses', async () => {
    const { server, sockets } = await serverWith(10, 3);
    for (let i = 0; i < 3; i++) expect(await isServed(await connection(server))).toBe(true);
    expect(await isServed(await connection(server))).toBe(false);
    expect(await isServed(await connection(server, '127.0.0.9'))).toBe(true);
    expect(sockets.counts()).toEqual({ connections: 4, connectionsRejected: 1 });
  });

  it('closes connections above the total, and serves others when one has ended', async () => {
    const { server, sockets } = await serverWith(2, 2);
    const first = await connection(server);
    expect(await isServed(first)).toBe(true);
    expect(await isServed(await connection(server, '127.0.0.9'))).toBe(true);
    expect(await isServed(await connection(server, '127.0.0.10'))).toBe(false);
    first.destroy();
    await expect.poll(() => sockets.counts().connections).toBe(1);
    expect(await isServed(await connection(server, '127.0.0.10'))).toBe(true);
  });

  it('gives a released connection’s place to another, once', async () => {
    const { server, sockets } = await serverWith(1, 1);
    server.on('connection', (socket: Socket) => {
      sockets.release(socket);
      sockets.release(socket);
    });
    const first = await connection(server);
    expect(await isServed(first)).toBe(true);
    const second = await connection(server);
    expect(await isServed(second)).toBe(true);
    for (const socket of [first, second]) socket.destroy();
    await expect.poll(() => sockets.counts().connections).toBe(0);
    expect(await isServed(await connection(server))).toBe(true);
  });

  it('counts a port once that is used again before the end of its connection is seen', async () => {
    const { server, sockets } = await serverWith(10, 2);
    // The ends of two connections, in the order of the system's events: the second begins first.
    const ends = [new SocketEnd(), new SocketEnd()] as const;
    for (const end of ends) server.emit('connection', end);
    expect(sockets.counts().connections).toBe(1);
    ends[0].destroy();
    await once(ends[0], 'close');
    expect(sockets.counts().connections).toBe(1);
    ends[1].destroy();
    await once(ends[1], 'close');
    expect(sockets.counts().connections).toBe(0);
    const served = [await connection(server, '127.0.0.8'), await connection(server, '127.0.0.8')];
    expect(await Promise.all(served.map(isServed))).toEqual([true, true]);
  });

  it('takes at most a quarter of the files of the process, and the same share of it for an address', async () => {
    const { server, sockets } = await serverWith(2000, 1000, 16);
    const of = (address: string) => connection(server, address).then(isServed);
    const served = [await of('127.0.0.1'), await of('127.0.0.1'), await of('127.0.0.1')];
    expect(served).toEqual([true, true, false]);
    expect([await of('127.0.0.9'), await of('127.0.0.10')]).toEqual([true, true]);
    expect(await of('127.0.0.11')).toBe(false);
    expect(sockets.counts().connections).toBe(4);
  });
});
