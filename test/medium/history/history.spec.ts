/** The history with a real database, a real broker and a real client: records in, receipts out, questions over REST. */
import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Broker, BrokerModule } from '../../../src/broker/index.js';
import { HistoryService } from '../../../src/history/queries/history.service.js';
import { fleetExportQuery } from '../../../src/history/queries/history-requests.js';
import { Database, EventBus } from '../../../src/platform/index.js';
import {
  decodeMessage,
  encodeMessage,
  type FrameRecord,
  type Outcome,
  type RecordMessage,
  topicOf,
} from '../../../src/wire/index.js';
import { RecordedAsSent } from '../../support/history/recorded-as-sent.js';
import { eventually } from '../../support/processes/processes.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import { type RunningService, startService } from '../../support/service/service.js';

const DIGEST = 'ab'.repeat(32);
const frameId = () => randomBytes(16).toString('hex');

function record(more: Partial<FrameRecord> = {}): FrameRecord {
  const stages = { deviceMs: 10, encodeMs: 1, uplinkMs: 20, queueMs: 2, cloudMs: 5, downlinkMs: 3 };
  return {
    frame: frameId(),
    model: DIGEST,
    planVersion: 3,
    at: new Date().toISOString(),
    ageMs: 0,
    outcome: 'cloud',
    deadlineMs: 1000,
    totalMs: 41,
    measured: stages,
    predicted: { ...stages, totalMs: 40 },
    link: { uplinkMsPerByte: 0.001, rttMs: 10, ageMs: 5 },
    sentBytes: 1234,
    answer: { index: 7, score: 0.5, label: 'tabby' },
    ...more,
  };
}

