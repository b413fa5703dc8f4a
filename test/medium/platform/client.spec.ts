/** The generated client against a running service. */
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { AppModule } from '../../../src/app.module.js';
import { Broker } from '../../../src/broker/index.js';
import {
  createFlotillaClient,
  type FlotillaClient,
  type Schemas,
} from '../../../src/client/index.js';
import {
  decodeMessage,
  encodeMessage,
  type FaultCode,
  type FrameRecord,
  seededRandom,
  topicOf,
} from '../../../src/wire/index.js';
import { generatedRecord } from '../../support/devices/generated-frames.js';
import { type RunningService, startService } from '../../support/service/service.js';

const KEY = 'k'.repeat(32);

let service: RunningService;
let client: FlotillaClient;
beforeAll(async () => {
  const environment = { FLOTILLA_OPERATOR_KEY: KEY, FLOTILLA_WORKERS: '1' };
  service = await startService({ modules: [AppModule], environment });
  client = createFlotillaClient({ url: service.url, key: KEY });
}, 60_000);
afterAll(() => service.stop());

/** Sends records as the device, and waits for their receipt. */
async function send(device: string, secret: string, records: FrameRecord[]): Promise<void> {
  const url = `mqtt://127.0.0.1:${service.app.get(Broker).port}`;
  const options = { clientId: device, username: device, password: secret, reconnectPeriod: 0 };
  const connection = await mqtt.connectAsync(url, options);
  await connection.subscribeAsync(topicOf('receipt', device), { qos: 1 });
  const receipt = new Promise<Buffer>((resolve) => {
    connection.once('message', (_, payload) => resolve(payload));
  });
  const bytes = Buffer.from(encodeMessage('record', { v: 1, records }));
  await connection.publishAsync(topicOf('record', device), bytes, { qos: 1 });
  expect(decodeMessage('receipt', await receipt).frames).toHaveLength(records.length);
  await connection.endAsync();
}

describe('the typed client', () => {
  it('enrols a device and reads it', async () => {
    const made = await client.POST('/api/v1/devices', {
      body: { id: 'pi-read', name: 'Read', tags: ['camera'] },
    });
    expect(made.response.status).toBe(201);
    expect(made.data?.secret).toMatch(/^[\w-]{20,}$/);
    const { data } = await client.GET('/api/v1/devices/{id}', {
      params: { path: { id: 'pi-read' } },
    });
    expectTypeOf(data).toEqualTypeOf<Schemas['Device'] | undefined>();
    expect(data).toEqual(made.data?.device);
    expect(data?.presence.state).toBe('never-seen');
    expect(data?.tags).toEqual(['camera']);
  });

  it('pages devices', async () => {
    for (const id of ['page-1', 'page-2', 'page-3']) {
      await client.POST('/api/v1/devices', { body: { id, group: 'paged' } });
    }
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { group: 'paged', limit: 2, ...(cursor !== undefined && { cursor }) };
      const { data } = await client.GET('/api/v1/devices', { params: { query } });
      found.push(...(data?.devices ?? []).map(({ id }) => id));
      cursor = data?.next ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(['page-1', 'page-2', 'page-3']);
  });

  it('updates a device unless another client has changed it', async () => {
    const made = await client.POST('/api/v1/devices', { body: { id: 'pi-change' } });
    const version = made.data?.device.version ?? 0;
    const change = (deadlineMs: number) =>
      client.PATCH('/api/v1/devices/{id}', {
        params: { path: { id: 'pi-change' }, header: { 'If-Match': `"${version}"` } },
        body: { deadlineMs },
      });
    expect((await change(900)).data).toMatchObject({ deadlineMs: 900, version: version + 1 });
    const late = await change(800);
    expect(late.data).toBeUndefined();
    expect(late.error).toMatchObject({ status: 409, code: 'VERSION_CONFLICT' });
  });

  it('gets the latency of frames', async () => {
    const made = await client.POST('/api/v1/devices', { body: { id: 'pi-frames' } });
    const random = seededRandom(1);
    const records = Array.from({ length: 20 }, (_, n) => generatedRecord(random, n, 20 - n));
    await send('pi-frames', made.data?.secret ?? '', records);
    const query = { bucket: 'all', percentiles: '50,95', stage: 'total' };
    const { data } = await client.GET('/api/v1/devices/{id}/latency', {
      params: { path: { id: 'pi-frames' }, query },
    });
    const [bucket] = data?.buckets ?? [];
    expect(bucket?.count).toBe(20);
    const total = bucket?.stages.total?.measured;
    expectTypeOf(total?.meanMs).toEqualTypeOf<number | undefined>();
    expect(total?.percentilesMs.p95).toBeGreaterThanOrEqual(total?.percentilesMs.p50 ?? Infinity);
    expect(Object.keys(bucket?.stages ?? {})).toEqual(['total']);
  });

  it('returns a fault as its problem document', async () => {
    const path = { id: 'unknown' };
    const { data, error } = await client.GET('/api/v1/devices/{id}', { params: { path } });
    expectTypeOf(error).toEqualTypeOf<Schemas['Problem'] | undefined>();
    expectTypeOf<Schemas['Problem']['code']>().toEqualTypeOf<FaultCode>();
    expect(data).toBeUndefined();
    expect(error).toMatchObject({ status: 404, code: 'DEVICE_UNKNOWN' });
    const unauthenticated = createFlotillaClient({ url: service.url, key: 'x'.repeat(32) });
    expect((await unauthenticated.GET('/api/v1/groups')).error?.code).toBe('UNAUTHORIZED');
  });

  it('runs a write once per Idempotency-Key', async () => {
    const enrol = (key: string) =>
      client.POST('/api/v1/devices', {
        params: { header: { 'Idempotency-Key': key } },
        body: { id: 'pi-once' },
      });
    const [first, again] = [await enrol('once'), await enrol('once')];
    expect(first.data?.secret).toBeDefined();
    expect(again.data).toEqual(first.data);
    expect((await enrol('twice')).error?.code).toBe('DEVICE_EXISTS');
  });
});
