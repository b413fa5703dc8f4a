/** The HTTP server and clients that do not finish what they begin: half headers, half bodies, and very many connections. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import mqtt from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Broker, BrokerModule } from '../../../src/broker/index.js';
import { FleetModule } from '../../../src/fleet/index.js';
import { Metrics } from '../../../src/platform/index.js';
import { type RunningService, startService } from '../../support/service/service.js';

const KEY = 'a-key-for-operators-that-is-long-enough';
const MIB = 2 ** 20;

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(environment: Record<string, string> = {}): Promise<RunningService> {
  const service = await startService({
    modules: [BrokerModule, FleetModule],
    environment: { FLOTILLA_OPERATOR_KEY: KEY, ...environment },
  });
  opened.push(() => service.stop());
  return service;
}

/** A connection to the HTTP server that has sent some text. */
function connection({ url }: RunningService, text: string, localAddress?: string): Socket {
  const { port, hostname: host } = new URL(url);
  const socket = connect({ port: Number(port), host, ...(localAddress && { localAddress }) });
  opened.push(() => socket.destroy());
  socket.on('error', () => undefined);
  // Otherwise the end of the connection would wait to be read.
  socket.resume();
  socket.write(text);
  return socket;
}

/** All that comes until the connection is closed. */
async function answerOf(socket: Socket): Promise<string> {
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes.toString('latin1');
  });
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

const post = (path: string, announced: number, body: string, more: readonly string[] = []) =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${announced}`,
    ...more,
    '',
    body,
  ].join('\r\n');

const AUTHORIZATION = `Authorization: Bearer ${KEY}`;

/** The secret of a new device. */
async function enrol({ app }: RunningService, id: string): Promise<string> {
  const headers = { authorization: `Bearer ${KEY}` };
  const answer = await app.inject({
    ...{ method: 'POST', url: '/api/v1/devices', headers, payload: { id } },
  });
  return (answer.json() as { secret: string }).secret;
}

async function load({ app }: RunningService) {
  const headers = { authorization: `Bearer ${KEY}` };
  const { parts } = (await app.inject({ url: '/health/load', headers })).json();
  return parts as Record<string, Record<string, number>>;
}

describe('a request that does not end', () => {
  it.each([
    ['nothing', ''],
    ['half of its headers', 'GET /health/live HTTP/1.1\r\nHost: x\r\n'],
  ])('is closed when its client has sent %s', async (_, text) => {
    const service = await start({ FLOTILLA_HTTP_HEADERS_MS: '300' });
    const startMs = performance.now();
    const answer = await answerOf(connection(service, text));
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain(`"code":"${'REQUEST_TIMEOUT'}"`);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it.each([
    ['without a credential', '/api/v1/enrolment', []],
    ['with an operator key', '/api/v1/devices', [AUTHORIZATION]],
  ] as const)('gets REQUEST_TIMEOUT %s when its body stops', async (_, path, headers) => {
    const service = await start({ FLOTILLA_HTTP_BODY_MS: '300' });
    const answer = await answerOf(connection(service, post(path, 100, '{"id":', headers)));
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain(`"code":"${'REQUEST_TIMEOUT'}"`);
  });

  it('gets time for every byte that comes, and an answer when its body is complete', async () => {
    const service = await start({
      FLOTILLA_HTTP_BODY_MS: '300',
      FLOTILLA_HTTP_BODY_BYTES_PER_S: '20',
    });
    const body = JSON.stringify({ id: 'pi-slow', name: 'x'.repeat(30) });
    const head = post('/api/v1/devices', body.length, '', [AUTHORIZATION, 'Connection: close']);
    const socket = connection(service, head);
    let at = 0;
    const timer = setInterval(() => socket.write(body[at++] ?? ''), 25);
    opened.push(() => clearInterval(timer));
    expect(await answerOf(socket)).toMatch(/^HTTP\/1.1 201 /);
  });
});

const MANY = `X: ${'x'.repeat(20_000)}`;

describe('bytes that are not HTTP', () => {
  it('are answered with a problem, counted and logged', async () => {
    const service = await start();
    const begin = 'GET /health/live HTTP/1.1\r\nHost: x\r\n';
    const texts = [
      ...[
        '\0\x01\x02\r\n\r\n',
        '\x16\x03\x01\x02\0\x01',
        'GET / HTTP/9.9\r\n\r\n',
        'hello\r\n\r\n',
      ],
      ...[
        'no colon',
        'X: a\0b',
        'Content-Length: 1\r\nContent-Length: 2',
        'Content-Length: -1',
      ].map((header) => `${begin}${header}\r\n\r\n`),
      `${begin}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      `${begin}${MANY}\r\n\r\n`,
    ];
    for (const text of texts) {
      const answer = await answerOf(connection(service, text));
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      expect([text.slice(0, 80), head]).toEqual([
        text.slice(0, 80),
        expect.stringMatching(/^HTTP\/1.1 400 [\s\S]*application\/problem\+json/),
      ]);
      expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    }
    const metrics = await service.app.get(Metrics).text();
    const count = `flotilla_http_refused_total{reason="malformed"} ${texts.length}\n`;
    expect(metrics).toContain(count);
    expect(service.logged.join('')).toMatch(/"reason":"malformed","address":"127.0.0.1"/);
  });
});

