/** A real disk of 24 MiB that is full: every route answers what is true, nothing half-done stays, and all works again with room. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, seededRandom, topicOf } from '../../src/wire/index.js';
import { generatedRecord } from '../support/devices/generated-frames.js';
import { SmallDisk } from '../support/devices/small-disk.js';
import { eventually, programs, type Running, run } from '../support/processes/processes.js';
import { FilledService } from '../support/rest/valid-writes.js';

const KEY = 'k'.repeat(32);
const DISK_BYTES = 24 * 1024 ** 2;
const DATA = 'data';

let made: SmallDisk | string;
let disk: SmallDisk;
let service: Running;
let mqttPort = 0;
let filled: FilledService;

/** Starts the built service with its data on the small disk; its address. */
async function start(httpPort = '0'): Promise<string> {
  service = run('service', {
    file: programs.service,
    within: disk.within,
    env: {
      ...{ FLOTILLA_HOST: '127.0.0.1', FLOTILLA_HTTP_PORT: httpPort, FLOTILLA_MQTT_PORT: '0' },
      ...{ FLOTILLA_DATA: join(disk.mountPoint, DATA), FLOTILLA_OPERATOR_KEY: KEY },
      ...{ FLOTILLA_WORKERS: '1', FLOTILLA_REQUESTS_PER_S: '10000' },
    },
  });
  const ready = await service.whileRunning(
    eventually('the service', () => service.lines.find((line) => line.includes('"msg":"ready"'))),
  );
  const ports = JSON.parse(ready) as { httpPort: number; mqttPort: number };
  mqttPort = ports.mqttPort;
  return `http://127.0.0.1:${ports.httpPort}`;
}

beforeAll(async () => {
  made = await SmallDisk.make(DISK_BYTES);
  if (typeof made === 'string') return;
  disk = made;
  filled = await FilledService.of(await start(), KEY);
}, 60_000);
beforeEach(({ skip }) => {
  if (typeof made === 'string') skip(made);
  return () => disk.free();
});
afterAll(async () => {
  if (typeof made === 'string') return;
  await service.stop();
  await disk.remove();
});

const codeOf = (text: string): string => {
  const found: unknown = text.startsWith('{') ? JSON.parse(text).code : undefined;
  return typeof found === 'string' ? found : '';
};
const statusOf = async (path: string) => (await filled.get(path)).status;
const incoming = () => readdir(join(disk.folder, DATA, 'incoming'));

/** The files of blocks that no model has. */
async function strayBlocks(): Promise<string[]> {
  const names = await readdir(join(disk.folder, DATA, 'blocks'), { recursive: true });
  const files = names.map((name) => name.split('/')[1] ?? '').filter(Boolean);
  const { models } = JSON.parse((await filled.get('/api/v1/models?limit=200')).text);
  const needed = new Set<string>();
  for (const { id } of models as { id: string }[]) {
    const { document } = JSON.parse((await filled.get(`/api/v1/models/${id}`)).text);
    for (const { digest } of document?.blocks ?? []) needed.add(digest);
  }
  return files.filter((digest) => !needed.has(digest));
}

/** All routes of OpenAPI: those that read, and those that write. */
async function routes(): Promise<{ reads: string[]; writes: string[] }> {
  const { paths } = JSON.parse((await filled.get('/openapi.json')).text);
  const all = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const isRead = (route: string) => route.startsWith('GET ') || route === 'POST /api/v1/what-if';
  return { reads: all.filter(isRead), writes: all.filter((route) => !isRead(route)) };
}

