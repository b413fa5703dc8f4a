import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Reach } from './reach.js';

const { signal } = new AbortController();

async function portOf(isOpen: boolean): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => socket.end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => server.close();
  if (!isOpen) await once(server.close(), 'close');
  return { port, close };
}

describe('a look whether a camera is there', () => {
  it('finds no fault where a port accepts connections', async () => {
    const { port, close } = await portOf(true);
    expect(await new Reach('127.0.0.1', port).absence(signal)).toBeUndefined();
    close();
  });

  it('says that a port refuses connections', async () => {
    const { port } = await portOf(false);
    const why = await new Reach('127.0.0.1', port).absence(signal);
    expect(why).toBe(
      `127.0.0.1:${port} refuses connections: is this the port of RTSP, and is RTSP switched on?`,
    );
  });

  it('says that a name is not known, or cannot be looked up', async () => {
    const why = await new Reach('no-such-camera.invalid', 554).absence(signal);
    expect(why).toMatch(/name no-such-camera\.invalid/);
  });

  it('ends with its signal', async () => {
    const { port, close } = await portOf(true);
    expect(await new Reach('127.0.0.1', port).absence(AbortSignal.abort())).toContain('ABORT');
    close();
  });
});