describe.each(databaseKinds)('the history (%s)', (kind) => {
  let service: RunningService;
  let events: EventBus;
  let database: Database;
  let device: string;

  let stored: TestDatabase;

  beforeAll(async () => {
    stored = await testDatabase(kind);
    const { environment } = stored;
    service = await startService({ modules: [BrokerModule, RecordedAsSent], environment });
    events = service.app.get(EventBus);
    database = service.app.get(Database);
    service.app
      .get(Broker)
      .useAuthenticator(async (credentials) => ({ kind: 'accepted', device: credentials.device }));
  });
  afterAll(async () => {
    await service.stop();
    await stored.remove();
  });
  beforeEach(async () => {
    device = `pi-${randomBytes(4).toString('hex')}`;
    await database.client.device.create({ data: { id: device, name: device, secretHash: '-' } });
  });

  /** Puts records into the history and waits until they are committed. */
  async function store(records: readonly FrameRecord[]): Promise<void> {
    const wanted = new Set(records.map(({ frame }) => frame));
    const done = new Promise<void>((resolve) => {
      const off = events.on('history.framesStored', ({ frames }) => {
        for (const frame of frames) wanted.delete(frame);
        if (wanted.size > 0) return;
        off();
        resolve();
      });
    });
    for (let start = 0; start < records.length; start += 500) {
      const payload: RecordMessage = { v: 1, records: records.slice(start, start + 500) };
      events.emit('wire.record', { device, connection: 'test', payload });
    }
    await done;
  }

  interface Page {
    readonly frames: readonly {
      frame: string;
      startedAt: string;
      skewMs: number;
      outcome: Outcome;
    }[];
    readonly next: string | null;
  }

  async function ask(path: string) {
    const answer = await service.app.inject(`/api/v1/devices/${path}`);
    return { status: answer.statusCode, body: answer.json() };
  }
  const page = async (query: string) => (await ask(`${device}/frames?${query}`)).body as Page;

  describe('records', () => {
    async function connected(): Promise<MqttClient> {
      const url = `mqtt://127.0.0.1:${service.app.get(Broker).port}`;
      const options = { clientId: device, username: device, password: 'any', reconnectPeriod: 0 };
      const client = await mqtt.connectAsync(url, options);
      await client.subscribeAsync(topicOf('receipt', device), { qos: 1 });
      return client;
    }

    async function send(client: MqttClient, records: FrameRecord[]): Promise<readonly string[]> {
      const receipt = new Promise<Buffer>((resolve) => {
        client.once('message', (_, payload) => resolve(payload));
      });
      const bytes = Buffer.from(encodeMessage('record', { v: 1, records }));
      await client.publishAsync(topicOf('record', device), bytes, { qos: 1 });
      return decodeMessage('receipt', await receipt).frames;
    }

    it('receipts a record after its commit and after each repetition, and stores it once', async () => {
      const client = await connected();
      const records = [record(), record()];
      const frames = records.map(({ frame }) => frame);
      expect(await send(client, records)).toEqual(frames);
      expect(await database.client.frame.count({ where: { deviceId: device } })).toBe(2);
      expect(await send(client, [...records, record()])).toHaveLength(3);
      expect(await database.client.frame.count({ where: { deviceId: device } })).toBe(3);
      await client.endAsync();
    });

    it('announces a record only when it is new', async () => {
      const one = record();
      const stored: string[] = [];
      const off = events.on('history.framesStored', ({ frames }) => void stored.push(...frames));
      await store([one]);
      await store([record()]);
      events.emit('wire.record', { device, connection: 'test', payload: { v: 1, records: [one] } });
      await store([record()]);
      off();
      expect(stored.filter((frame) => frame === one.frame)).toHaveLength(1);
    });

    it('dates a record by its age on the clock of the service, not by the clock of the device', async () => {
      const before = Date.now();
      await store([record({ at: '2001-01-01T00:00:00Z', ageMs: 60_000 })]);
      const [frame] = (await page('limit=1')).frames;
      const startedMs = Date.parse(frame?.startedAt ?? '');
      expect(startedMs).toBeGreaterThanOrEqual(before - 60_000);
      expect(startedMs).toBeLessThanOrEqual(Date.now() - 60_000);
      expect(frame?.skewMs).toBe(Date.parse('2001-01-01T00:00:00Z') - startedMs);
    });

    it('files a frame of a start without a clock at its receipt, with an unknown error', async () => {
      const before = Date.now();
      const undated = { ageMs: 500, isAgeKnown: false, clock: 'unset' as const };
      const one = record({ at: '1970-01-01T00:03:00Z', ...undated });
      await store([one]);
      const { body } = await ask(`${device}/frames/${one.frame}`);
      expect(Date.parse(body.startedAt)).toBeGreaterThanOrEqual(before - 1000);
      expect(body.clockErrorMs).toBeNull();
    });

    it('stores a record with an absurd age', async () => {
      await store([record({ ageMs: 1e300 })]);
      expect((await page('limit=1')).frames).toHaveLength(1);
    });

    it('returns a record whose text has half a character or NUL, and keeps running', async () => {
      await store([record({ source: 'a\ud800b\u0000', fault: { code: 'X', message: '\udc00' } })]);
      expect((await page('limit=5')).frames).toMatchObject([
        { source: 'a\ufffdb\ufffd', fault: { message: '\ufffd' } },
      ]);
    });

    it('drops records of a deleted device, and stores those of others', async () => {
      const gone = {
        device: 'gone',
        connection: 'test',
        payload: { v: 1 as const, records: [record()] },
      };
      events.emit('wire.record', gone);
      await store([record()]);
      expect(await database.client.frame.count({ where: { deviceId: 'gone' } })).toBe(0);
    });

    it('deletes records with their device', async () => {
      await store([record()]);
      await database.client.device.delete({ where: { id: device } });
      expect(await database.client.frame.count({ where: { deviceId: device } })).toBe(0);
    });
  });

  describe('frames', () => {
    it('shows measured and predicted times', async () => {
      const sent = record({ fault: { code: 'FRAME_EXPIRED', message: 'late' }, source: 'cat.jpg' });
      await store([sent]);
      const { frames } = await page('');
      const { totalMs, measured, predicted, answer, fault, source, sentBytes, planVersion } = sent;
      expect(frames).toEqual([
        expect.objectContaining({ frame: sent.frame, model: DIGEST, outcome: 'cloud', totalMs }),
      ]);
      const link = { uplinkMsPerByte: 0.001, rttMs: 10 };
      const rest = { measured, predicted, answer, fault, source, sentBytes, planVersion, link };
      expect(frames[0]).toMatchObject(rest);
    });

    it('lists frames newest first and each once over pages, also when starts are equal', async () => {
      const records = Array.from({ length: 25 }, (_, index) =>
        record({ ageMs: (index % 5) * 1000 }),
      );
      await store(records);
      const seen: string[] = [];
      let query = 'limit=4';
      for (let pages = 0; pages < 10; pages += 1) {
        const { frames, next } = await page(query);
        seen.push(...frames.map(({ frame }) => frame));
        if (next === null) break;
        query = `limit=4&cursor=${next}`;
      }
      expect([...seen].sort()).toEqual(records.map(({ frame }) => frame).sort());
      const all = (await page('limit=1000')).frames;
      expect(all.map(({ frame }) => frame)).toEqual(seen);
      const starts = all.map(({ startedAt }) => startedAt);
      expect(starts).toEqual([...starts].sort().reverse());
    });

    it('filters frames by outcome and by time', async () => {
      await store([
        record({ ageMs: 3_600_000, outcome: 'failed' }),
        record({ ageMs: 1_800_000 }),
        record({ outcome: 'failed' }),
      ]);
      expect((await page('outcome=failed')).frames).toHaveLength(2);
      const from = new Date(Date.now() - 2_700_000).toISOString();
      expect((await page(`from=${from}`)).frames).toHaveLength(2);
      expect((await page(`from=${from}&outcome=failed`)).frames).toHaveLength(1);
      expect((await page(`to=${Date.parse(from)}`)).frames).toHaveLength(1);
    });

    it('filters frames by plan, model and link', async () => {
      const slow = { uplinkMsPerByte: 0.008, rttMs: 90, ageMs: 5 };
      await store([
        record({ planVersion: 9 }),
        record({ model: 'cd'.repeat(32) }),
        record({ link: slow }),
      ]);
      await store([record({ link: null })]);
      expect((await page('plan=9')).frames).toHaveLength(1);
      expect((await page(`model=${'cd'.repeat(32)}`)).frames).toHaveLength(1);
      expect(await page('model=unknown')).toMatchObject({ code: 'MODEL_UNKNOWN' });
      expect((await page('link=3g')).frames).toHaveLength(1);
      expect((await page('link=unknown')).frames).toHaveLength(1);
      expect((await page('link=4g')).frames).toHaveLength(2);
    });

    it('shows the stages of a frame on a timeline, measured and predicted', async () => {
      const sent = record();
      await store([sent]);
      const { body } = await ask(`${device}/frames/${sent.frame}`);
      expect(body).toMatchObject({ frame: sent.frame, device, totalMs: 41 });
      expect(body.timeline.measured).toEqual([
        { stage: 'device', fromMs: 0, toMs: 10 },
        { stage: 'encode', fromMs: 10, toMs: 11 },
        { stage: 'uplink', fromMs: 11, toMs: 31 },
        { stage: 'queue', fromMs: 31, toMs: 33 },
        { stage: 'cloud', fromMs: 33, toMs: 38 },
        { stage: 'downlink', fromMs: 38, toMs: 41 },
      ]);
      expect(body.timeline.predicted.at(-1)).toEqual({ stage: 'downlink', fromMs: 37, toMs: 40 });
      const missing = await ask(`${device}/frames/${frameId()}`);
      expect([missing.status, missing.body.code]).toEqual([404, 'FRAME_UNKNOWN']);
    });

    it('joins the cloud timestamps with the record, whichever comes first', async () => {
      const beganMs = Date.now() - 100;
      const one = record({ at: new Date(beganMs).toISOString(), ageMs: 100, totalMs: 80 });
      const two = record({ ...one, frame: frameId(), outcome: 'local-fallback' });
      const saw = { arrivedMs: beganMs + 20, completeMs: beganMs + 40 };
      const endedMs = beganMs + 70;
      const result = { ...saw, endedMs, endedAs: 'result', queueMs: 5, runMs: 25, work: null };
      const fault = {
        ...saw,
        endedMs,
        endedAs: 'FRAME_FAILED',
        queueMs: null,
        runMs: null,
        work: null,
      };
      events.emit('inference.frameEnded', { device, frame: one.frame, ...result });
      await store([one, two]);
      events.emit('inference.frameEnded', { device, frame: two.frame, ...fault });
      const { body } = await ask(`${device}/frames/${one.frame}`);
      // The answer had left 10 ms before the device had it, and its record came at once: half of that may be wrong.
      expect(body.clockErrorMs).toBeGreaterThanOrEqual(5);
      expect(body.clockErrorMs).toBeLessThan(100);
      const { arrivedMs, completeMs, ...rest } = body.cloud;
      expect([completeMs - arrivedMs, rest.endedMs - arrivedMs]).toEqual([20, 50]);
      expect(Math.abs(arrivedMs - 20)).toBeLessThanOrEqual(body.clockErrorMs + 1);
      expect(rest).toMatchObject({ endedAs: 'result', queueMs: 5, runMs: 25 });
      expect(body.timeline.measured).toContainEqual({
        ...{ stage: 'cloud', fromMs: completeMs + 5, toMs: completeMs + 30 },
      });
      const late = await eventually('the other half', async () => {
        const found = await ask(`${device}/frames/${two.frame}`);
        return found.body.cloud ?? undefined;
      });
      expect(late).toMatchObject({ endedAs: 'FRAME_FAILED', queueMs: null });
    });

    it('exports any number of frames oldest first, as NDJSON or CSV', async () => {
      const records = Array.from({ length: 2_300 }, (_, index) =>
        record({ ageMs: 10 + index * 10 }),
      );
      await store([
        ...records,
        record({ source: '=1+"x",\n', fault: { code: 'X', message: 'a,b' } }),
      ]);
      const exported = (query: string) =>
        service.app.inject(`/api/v1/devices/${device}/frames/export?${query}`);
      const ndjson = await exported('');
      expect(ndjson.headers['content-type']).toMatch('application/x-ndjson');
      const lines = ndjson.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines).toHaveLength(2_301);
      const starts = lines.map(({ startedAt }) => startedAt);
      expect(starts).toEqual([...starts].sort());
      expect(lines.at(-1)).toEqual((await page('limit=1')).frames[0]);
      const csv = await exported('format=csv');
      expect(csv.headers['content-type']).toMatch('text/csv');
      const [head, ...rows] = csv.body.trimEnd().split('\r\n');
      expect(head).toMatch(
        /^device,frame,startedAt,.*,predictedTotalMs,.*,source,.*,cloudRunMs,answerIndex,answerLabel,answerScore$/,
      );
      expect(rows).toHaveLength(2_301);
      expect(rows.every((row) => row.endsWith(',7,tabby,0.5'))).toBe(true);
      expect(rows.find((row) => row.includes(',X,'))).toMatch(/,X,"a,b",.*,"'=1\+""x"",\n",/s);
      expect((await exported('format=csv&to=2001-01-01')).body.trim().split('\r\n')).toHaveLength(
        1,
      );
      expect((await exported('format=xml')).statusCode).toBe(400);
    });

    it('ignores a query field named __proto__', async () => {
      expect((await ask(`${device}/frames?__proto__=1`)).body).toEqual({
        frames: [],
        next: null,
      });
    });

    it('returns 404 for frames of an unknown device', async () => {
      const { status, body } = await ask('unknown/frames');
      expect([status, body.code]).toEqual([404, 'DEVICE_UNKNOWN']);
    });

    it.each([
      'limit=0',
      'limit=1001',
      'limit=ten',
      'limit=-1',
      'cursor=abc',
      'cursor=WzEuNSwxXQ',
      'outcome=lost',
      'outcome[contains]=a',
      'sort=seq',
      'from=yesterday',
      'from=2000&to=1000',
    ])('refuse %s with a problem that names it', async (query) => {
      const { status, body } = await ask(`${device}/frames?${query}`);
      expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
      expect(body.detail.length).toBeGreaterThan(10);
    });
  });

  describe('metrics', () => {
    it('counts every new frame once, by model and outcome, and its stages', async () => {
      const model = randomBytes(32).toString('hex');
      const id = model.slice(0, 8);
      const own = {
        id,
        name: id,
        version: 1,
        digest: 'file',
        documentDigest: model,
        state: 'ready',
      };
      await database.client.model.create({ data: { ...own, manifest: {}, bytes: 1n } });
      const records = [record({ model }), record({ model, outcome: 'failed' })];
      await store(records);
      await store([record({ model, totalMs: 2_000 })]);
      events.emit('wire.record', { device, connection: 'test', payload: { v: 1, records } });
      await store([record()]);
      const { body, headers } = await service.app.inject('/metrics');
      expect(headers['content-type']).toMatch(/^text\/plain/);
      const labels = `model="${model.slice(0, 12)}",outcome="cloud"`;
      expect(body).toContain(`flotilla_frame_seconds_count{${labels}} 2`);
      expect(body).toContain(`flotilla_frame_seconds_bucket{le="1",${labels}} 1`);
      expect(body).toContain('flotilla_stage_seconds_count{stage="uplink"}');
      expect(body).toMatch(/flotilla_history_waiting_records 0/);
      expect(body).toMatch(/flotilla_messages_total\{message="record"\} \d+/);
      expect(body).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
    });

    it('counts frames of models that the service does not know under one label', async () => {
      const model = randomBytes(32).toString('hex');
      await store([record({ model })]);
      const { body } = await service.app.inject('/metrics');
      expect(body).not.toContain(model.slice(0, 12));
      expect(body).toMatch(/flotilla_frame_seconds_count\{model="other",outcome="cloud"\} \d+/);
    });
  });

  describe('latency', () => {
    it('returns one bucket when none is asked for', async () => {
      await store(Array.from({ length: 100 }, (_, index) => record({ totalMs: index + 1 })));
      const { body } = await ask(`${device}/latency?bucket=all`);
      expect(body).toMatchObject({ device, bucketMs: null, percentiles: [50, 95, 99] });
      expect(body.buckets).toHaveLength(1);
      expect(body.buckets[0]).toMatchObject({ count: 100, outcomes: { cloud: 100 } });
      const { total, uplink } = body.buckets[0].stages;
      expect(total.measured).toEqual({
        count: 100,
        meanMs: 50.5,
        percentilesMs: { p50: 50, p95: 95, p99: 99 },
      });
      expect(total.predicted.percentilesMs.p50).toBe(40);
      expect(uplink.measured.percentilesMs.p99).toBe(20);
    });

    it('returns buckets that start at round times, without the empty ones', async () => {
      const ages = [0, 0, 7_200_000, 7_200_000, 7_200_000];
      await store(ages.map((ageMs) => record({ ageMs })));
      const { body } = await ask(`${device}/latency?bucket=1h&percentiles=50`);
      expect(body.buckets.map(({ count }: { count: number }) => count)).toEqual([3, 2]);
      for (const { from, to } of body.buckets) {
        expect(Date.parse(from) % 3_600_000).toBe(0);
        expect(Date.parse(to) - Date.parse(from)).toBe(3_600_000);
      }
    });

    it('returns the days of a time zone, and names one that it does not know', async () => {
      await store([record()]);
      for (const query of ['bucket=1d', 'bucket=auto']) {
        const { body } = await ask(`${device}/latency?${query}&tz=Asia/Kathmandu`);
        expect(body).toMatchObject({ bucketMs: 86_400_000, tz: 'Asia/Kathmandu' });
        // Midnight there is a quarter past 18 h in UTC.
        expect(body.buckets[0].from.slice(11, 16)).toBe('18:15');
      }
      expect((await ask(`${device}/latency?bucket=1d`)).body.tz).toBeNull();
      const unknown = await ask(`${device}/latency?bucket=1d&tz=Europe/Berln`);
      expect([unknown.status, unknown.body.code]).toEqual([400, 'REQUEST_INVALID']);
      expect(JSON.stringify(unknown.body)).toContain(
        "'Europe/Berln' is not the name of a time zone",
      );
    });

    it('returns the latency of the fleet, next to the predicted one', async () => {
      await store([record(), record({ totalMs: 50 })]);
      const answer = await service.app.inject(
        `/api/v1/latency?devices=${device}&bucket=all&compare=predicted&stage=total`,
      );
      const { buckets, relativeError } = answer.json();
      expect(relativeError).toBeLessThanOrEqual(0.01);
      expect(buckets[0].count).toBe(2);
      expect(buckets[0].stages.total.difference.meanMs).toBeCloseTo(5.5, 6);
      expect((await service.app.inject('/api/v1/latency')).json().buckets.length).toBeGreaterThan(
        0,
      );
      expect((await service.app.inject('/api/v1/latency?devices=unknown')).statusCode).toBe(404);
    });

    it('exports a group or the fleet, device by device, as each device alone', async () => {
      const group = `exported with ${device}`;
      const ids = [device, `${device}-b`, `${device}-a`];
      await database.client.device.update({ where: { id: device }, data: { group } });
      for (const id of ids.slice(1)) {
        await database.client.device.create({ data: { id, name: id, secretHash: '-', group } });
      }
      // The first page ends with the last frame of the second device.
      const model = randomBytes(32).toString('hex');
      const counts = [2, 1, 998];
      for (const [index, id] of ids.entries()) {
        device = id;
        const ages = Array.from({ length: counts[index] ?? 0 }, (_, n) => 10 * (n % 100));
        await store(ages.map((ageMs) => record({ ageMs, model })));
      }
      const linesOf = async (path: string) => {
        const { body } = await service.app.inject(`/api/v1/${path}`);
        return body.trimEnd().split('\n');
      };
      const alone: string[] = [];
      for (const id of [...ids].sort())
        alone.push(...(await linesOf(`devices/${id}/frames/export`)));
      expect(alone).toHaveLength(1001);
      expect(await linesOf(`frames/export?group=${group}`)).toEqual(alone);
      expect(await linesOf(`frames/export?devices=${ids.join()}`)).toEqual(alone);
      expect(await linesOf(`frames/export?model=${model}`)).toEqual(alone);
      expect(await linesOf(`frames/export?group=${group}&format=csv`)).toHaveLength(1002);
      await database.client.device.deleteMany({ where: { id: { in: ids.slice(1) } } });
    });

    it('reads a page of an export when the one before was taken', async () => {
      const ages = Array.from({ length: 2_100 }, (_, n) => 10 + n);
      await store(ages.map((ageMs) => record({ ageMs })));
      const query = fleetExportQuery.parse({ devices: device });
      const pieces = (await service.app.get(HistoryService).export(query))[Symbol.asyncIterator]();
      const lines = async () => String((await pieces.next()).value ?? '').split('\n').length - 1;
      expect([await lines(), await lines()]).toEqual([0, 1000]);
      // What is not read yet can still go.
      await database.client.frame.deleteMany({ where: { deviceId: device } });
      expect(await lines()).toBe(0);
    });

    it('sends an export compressed', async () => {
      await store(Array.from({ length: 20 }, (_, n) => record({ ageMs: 10 + n })));
      const url = `/api/v1/devices/${device}/frames/export?format=csv`;
      const headers = { 'accept-encoding': 'gzip' };
      const packed = await service.app.inject({ url, headers });
      expect(packed.headers['content-encoding']).toBe('gzip');
      const { body } = await service.app.inject({ url });
      expect(gunzipSync(packed.rawPayload).toString()).toBe(body);
    });

    it('returns the latency of a group, and of devices with some tags', async () => {
      const [group, tag] = [`group of ${device}`, `of-${device}`];
      const tags = { create: [{ tag }, { tag: 'camera' }] };
      await database.client.device.update({ where: { id: device }, data: { group, tags } });
      await store([record(), record({ totalMs: 50 })]);
      const counts = async (query: string) => {
        const url = `/api/v1/latency?bucket=all&stage=total&${query}`;
        const { buckets } = (await service.app.inject(url)).json();
        return buckets.map(({ count }: { count: number }) => count);
      };
      expect(await counts(`group=${group}`)).toEqual([2]);
      expect(await counts(`tag=camera,${tag}`)).toEqual([2]);
      expect(await counts(`tag=camera,${tag},other`)).toEqual([]);
      expect(await counts(`group=${group}&tag=${tag}&devices=${device}`)).toEqual([2]);
      // No device is in it, but a key is for it: it is empty, not unknown.
      const key = { id: `key of ${device}`, name: 'x', hash: device, groups: [`no ${group}`] };
      await database.client.apiKey.create({ data: key });
      expect(await counts(`group=no ${group}`)).toEqual([]);
      expect(await counts(`model=${DIGEST}&to=2001-01-01`)).toEqual([]);
      for (const [query, code] of [
        ['group=unknown', 'GROUP_UNKNOWN'],
        ['model=unknown', 'MODEL_UNKNOWN'],
        ['version=77', 'MODEL_UNKNOWN'],
      ]) {
        for (const path of ['latency', 'frames/export']) {
          const answer = await service.app.inject(`/api/v1/${path}?${query}`);
          expect([answer.statusCode, answer.json().code]).toEqual([404, code]);
        }
      }
      const page = await ask(`${device}/frames?model=unknown`);
      expect([page.status, page.body.code]).toEqual([404, 'MODEL_UNKNOWN']);
    });

    it('returns an empty list for an empty range', async () => {
      await store([record()]);
      expect((await ask(`${device}/latency?to=2001-01-01&bucket=1m`)).body.buckets).toEqual([]);
    });

    it('returns 404 for the latency of an unknown device', async () => {
      expect((await ask('unknown/latency')).status).toBe(404);
    });

    it.each([
      'bucket=1',
      'bucket=1ms',
      'bucket=-1s',
      'stage=lunch',
      'link=5g',
      'plan=x',
      'compare=yesterday',
      'percentiles=0',
      'percentiles=a',
      'percentiles=101',
      'bucket=1d&tz=',
      'bucket=1d&tz=%2B05:30',
      'bucket=1h&tz=Europe/Berlin',
      'bucket=all&tz=Europe/Berlin',
    ])('refuses %s', async (query) => {
      const { status, body } = await ask(`${device}/latency?${query}`);
      expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
    });

    it('leaves the event loop free while it computes the latency of many frames', async () => {
      await store(Array.from({ length: 5_000 }, (_, index) => record({ totalMs: index })));
      let turns = 0;
      let isAnswered = false;
      const count = () => {
        turns += 1;
        if (!isAnswered) setImmediate(count);
      };
      count();
      const { body } = await ask(`${device}/latency?bucket=all&percentiles=50`);
      isAnswered = true;
      expect(body.buckets[0].count).toBe(5_000);
      expect(turns).toBeGreaterThanOrEqual(5);
    });
  });
});