describe('a service whose disk is full', () => {
  it('says so on every route that writes, reads as before, and works again when there is room', async () => {
    const { reads, writes } = await routes();
    const samples = filled.writes();
    expect(samples.map(({ route }) => route).toSorted()).toEqual(writes.toSorted());
    expect(reads.length).toBeGreaterThan(35);
    const readAll = async () => {
      const found = new Map<string, { status: number; text: string }>();
      for (const route of reads) found.set(route, await filled.read(route));
      return found;
    };
    const before = await readAll();

    disk.fill();
    await eventually(
      'readiness',
      async () => (await statusOf('/health/ready')) === 503 || undefined,
    );
    const deleted = new Set<string>();
    for (const sample of samples) {
      const { status, text } = await filled.send(sample);
      // A deletion may find room in what the database has already: it is then done.
      if (sample.route.startsWith('DELETE') && status === 204) deleted.add(sample.route);
      else expect([sample.route, status, codeOf(text)]).toEqual([sample.route, 507, 'DISK_FULL']);
    }
    const during = await readAll();
    const differ = reads.filter((route) => during.get(route)?.status !== before.get(route)?.status);
    expect(differ).toEqual(['GET /health/ready']);
    if (deleted.size === 0) {
      // Nothing of any rejected request is to be seen.
      for (const kind of ['devices', 'models', 'keys', 'rollouts', 'commands', 'audit']) {
        const route = `GET /api/v1/${kind}`;
        expect(during.get(route)?.text, route).toBe(before.get(route)?.text);
      }
    }
    expect([await incoming(), await strayBlocks()]).toEqual([[], []]);
    const { checks } = JSON.parse(during.get('GET /health/ready')?.text ?? '');
    expect(checks.disk).toMatchObject({ ok: false, because: expect.stringMatching(/disk/) });
    const metrics = during.get('GET /metrics')?.text ?? '';
    expect(metrics).toMatch(/flotilla_disk_writable 0\n/);
    const count = /flotilla_disk_faults_total\{reason="full"\} (\d+)/.exec(metrics)?.[1];
    expect(Number(count)).toBeGreaterThanOrEqual(samples.length - deleted.size);

    disk.free();
    expect(await statusOf('/health/ready')).toBe(200);
    for (const sample of samples.filter(({ route }) => !deleted.has(route))) {
      const { status, text } = await filled.send(sample);
      expect([sample.route, status < 300 ? 'done' : text]).toEqual([sample.route, 'done']);
    }
  }, 120_000);

  it('receipts no record that it did not store, and receipts each when there is room', async () => {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
      ...{ clientId: 'pi', username: 'pi', password: filled.secretOfPi, reconnectPeriod: 0 },
    });
    const receipted = new Set<string>();
    client.on('message', (_, payload) => {
      for (const frame of decodeMessage('receipt', payload).frames) receipted.add(frame);
    });
    await client.subscribeAsync(topicOf('receipt', 'pi'), { qos: 1 });
    const random = seededRandom(5);
    const sent: string[] = [];
    const send = async () => {
      const frame = randomBytes(16).toString('hex');
      sent.push(frame);
      const records = [{ ...generatedRecord(random, 0, 5), frame }];
      const bytes = Buffer.from(encodeMessage('record', { v: 1, records }));
      await client.publishAsync(topicOf('record', 'pi'), bytes, { qos: 1 });
    };
    await send();
    await eventually('a receipt', () => receipted.size === 1 || undefined);
    disk.fill();
    // What the database has already may hold a few records more.
    const because = await eventually('trouble', async () => {
      await send();
      const { checks } = JSON.parse((await filled.get('/health/ready')).text);
      return (checks.history.ok === false && (checks.history.because as string)) || undefined;
    });
    expect(because).toMatch(/records wait to be stored.*no room/);
    const stored = async (frame: string) => statusOf(`/api/v1/devices/pi/frames/${frame}`);
    const isReceipted = sent.map((frame) => receipted.has(frame));
    const found = await Promise.all(sent.map(stored));
    expect(isReceipted.includes(false)).toBe(true);
    for (const [i, frame] of sent.entries()) {
      if (isReceipted[i]) expect([frame, found[i]]).toEqual([frame, 200]);
    }
    disk.free();
    await eventually('all receipts', () => receipted.size === sent.length || undefined);
    expect(new Set(await Promise.all(sent.map(stored)))).toEqual(new Set([200]));
    await client.endAsync();
  }, 60_000);

  it('ends an examination that finds no room by name, and takes the same upload when there is some', async () => {
    const asked = await filled.upload(7, 'respond-async');
    expect(asked.status).toBe(202);
    const { id } = JSON.parse(asked.text);
    disk.fill();
    const ended = await eventually('the end of the examination', async () => {
      const model = JSON.parse((await filled.get(`/api/v1/models/${id}`)).text);
      return model.state === 'checking' ? undefined : model;
    });
    expect(ended).toMatchObject({ state: 'refused', fault: { code: 'DISK_FULL' } });
    const again = await filled.upload(7);
    expect([again.status, codeOf(again.text)]).toEqual([507, 'DISK_FULL']);
    expect([await incoming(), await strayBlocks()]).toEqual([[], []]);
    disk.free();
    const { status, text } = await filled.upload(7);
    expect([status, JSON.parse(text).state]).toEqual([201, 'ready']);
    expect(JSON.parse((await filled.get(`/api/v1/models/${id}`)).text).state).toBe('refused');
    expect(await strayBlocks()).toEqual([]);
  }, 60_000);

  it('starts on a full disk after a kill, sweeps what the kill left, and says that the disk is full', async () => {
    const asked = await filled.upload(8, 'respond-async');
    const { id } = JSON.parse(asked.text);
    service.child.kill('SIGKILL');
    await service.exited;
    disk.fill();
    const url = await start();
    filled.moveTo(url);
    expect(await statusOf('/health/ready')).toBe(503);
    expect(await incoming()).toEqual([]);
    const model = JSON.parse((await filled.get(`/api/v1/models/${id}`)).text);
    expect(model).toMatchObject({ state: 'refused', fault: { code: 'SHUTTING_DOWN' } });
    disk.free();
    await eventually(
      'readiness',
      async () => (await statusOf('/health/ready')) === 200 || undefined,
    );
    const file = await readFile(join(disk.folder, DATA, 'flotilla.db'));
    expect(file.subarray(0, 6).toString()).toBe('SQLite');
    expect((await filled.upload(8)).status).toBe(201);
  }, 60_000);
});
