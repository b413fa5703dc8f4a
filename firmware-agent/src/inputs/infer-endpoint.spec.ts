/** The local endpoint over real HTTP, with clients that do not finish what they begin. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { FrameReport } from '../frames/report/frame-report.js';
import { InferEndpoint } from './infer-endpoint.js';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const LIMITS = { bodyBytes: 100_000, totalBytes: 150_000, requestMs: 60_000, connections: 30 };

/** An endpoint whose frames all fail by name, which is an answer as good as any. */
async function endpoint(limits: Partial<typeof LIMITS> = {}): Promise<number> {
  const fault = { code: 'FRAME_FAILED', message: 'as planned' };
  const report = { record: { outcome: 'failed', fault } } as unknown as FrameReport;
  const parts = { isReady: () => true, submit: async () => report, status: () => ({}) };
  const own = new InferEndpoint(parts, { ...LIMITS, ...limits });
  opened.push(() => own.close());
  return own.listen(0);
}

/** Sends the head of a request and some bytes of its body. */
async function half(port: number, announced: number, sent: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  opened.push(() => socket.destroy());
  socket.on('error', () => undefined);
  const head = ['POST /infer HTTP/1.1', 'Host: x', 'Content-Type: image/png'];
  socket.write([...head, `Content-Length: ${announced}`, '', ''].join('\r\n'));
  socket.write(Buffer.alloc(sent));
  await once(socket, 'connect');
  return socket;
}

/** The code of the answer to a whole request. */
async function codeOf(port: number, bytes = 10): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new Uint8Array(bytes),
  });
  return ((await answer.json()) as { code: string }).code;
}

const closed = (socket: Socket): Promise<unknown> =>
  socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve));

describe('the local endpoint', () => {
  it('serves whole requests while twenty others send half a body', async () => {
    const port = await endpoint();
    for (let i = 0; i < 20; i++) await half(port, 1000, 500);
    expect(await codeOf(port)).toBe('FRAME_FAILED');
  });

  it.each([
    ['a body', 500],
    ['the first byte of a body', 0],
  ])('answers 408 and closes a connection that stops within %s', async (_, sent) => {
    const port = await endpoint({ requestMs: 300 });
    const socket = await half(port, 1000, sent);
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    const startMs = performance.now();
    await closed(socket);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(answer).toContain('HTTP/1.1 408 ');
  });

  it('closes a connection that sends no request, or no end of its headers', async () => {
    const port = await endpoint({ requestMs: 300 });
    const silent = connect(port, '127.0.0.1');
    const endless = connect(port, '127.0.0.1');
    for (const socket of [silent, endless]) {
      opened.push(() => socket.destroy());
      socket.on('error', () => undefined);
      socket.resume();
    }
    endless.write('GET /status HTTP/1.1\r\nHost: x\r\n');
    await Promise.all([silent, endless].map(closed));
  });

  it('bounds the bytes of all bodies: the largest incomplete one gives way', async () => {
    const port = await endpoint();
    const large = await half(port, 100_000, 90_000);
    const small = await half(port, 100_000, 50_000);
    // Until the halves have arrived there is room.
    const isGone = async () => (await codeOf(port, 20_000)) === 'FRAME_FAILED' && large.destroyed;
    await expect.poll(isGone).toBe(true);
    expect(small.destroyed).toBe(false);
    expect(await codeOf(port, 100_001)).toBe('UPLOAD_TOO_LARGE');
    small.destroy();
    // All bytes were given back.
    expect(await codeOf(port, 100_000)).toBe('FRAME_FAILED');
  });

  it('closes connections above its limit, and serves others when one has ended', async () => {
    const port = await endpoint({ connections: 3 });
    const held = [];
    for (let i = 0; i < 3; i++) held.push(await half(port, 1000, 1));
    await closed(await half(port, 1000, 1));
    held[0]?.destroy();
    await expect.poll(() => codeOf(port).catch(() => 'closed')).toBe('FRAME_FAILED');
  });
});
