/** Pipelined requests over real sockets: their order, their turns, how far they are read, and how a connection ends. */
import { once } from 'node:events';
import { createServer, IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_UNANSWERED, PipelinedRequests } from './pipelined-requests.js';

const opened: (() => unknown)[] = [];
afterEach(() => {
  for (const close of opened.splice(0).reverse()) close();
});

interface Served {
  readonly server: Server;
  /** Paths, in the order in which their handler began. */
  readonly begun: string[];
  readonly pipelined: PipelinedRequests;
  /** Requests that the parser has read. */
  readonly parsed: () => number;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Answers with the path and the body that came. */
const echo: Answer = async (request, response) =>
  response.end(`${request.url} ${await text(request)}`);

async function serverWith(answer: Answer = echo): Promise<Served> {
  const begun: string[] = [];
  let parsed = 0;
  class Counted extends IncomingMessage {
    constructor(socket: Socket) {
      super(socket);
      parsed += 1;
    }
  }
  const options = { requireHostHeader: false, IncomingMessage: Counted };
  const server = createServer(options, (request, response) => {
    begun.push(request.url ?? '');
    answer(request, response);
  });
  const pipelined = new PipelinedRequests();
  pipelined.watch(server);
  server.on('clientError', (_, socket: Socket) => {
    const last = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbad';
    if (!pipelined.endAfterAnswers(socket, last)) socket.end(last);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  opened.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { server, begun, pipelined, parsed: () => parsed };
}

/** A connection that sends texts, each as one chunk, and reads to its end; it never closes its own half first. */
async function connection({ server }: Served, sent = '') {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  opened.push(() => socket.destroy());
  let read = '';
  socket.on('data', (bytes) => {
    read += bytes.toString('latin1');
  });
  const end = new Promise<'ended' | 'reset'>((resolve) => {
    socket.once('end', () => resolve('ended'));
    socket.once('error', () => resolve('reset'));
  });
  await once(socket, 'connect');
  socket.write(sent);
  const bodies = (): string[] => read.match(/(\/\S* ?\S*|bad)(?=HTTP|$)/g) ?? [];
  const answers = (count: number) => expect.poll(bodies, { timeout: 10_000 }).toHaveLength(count);
  return { socket, end, answers, bodies, read: () => read };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const gets = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => get(`/${from + i}`)).join('');
const paths = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `/${from + i} `);
const post = (path: string, body: string, ...headers: string[]): string =>
  [`POST ${path} HTTP/1.1`, 'Host: x', `Content-Length: ${body.length}`, ...headers, '', body].join(
    '\r\n',
  );

describe('requests that come together on a connection', () => {
  it('are answered in order, one after the other, and so are later ones', async () => {
    let under = 0;
    const served = await serverWith(async (request, response) => {
      under += 1;
      const atOnce = under;
      // The first takes the longest.
      await new Promise((resolve) => setTimeout(resolve, 16 - served.begun.length));
      under -= 1;
      response.end(`${request.url} ${atOnce}`);
    });
    const { answers, bodies, socket } = await connection(served, gets(0, MAX_UNANSWERED));
    await answers(MAX_UNANSWERED);
    socket.write(gets(MAX_UNANSWERED, 3));
    await answers(MAX_UNANSWERED + 3);
    expect(bodies()).toEqual(paths(0, MAX_UNANSWERED + 3).map((path) => `${path}1`));
  });

  it('may have bodies, of any length, and expectations', async () => {
    const served = await serverWith();
    const long = 'x'.repeat(300_000);
    const { answers, bodies, read } = await connection(
      served,
      get('/0') +
        post('/1', 'one') +
        post('/2', long) +
        post('/3', 'three', 'Expect: 100-continue') +
        post('/4', 'four', 'Expect: something') +
        get('/5'),
    );
    await answers(6);
    expect(bodies()).toEqual(['/0 ', '/1 one', `/2 ${long}`, '/3 three', '/4 four', '/5 ']);
    // Between the answers before and after it.
    expect(read()).toMatch(/\/2 x+HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
  });

  it('leave turns to other connections', async () => {
    // All of them come in one chunk, and the other request comes while the first is handled.
    const other: { arrived?: Promise<unknown> } = {};
    const served = await serverWith((request, response) => {
      if (request.url === '/0') {
        const { socket } = request;
        other.arrived ??= connection(served, get('/other'));
        expect(socket.bytesRead).toBeGreaterThan(0);
      }
      response.end(`${request.url} `);
    });
    const { answers } = await connection(served, gets(0, MAX_UNANSWERED));
    await answers(MAX_UNANSWERED);
    await other.arrived;
    await expect.poll(() => served.begun).toContain('/other');
    expect(served.begun.indexOf('/other')).toBeLessThan(MAX_UNANSWERED);
  });

  it('are all answered in order when there are very many, and so is the end of the client', async () => {
    const served = await serverWith();
    const { answers, bodies, end, socket } = await connection(served, gets(0, 2500));
    await answers(2500);
    expect(bodies()).toEqual(paths(0, 2500));
    socket.end();
    expect(await end).toBe('ended');
  });

  it('are not parsed far beyond those that wait', async () => {
    const answers: ServerResponse[] = [];
    const served = await serverWith((_, response) => answers.push(response));
    const shortest = 'GET / HTTP/1.1\r\n\r\n';
    await connection(served, shortest.repeat(10_000));
    await expect.poll(() => answers.length).toBe(1);
    const ahead = 1024 / shortest.length;
    for (let i = 0; i < 300; i++) {
      await expect.poll(() => answers.length, { interval: 1 }).toBe(i + 1);
      expect(served.parsed()).toBeLessThanOrEqual(i + MAX_UNANSWERED + ahead);
      answers[i]?.end('/ ');
    }
  });

  it('are not answered behind an answer that closes the connection', async () => {
    const served = await serverWith(({ url }, response) => {
      if (url === '/2') response.setHeader('Connection', 'close');
      response.end(`${url} `);
    });
    const { end, bodies } = await connection(served, gets(0, 600));
    expect(await end).toBe('ended');
    expect(bodies()).toEqual(paths(0, 3));
    expect(served.begun).toHaveLength(3);
  });

  it('are answered before bytes behind them that are not HTTP', async () => {
    const served = await serverWith();
    const { end, bodies } = await connection(served, `${gets(0, 5)}no request\r\n\r\n`);
    expect(await end).toBe('ended');
    expect(bodies()).toEqual([...paths(0, 5), 'bad']);
  });

  it('are answered before a body that is not well-formed', async () => {
    const served = await serverWith();
    const head = 'POST /5 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    const { end, bodies } = await connection(served, `${gets(0, 5)}${head}no length\r\n`);
    expect(await end).toBe('ended');
    expect(bodies()).toEqual([...paths(0, 5), 'bad']);
  });

  it('are forgotten when their connection is lost', async () => {
    const answers: ServerResponse[] = [];
    const served = await serverWith((_, response) => answers.push(response));
    const { socket } = await connection(served, gets(0, MAX_UNANSWERED));
    await expect.poll(() => answers.length).toBe(1);
    socket.resetAndDestroy();
    await once(answers[0] as ServerResponse, 'close');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(served.begun).toEqual(['/0']);
  });

  it('leave the connection to another protocol with all bytes behind the request for it', async () => {
    const served = await serverWith();
    const taken: string[] = [];
    const free: boolean[] = [];
    served.server.on('upgrade', (_, socket: Socket, head: Buffer) => {
      free.push(served.pipelined.release(socket));
      if (head.length > 0) socket.unshift(head);
      socket.on('data', (bytes) => taken.push(bytes.toString('latin1')));
      socket.write('HTTP/1.1 101 Other\r\n\r\n/over ');
    });
    const upgrade = 'GET /over HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n';
    const after = Array.from({ length: 5000 }, (_, i) => `${i} `).join('');
    const { answers, socket } = await connection(served, get('/0'));
    await answers(1);
    socket.write(`${upgrade}${after}`);
    await answers(2);
    socket.write('later');
    await expect.poll(() => taken.join('')).toBe(`${after}later`);
    await connection(served, get('/1') + upgrade);
    await expect.poll(() => free).toEqual([true, false]);
  });
});
