/** The cap of a month as the cloud sees it: an agent in front of a proxy that counts every byte. */
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
import { agentScene } from '../../support/devices/agent-scene.js';
import { waitFor } from '../../support/wait-for.js';

const CAP_BYTES = 10_000_000;
/** What the cap leaves to frames while the time is unknown: a percent and a month of presence are kept free. */
const OPEN_BYTES = 0.99 * CAP_BYTES - 2_000_000;

const scene = agentScene('squeezenet', async (one) => {
  await one.cloud.assignModel(one.model);
  await one.cloud.assignPlan(1, 0);
});

/** A proxy to the broker that counts what passes in both directions. */
class Counter {
  bytes = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(port: number) {
    this.server = createServer((device) => {
      const broker = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [device, broker],
        [broker, device],
      ] as const) {
        this.sockets.add(from);
        from.on('data', (piece: Buffer) => {
          this.bytes += piece.length;
          to.write(piece);
        });
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
    });
  }

  static async start(mqttUrl: string): Promise<{ counter: Counter; mqtt: string }> {
    const counter = new Counter(Number(new URL(mqttUrl).port));
    await new Promise<void>((resolve) => counter.server.listen(0, '127.0.0.1', resolve));
    const { port } = counter.server.address() as AddressInfo;
    return { counter, mqtt: `mqtt://127.0.0.1:${port}` };
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

let counter: Counter | undefined;
afterEach(() => counter?.close());

it('runs frames on the device once the bytes of the month are spent, and keeps the cap', async () => {
  const proxy = await Counter.start(scene.cloud.mqttUrl);
  counter = proxy.counter;
  const { mqtt } = proxy;
  const pictures = join(scene.folder, 'pictures');
  await mkdir(pictures);
  const background = { r: 90, g: 120, b: 30 };
  const picture = sharp({ create: { width: 240, height: 240, channels: 3, background } });
  await picture.jpeg().toFile(join(pictures, 'one.jpg'));
  const args = ['--input', pictures, '--loop', '--monthly-bytes', `${CAP_BYTES}`];
  const agent = scene.start([...args, '--probe-bytes-per-day', '0'], { mqtt });
  const { cloud } = scene;
  const month = () => cloud.telemetry.at(-1)?.traffic?.month;
  await waitFor(() => expect(month()?.state).toBe('spent'), { timeout: 120_000 });
  await waitFor(() => expect(cloud.births).toHaveLength(2), { timeout: 30_000 });
  expect(cloud.births.map(({ traffic }) => traffic?.profile)).toEqual(['normal', 'minimal']);

  const chunks = cloud.chunks.length;
  const framesBefore = agent.frames.length;
  await waitFor(() => expect(agent.frames.length).toBeGreaterThan(framesBefore + 5), {
    timeout: 60_000,
  });
  const later = agent.frames.slice(framesBefore + 1);
  expect(later.filter(({ outcome }) => outcome === 'cloud' || outcome === 'failed')).toEqual([]);
  expect(cloud.chunks).toHaveLength(chunks);
  // The blocks come by another way than the proxy.
  const { bytes } = cloud.telemetry.at(-1)?.traffic ?? {};
  const blocks = bytes?.blocks ?? 0;
  expect(proxy.counter.bytes + blocks).toBeLessThanOrEqual(1.01 * OPEN_BYTES);
  expect(proxy.counter.bytes + blocks).toBeGreaterThan(0.85 * OPEN_BYTES);
  expect(month()?.usedBytes).toBeGreaterThan(proxy.counter.bytes + blocks);
  expect((bytes?.tensors ?? 0) + (bytes?.pictures ?? 0)).toBeGreaterThan(0.8 * proxy.counter.bytes);

  // A kill −9 gives no new month.
  await agent.running.stop('SIGKILL');
  const births = cloud.births.length;
  const again = scene.start([...args, '--probe-bytes-per-day', '0'], { mqtt });
  await waitFor(() => expect(again.frames.length).toBeGreaterThan(3), { timeout: 60_000 });
  await waitFor(() => expect(cloud.births.length).toBeGreaterThan(births), { timeout: 30_000 });
  expect(cloud.births.at(-1)?.traffic?.profile).toBe('minimal');
  expect(cloud.chunks).toHaveLength(chunks);
}, 240_000);