describe('requests that come together on a connection', () => {
  const get = (...headers: string[]) =>
    ['GET /api/v1/devices?limit=1 HTTP/1.1', ...headers, '\r\n'].join('\r\n');
  const wrong = get('Host: x', 'Authorization: Bearer wrong');
  const good = get('Host: x', AUTHORIZATION);
  const upgrade = [
    ...['GET /mqtt HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'],
    ...['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version: 13'],
    ...['Sec-WebSocket-Protocol: mqtt', '\r\n'],
  ].join('\r\n');
  const statusesOf = (answer: string) =>
    [...answer.matchAll(/HTTP\/1.1 (\d+) /g)].map(([, status]) => Number(status));
  /** The statuses of the next answers on a connection that stays open. */
  const statuses = async (socket: Socket, count: number): Promise<number[]> => {
    let answer = '';
    const listen = (bytes: Buffer) => {
      answer += bytes.toString('latin1');
    };
    socket.on('data', listen);
    await expect.poll(() => statusesOf(answer).length).toBe(count);
    socket.off('data', listen);
    return statusesOf(answer);
  };

  it('are answered in order until their address has too many wrong keys, which closes the connection', async () => {
    const service = await start();
    const answer = await answerOf(connection(service, wrong.repeat(2000)));
    const got = statusesOf(answer);
    const limited = got.indexOf(429);
    expect(got.slice(0, limited)).toEqual(Array(20).fill(401));
    expect(got.slice(limited)).toEqual(Array(got.length - 20).fill(429));
    // 500 requests without a valid credential at once, and 50 a second.
    expect(got.length).toBeGreaterThan(500);
    expect(answer.match(/^connection: close/gim)).toHaveLength(1);
  });

  it('are all answered in order with a good key, and one may have a body', async () => {
    const service = await start();
    const body = '{"id":"pi-between"}';
    const enrolment = post('/api/v1/devices', body.length, body, [AUTHORIZATION]);
    const between = `${good.repeat(5)}${enrolment}${wrong}${good.repeat(9)}`;
    const expected = [...Array(5).fill(200), 201, 401, ...Array(9).fill(200)];
    const socket = connection(service, between);
    expect(await statuses(socket, 16)).toEqual(expected);
    socket.write(good);
    expect(await statuses(socket, 1)).toEqual([200]);
  });

  it.each([
    ['without a Host header', get(AUTHORIZATION)],
    ['with two Host headers', get('Host: x', 'Host: y', AUTHORIZATION)],
  ])('get one answer when they come %s', async (_, request) => {
    const service = await start();
    const answer = await answerOf(connection(service, request.repeat(600)));
    expect(statusesOf(answer)).toEqual([400]);
    expect(answer).toContain('"code":"REQUEST_INVALID"');
  });

  it('become a WebSocket once those before are answered, not sooner', async () => {
    const service = await start();
    const socket = connection(service, good);
    expect(await statuses(socket, 1)).toEqual([200]);
    socket.write(upgrade);
    expect(await statuses(socket, 1)).toEqual([101]);
    const answer = await answerOf(connection(service, good + upgrade));
    expect(statusesOf(answer)).not.toContain(101);
    expect(service.logged.join('')).toContain('WebSocket request behind unanswered requests');
  });
});

describe('very many connections', () => {
  it('from one address are closed at once, and devices connect, over WebSocket from another address too', async () => {
    const service = await start({
      FLOTILLA_HTTP_CONNECTIONS: '400',
      FLOTILLA_HTTP_ADDRESS_CONNECTIONS: '100',
      FLOTILLA_HTTP_HEADERS_MS: '5000',
    });
    const broker = service.app.get(Broker);
    const secret = await enrol(service, 'one');
    const before = process.memoryUsage().rss;
    const sockets: Socket[] = [];
    for (let batch = 0; batch < 10; batch++) {
      const next = Array.from({ length: 100 }, () =>
        connection(service, 'GET /health/live HTTP/1.1\r\nHost: x\r\n', '127.0.0.9'),
      );
      sockets.push(...next);
      // The queue of the system for connections is short.
      await Promise.all(next.map((socket) => once(socket, 'connect')));
    }
    const open = () => sockets.filter(({ destroyed }) => !destroyed).length;
    await expect.poll(open).toBe(100);
    expect((await load(service)).http).toMatchObject({
      connections: 100,
      connectionsRejected: 900,
    });
    const metrics = await service.app.get(Metrics).text();
    expect(metrics).toContain('flotilla_http_refused_total{reason="connections"} 900\n');
    // Both ends of the connections are in this process.
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MIB);
    const options = { clientId: 'one', username: 'one', password: secret, reconnectPeriod: 0 };
    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, options, false);
    opened.push(() => device.endAsync(true));
    const webSocket = new WebSocket(`${service.url.replace('http', 'ws')}/mqtt`, 'mqtt');
    opened.push(() => webSocket.terminate());
    await once(webSocket, 'open');
    // It counts for the broker now.
    expect((await load(service)).http?.connections).toBe(100);
    expect((await load(service)).broker?.connections).toBe(2);
    await expect.poll(open, { timeout: 15_000 }).toBe(0);
    expect((await load(service)).http?.connections).toBe(0);
    expect(service.logged.join('').length).toBeLessThan(100_000);
  });
});
