/** The fleet with a real database, a real broker and real HTTP: devices, their secrets, their presence and their access. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { OperatorKeys } from '../../../src/access/index.js';
import { AppModule } from '../../../src/app.module.js';
import { Broker } from '../../../src/broker/index.js';
import type { DeviceView } from '../../../src/fleet/devices/device-view.js';
import { FleetModule, ModelAssignmentPort } from '../../../src/fleet/index.js';
import { Presence } from '../../../src/fleet/presence/presence.js';
import { PresenceStore } from '../../../src/fleet/presence/presence.store.js';
import { Database, EventBus, type Events, Metrics } from '../../../src/platform/index.js';
import {
  type Birth,
  encodeMessage,
  type InputFigures,
  type MessageName,
  type Payload,
  topicOf,
} from '../../../src/wire/index.js';
import { heard } from '../../support/mqtt/mqtt-client.js';
import { rawClient } from '../../support/mqtt/raw-mqtt.js';
import { type RunningService, startService } from '../../support/service/service.js';
import { waitFor } from '../../support/wait-for.js';

const KEY = 'k'.repeat(32);
const AT = '2026-01-01T00:00:00Z';
const birth: Birth = {
  v: 1,
  sid: 'sid-1',
  agent: '0.1.0',
  platform: 'linux-arm64',
  cores: 4,
  memoryBytes: 8e9,
  runtimes: { node: '20' },
  encodings: ['raw'],
  source: 'image',
  slowdown: 1,
  blocks: [],
};
const telemetry = {
  v: 1,
  sid: 'sid-1',
  at: AT,
  link: { uplinkMsPerByte: 0.001, rttMs: 20, ageMs: 5, confidence: 1, samples: 9 },
  load: 0.5,
  freeMemoryBytes: 1,
  framesWaiting: 0,
} as const;
const liveCamera: InputFigures = {
  ...{ name: 'door', state: 'live', fps: 9.9, dropped: 1, restarts: 0 },
};

let service: RunningService;
const opened: MqttClient[] = [];

beforeAll(async () => {
  service = await startService({
    modules: [FleetModule],
    environment: { FLOTILLA_OPERATOR_KEY: KEY },
  });
});
afterAll(() => service.stop());
afterEach(async () => {
  for (const client of opened.splice(0)) await client.endAsync(true);
});

/** Every field an answer of the fleet may have, as if all were there. */
interface AnyBody extends DeviceView {
  readonly code: string;
  readonly detail: string;
  readonly secret: string;
  readonly device: DeviceView;
  readonly devices: readonly DeviceView[];
  readonly next: string | null;
  readonly paths: Readonly<Record<string, object>>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnyBody;
}

async function request(
  method: string,
  path: string,
  options: {
    body?: unknown;
    headers?: Record<string, string>;
    raw?: string;
    of?: RunningService;
  } = {},
): Promise<Answer> {
  const { body, headers, raw, of = service } = options;
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${of.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${KEY}`,
      ...(content !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(content !== undefined && { body: content }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : JSON.parse(text),
  };
}

const devices = '/api/v1/devices';

async function enrol(id: string, of = service): Promise<string> {
  const { status, body } = await request('POST', devices, { body: { id }, of });
  expect(status).toBe(201);
  return body.secret;
}

async function connect(
  id: string,
  secret: string,
  of = service,
  more: IClientOptions = {},
): Promise<MqttClient> {
  const url = `mqtt://127.0.0.1:${of.app.get(Broker).port}`;
  const credentials = { clientId: id, username: id, password: secret };
  const options = { ...credentials, ...more, reconnectPeriod: 0 };
  const client = await mqtt.connectAsync(url, options, false);
  opened.push(client);
  return client;
}

const say = <N extends MessageName>(client: MqttClient, id: string, name: N, payload: Payload<N>) =>
  client.publishAsync(topicOf(name, id), Buffer.from(encodeMessage(name, payload)), { qos: 1 });

function next<E extends keyof Events>(event: E): Promise<Events[E]> {
  return new Promise((resolve) => {
    const off = service.app.get(EventBus).on(event, (payload) => {
      off();
      resolve(payload);
    });
  });
}

const named = (id: string) => ({ id, name: id, version: 1 });

async function ready(id: string, state: string): Promise<void> {
  await service.app.get(Database).client.model.create({
    data: { ...named(id), digest: id, documentDigest: id, state, manifest: {}, bytes: 1 },
  });
}

describe('a new device', () => {
  it('gets its secret once, and only its hash is stored', async () => {
    const { status, body } = await request('POST', devices, {
      body: { id: 'new', name: 'New one', deadlineMs: 900 },
    });
    expect(status).toBe(201);
    expect(body.secret).toMatch(/^[\w-]{43}$/);
    expect(body.device).toMatchObject({
      id: 'new',
      name: 'New one',
      deadlineMs: 900,
      version: 1,
      model: null,
      birth: null,
      telemetry: null,
      presence: { state: 'never-seen', isConnected: false, lastSeenAt: null },
    });
    const row = await service.app
      .get(Database)
      .client.device.findUniqueOrThrow({ where: { id: 'new' } });
    expect(JSON.stringify(row)).not.toContain(body.secret);
    expect(JSON.stringify((await request('GET', `${devices}/new`)).body)).not.toContain(
      row.secretHash,
    );
    expect(service.logged.join('')).not.toContain(body.secret);
  });

  it('gets an id from the service when the request has none', async () => {
    const { body } = await request('POST', devices);
    expect(body.device).toMatchObject({ id: expect.stringMatching(/^pi-[0-9a-f]{10}$/) });
  });

  it('cannot take the id of another device', async () => {
    await enrol('twice');
    const { status, body } = await request('POST', devices, { body: { id: 'twice' } });
    expect([status, body.code]).toEqual([409, 'DEVICE_EXISTS']);
  });

  it.each([
    ['an id with capitals', { id: 'Kitchen' }, 'id'],
    ['an id of 65 letters', { id: 'x'.repeat(65) }, 'id'],
    ['an id that is an object', { id: { contains: 'a' } }, 'id'],
    ['an unknown field', { id: 'ok', admin: true }, 'admin'],
    ['a negative deadline', { id: 'ok', deadlineMs: -1 }, 'deadlineMs'],
    ['an empty name', { id: 'ok', name: '  ' }, 'name'],
  ])('is rejected with %s', async (_, body, field) => {
    const answer = await request('POST', devices, { body });
    expect([answer.status, answer.body.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(answer.body.detail).toContain(field);
  });

  it('is rejected when the body is not JSON', async () => {
    const answer = await request('POST', devices, { raw: '{"id":' });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('is rejected with a model that is not ready', async () => {
    await ready('checking', 'checking');
    const none = await request('POST', devices, { body: { model: 'none' } });
    expect([none.status, none.body.code]).toEqual([404, 'MODEL_UNKNOWN']);
    expect(none.body.detail).toBe("model: model 'none' not found");
    const early = await request('POST', devices, { body: { model: 'checking' } });
    expect([early.status, early.body.code]).toEqual([503, 'MODEL_NOT_READY']);
  });
});

describe('a device that connects', () => {
  it('is online at once, shows its last message, and is offline at once when it disconnects', async () => {
    const client = await connect('said', await enrol('said'));
    await say(client, 'said', 'status', { v: 1, state: 'online', sid: 'sid-1', at: AT });
    await say(client, 'said', 'birth', birth);
    await say(client, 'said', 'telemetry', telemetry);
    const online = (await request('GET', `${devices}/said`)).body;
    expect(online.presence).toMatchObject({ state: 'online', sid: 'sid-1', reason: null });
    expect(online.birth).toEqual(birth);
    expect(online.telemetry).toMatchObject({ ...telemetry, ageMs: expect.any(Number) });
    // An agent that does not say whether it has cameras.
    expect([online.cameraState, online.inputs]).toEqual(['unknown', null]);
    const seen = { ...liveCamera, lastPictureAgeMs: 60 };
    await say(client, 'said', 'telemetry', { ...telemetry, inputs: [seen] });
    const seeing = (await request('GET', `${devices}/said`)).body;
    expect([seeing.cameraState, seeing.inputs]).toEqual([
      'live',
      [{ ...liveCamera, lastPictureAgeMs: expect.any(Number) }],
    ]);
    expect(seeing.inputs?.[0]?.lastPictureAgeMs).toBeGreaterThanOrEqual(60);
    expect(seeing.telemetry).not.toHaveProperty('inputs');
    expect(Date.now() - Date.parse(String(online.presence.lastSeenAt))).toBeLessThan(5000);
    const left = next('device.disconnected');
    await client.endAsync();
    await left;
    const offline = (await request('GET', `${devices}/said`)).body;
    expect(offline.presence).toMatchObject({ state: 'offline', reason: 'signed off' });
    expect(offline.linkClass).toBe('4g');
    const { fps: _, ...last } = liveCamera;
    expect([offline.cameraState, offline.inputs]).toMatchObject([
      'unknown',
      [{ ...last, state: 'unknown' }],
    ]);
    expect(offline.inputs?.[0]).not.toHaveProperty('fps');
    expect(offline.birth).toEqual(birth);
  });

  it('stays online after the last will of its older session', async () => {
    const secret = await enrol('again');
    const will = {
      topic: topicOf('status', 'again'),
      payload: Buffer.from(encodeMessage('status', { v: 1, state: 'offline', sid: 'old', at: AT })),
      qos: 1,
      retain: true,
    } as const;
    await connect('again', secret, service, { will });
    const willSent = next('wire.status');
    const young = await connect('again', secret);
    await willSent;
    await say(young, 'again', 'status', { v: 1, state: 'online', sid: 'young', at: AT });
    expect((await request('GET', `${devices}/again`)).body.presence).toMatchObject({
      state: 'online',
      sid: 'young',
    });
  });

  it('hides no other device with half a character in its message', async () => {
    const client = await connect('halved', await enrol('halved'));
    await say(client, 'halved', 'status', { v: 1, state: 'online', sid: 'a\ud800b', at: AT });
    await say(client, 'halved', 'birth', {
      ...birth,
      agent: '\udc00\0',
      runtimes: { '\ud800': '\udc00' },
    });
    expect((await request('PATCH', `${devices}/halved`, { body: { name: '\ud800' } })).status).toBe(
      200,
    );
    const { status, body } = await request('GET', devices);
    expect(status).toBe(200);
    expect(body.devices.map(({ id }) => id)).toContain('halved');
  });

  it('writes to the database once a second, however many messages it sends', async () => {
    const client = await connect('chatty', await enrol('chatty'));
    const { client: database } = service.app.get(Database);
    const execute = vi.spyOn(database, '$executeRaw');
    for (let i = 0; i < 200; i++)
      await say(client, 'chatty', 'telemetry', {
        ...telemetry,
        framesWaiting: i,
        diskFault: 'full',
      });
    const writes = execute.mock.calls.length;
    execute.mockRestore();
    expect(writes).toBeLessThanOrEqual(2);
    const { body } = await request('GET', `${devices}/chatty`);
    expect(body.telemetry).toMatchObject({ framesWaiting: 199, diskFault: 'full' });
  });

  it('does not keep the presence of others out of the database when its own is rejected', async () => {
    const [poisoned, sound] = [
      await connect('poisoned', await enrol('poisoned')),
      await connect('sound', await enrol('sound')),
    ];
    const { client: database, dialect } = service.app.get(Database);
    const isSqlite = dialect.kind === 'sqlite';
    await service.app.get(Presence).flush();
    await database.$executeRawUnsafe(
      isSqlite
        ? `CREATE TRIGGER "poison" BEFORE UPDATE ON "Device" WHEN NEW."id" = 'poisoned' BEGIN SELECT RAISE(ABORT, 'out of range'); END`
        : `ALTER TABLE "Device" ADD CONSTRAINT "poison" CHECK ("id" <> 'poisoned' OR "telemetry" IS NULL)`,
    );
    await say(poisoned, 'poisoned', 'telemetry', telemetry);
    await say(sound, 'sound', 'telemetry', { ...telemetry, framesWaiting: 7 });
    await service.app.get(Presence).flush();
    await database.$executeRawUnsafe(
      isSqlite ? 'DROP TRIGGER "poison"' : 'ALTER TABLE "Device" DROP CONSTRAINT "poison"',
    );
    const stored = async (id: string) => database.device.findUnique({ where: { id } });
    expect((await stored('sound'))?.telemetry).toMatchObject({ framesWaiting: 7 });
    expect((await stored('poisoned'))?.telemetry).toBeNull();
    expect(service.logged.join('')).toContain('presence of a device rejected by the database');
    await say(poisoned, 'poisoned', 'telemetry', telemetry);
    await service.app.get(Presence).flush();
    expect((await stored('poisoned'))?.telemetry).toMatchObject({ framesWaiting: 0 });
  });

  it('is rejected with the secret of another device and with an unknown secret', async () => {
    const secret = await enrol('mine');
    await enrol('other');
    await expect(connect('other', secret)).rejects.toThrow('Bad username or password');
    await expect(connect('other', '')).rejects.toThrow();
    await expect(connect('unknown', secret)).rejects.toThrow('Bad username or password');
  });

  it('is disconnected when its secret is replaced, and accepted only with the new one', async () => {
    const old = await enrol('rotated');
    const client = await connect('rotated', old);
    const closed = heard(client, 'close');
    const { status, body } = await request('POST', `${devices}/rotated/secret`);
    expect(status).toBe(200);
    await closed;
    await expect(connect('rotated', old)).rejects.toThrow('Bad username or password');
    expect((await connect('rotated', body.secret)).connected).toBe(true);
  });
});

describe('devices', () => {
  it('are listed by state, page by page', async () => {
    const own = await startService({
      modules: [FleetModule],
      environment: { FLOTILLA_OPERATOR_KEY: KEY },
    });
    const secrets = [];
    for (const id of ['a', 'b', 'c', 'd', 'e']) secrets.push(await enrol(id, own));
    await connect('c', secrets[2] ?? '', own);
    const ids = ({ body }: Answer) => body.devices.map(({ id }) => id);
    expect(ids(await request('GET', `${devices}?state=online`, { of: own }))).toEqual(['c']);
    const first = await request('GET', `${devices}?limit=3`, { of: own });
    expect(ids(first)).toEqual(['a', 'b', 'c']);
    const second = await request('GET', `${devices}?limit=3&cursor=${first.body.next}`, {
      of: own,
    });
    expect(ids(second)).toEqual(['d', 'e']);
    expect(second.body.next).toBeNull();
    await own.stop();
  });

  it('are enrolled and tagged many at once', async () => {
    const ids = Array.from({ length: 24 }, (_, i) => `many-${i}`);
    const made = ids.map((id) =>
      request('POST', devices, { body: { id, group: 'many', tags: ['one', 'two'] } }),
    );
    expect((await Promise.all(made)).map(({ status }) => status)).toEqual(ids.map(() => 201));
    const tags = ['two', 'three'];
    await Promise.all(ids.map((id) => request('PATCH', `${devices}/${id}`, { body: { tags } })));
    const { body } = await request('GET', `${devices}?group=many&tag=two,three`);
    expect(body.devices.map((one) => one.tags)).toEqual(ids.map(() => ['three', 'two']));
  });

  it('are found by group and by all given tags', async () => {
    const labels = [
      { id: 'label-1', group: 'indoors', tags: ['camera', 'ground-floor', 'camera'] },
      { id: 'label-2', group: 'indoors', tags: ['camera'] },
      { id: 'label-3', group: 'garden', tags: ['camera', 'battery'] },
    ];
    for (const body of labels) await request('POST', devices, { body });
    const found = async (query: string) =>
      (await request('GET', `${devices}?${query}`)).body.devices.map(({ id }) => id);
    expect(await found('group=indoors')).toEqual(['label-1', 'label-2']);
    expect(await found('tag=camera')).toEqual(['label-1', 'label-2', 'label-3']);
    expect(await found('tag=camera,battery')).toEqual(['label-3']);
    expect(await found('group=indoors&tag=battery')).toEqual([]);
    const path = `${devices}/label-1`;
    expect((await request('GET', path)).body.tags).toEqual(['camera', 'ground-floor']);
    const change = { group: null, tags: ['spare'] };
    const { body } = await request('PATCH', path, { body: change });
    expect(body).toMatchObject({ ...change, version: 2 });
    expect(await found('group=indoors')).toEqual(['label-2']);
    expect(await found('tag=spare')).toEqual(['label-1']);
    expect((await request('DELETE', path)).status).toBe(204);
    expect(await found('tag=spare')).toEqual([]);
  });

  it('get a model, a deadline and a strategy together with their group', async () => {
    await ready('group-net', 'ready');
    for (const id of ['roof-1', 'roof-2']) {
      await request('POST', devices, { body: { id, group: 'roof' } });
    }
    const assigned = vi.fn();
    const off = service.app.get(EventBus).on('fleet.modelAssigned', assigned);
    const change = { model: 'group-net', deadlineMs: 800, strategy: 'local' };
    const answer = await request('PATCH', '/api/v1/groups/roof', { body: change });
    off();
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        name: 'roof',
        devices: 2,
        connected: 0,
        models: [{ model: { ...named('group-net'), digest: 'group-net' }, devices: 2 }],
      },
    ]);
    expect(assigned.mock.calls).toEqual(
      ['roof-1', 'roof-2'].map((device) => [{ device, model: 'group-net' }]),
    );
    expect((await request('GET', `${devices}/roof-2`)).body).toMatchObject({
      ...{ ...change, version: 2 },
      model: named('group-net'),
    });
    const { body } = await request('GET', '/api/v1/groups');
    expect(body).toMatchObject({ groups: expect.arrayContaining([answer.body]) });
    for (const [method, path, sent, code] of [
      ['GET', 'missing', undefined, 'GROUP_UNKNOWN'],
      ['PATCH', 'missing', { deadlineMs: 5 }, 'GROUP_UNKNOWN'],
      ['PATCH', 'roof', { model: 'none' }, 'MODEL_UNKNOWN'],
      ['PATCH', 'roof', {}, 'REQUEST_INVALID'],
    ] as const) {
      const refused = await request(method, `/api/v1/groups/${path}`, { body: sent });
      expect(refused.body.code).toBe(code);
    }
  });

  it.each(['written', 'in memory only'])(
    'are found by model, and by presence, agent version, link class and cameras that are %s',
    async (where) => {
      const own = await startService({
        modules: [FleetModule],
        environment: { FLOTILLA_OPERATOR_KEY: KEY },
      });
      if (where !== 'written') {
        vi.spyOn(own.app.get(PresenceStore), 'writeLive').mockRejectedValue(new Error('no disk'));
      }
      await own.app.get(Database).client.model.create({
        data: {
          ...{ id: 'net-2', name: 'net', version: 2, digest: 'x', state: 'ready' },
          ...{ manifest: {}, bytes: 1 },
        },
      });
      const found = async (query: string) =>
        (await request('GET', `${devices}?${query}`, { of: own })).body.devices.map(({ id }) => id);
      await enrol('unseen', own);
      const quick = await connect('quick', await enrol('quick', own), own);
      await say(quick, 'quick', 'birth', { ...birth, agent: '0.2.0' });
      const link = { ...telemetry.link, uplinkMsPerByte: 0.0001 };
      const fault = 'no picture for 20 s';
      const inputs = [liveCamera, { ...liveCamera, state: 'waiting' as const, fault }];
      await say(quick, 'quick', 'telemetry', { ...telemetry, link, inputs });
      const restless = await enrol('restless', own);
      for (let i = 0; i < 8; i++) await (await connect('restless', restless, own)).endAsync();
      const gone = await connect('gone', await enrol('gone', own), own);
      await say(gone, 'gone', 'birth', birth);
      await say(gone, 'gone', 'telemetry', { ...telemetry, link: null, inputs: [liveCamera] });
      await gone.endAsync();
      await request('PATCH', `${devices}/gone`, { body: { model: 'net-2' }, of: own });
      const group = { body: { group: 'known' }, of: own };
      for (const id of ['quick', 'gone']) await request('PATCH', `${devices}/${id}`, group);
      await waitFor(async () => expect(await found('state=offline')).toEqual(['gone']));
      if (where === 'written') await own.app.get(Presence).flush();
      expect(await found('state=never-seen')).toEqual(['unseen']);
      expect(await found('state=online')).toEqual(['quick']);
      expect(await found('state=flapping')).toEqual(['restless']);
      expect(await found('agent=0.2.0')).toEqual(['quick']);
      expect(await found('agent=0.1.0')).toEqual(['gone']);
      expect(await found('link=wired')).toEqual(['quick']);
      expect(await found('link=unknown')).toEqual(['gone', 'restless', 'unseen']);
      expect(await found('camera=failed')).toEqual(['quick']);
      expect(await found('camera=live')).toEqual([]);
      expect(await found('camera=unknown')).toEqual(['gone', 'restless', 'unseen']);
      const metrics = await own.app.get(Metrics).text();
      expect(metrics).toContain('flotilla_cameras{state="failed"} 1');
      expect(metrics).toContain('flotilla_cameras{state="unknown"} 1');
      expect(await found('model=net')).toEqual(['gone']);
      expect(await found('model=net-2&version=2')).toEqual(['gone']);
      const other = await request('GET', `${devices}?model=net&version=1`, { of: own });
      expect([other.status, other.body.code]).toEqual([404, 'MODEL_UNKNOWN']);
      expect(await found('model=net@2')).toEqual(['gone']);
      const unknown = await request('GET', `${devices}?model=none`, { of: own });
      expect([unknown.status, unknown.body.code]).toEqual([404, 'MODEL_UNKNOWN']);
      const { body } = await request('GET', `${devices}/restless`, { of: own });
      expect(body.presence).toMatchObject({ state: 'flapping', isConnected: false });
      const known = await request('GET', '/api/v1/groups/known', { of: own });
      expect(known.body).toMatchObject({ devices: 2, connected: 1 });
      const rows = await own.app
        .get(Database)
        .client.device.findMany({ where: { state: 'online' } });
      expect(rows.map(({ id }) => id)).toEqual(where === 'written' ? ['quick'] : []);
      await own.stop();
    },
  );

  it.each([
    'link=5g',
    'camera=ok',
    'version=0',
    'limit=0',
    'limit=1001',
    'limit=x',
    'state=asleep',
    'cursor=!!',
    'sort=name',
    'tag=,',
    'group=',
    'state[contains]=o',
  ])('are not listed for ?%s', async (query) => {
    const { status, body } = await request('GET', `${devices}?${query}`);
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
  });

  it('return 404 on every route when they do not exist', async () => {
    for (const [method, path, body] of [
      ['GET', 'ghost'],
      ['PATCH', 'ghost', { name: 'x' }],
      ['DELETE', 'ghost'],
      ['POST', 'ghost/secret'],
      ['GET', '%00'],
      ['GET', "'; DROP TABLE Device; --"],
    ] as const) {
      const answer = await request(
        method,
        `${devices}/${path}`,
        body === undefined ? {} : { body },
      );
      expect([answer.status, answer.body.code]).toEqual([404, 'DEVICE_UNKNOWN']);
    }
  });
});

describe('a change', () => {
  it('writes a model, sends it and increments the version in one step', async () => {
    await ready('net', 'ready');
    await enrol('changed');
    const assigned: unknown[] = [];
    const port = service.app.get(ModelAssignmentPort);
    port.use(async (device, write, desiredVersion) => {
      const written = await write();
      const { body } = await request('GET', `${devices}/changed`);
      assigned.push([device, body.model?.id, desiredVersion]);
      return written;
    });
    const { status, body, headers } = await request('PATCH', `${devices}/changed`, {
      body: { name: 'Door', model: 'net', deadlineMs: 700, strategy: 'min-cut' },
    });
    expect(status).toBe(200);
    expect(assigned).toEqual([['changed', 'net', undefined]]);
    const change = { name: 'Door', deadlineMs: 700, version: 2 };
    expect(body).toMatchObject({ ...change, model: { ...named('net'), digest: 'net' } });
    expect(body.strategy).toBe('min-cut');
    expect(headers.get('etag')).toBe('"2"');
    await request('PATCH', `${devices}/changed`, { body: { model: null, deadlineMs: null } });
    expect(assigned[1]).toEqual(['changed', undefined, undefined]);
    await request('PATCH', `${devices}/changed`, { body: { deadlineMs: 600 } });
    expect(assigned).toHaveLength(2);
  });

  it('is rejected when the version is stale', async () => {
    await enrol('stale');
    const path = `${devices}/stale`;
    const ifMatch = { 'if-match': '"1"' };
    expect((await request('PATCH', path, { body: { name: 'a' }, headers: ifMatch })).status).toBe(
      200,
    );
    const late = await request('PATCH', path, { body: { name: 'b' }, headers: ifMatch });
    expect([late.status, late.body.code]).toEqual([409, 'VERSION_CONFLICT']);
    expect((await request('GET', path)).body.name).toBe('a');
    const odd = await request('PATCH', path, { body: { name: 'b' }, headers: { 'if-match': 'x' } });
    expect([odd.status, odd.body.code]).toEqual([400, 'REQUEST_INVALID']);
  });

  it.each([{}, { model: 'none' }, { name: 5 }, { version: 9 }, { tags: ['a b'] }])(
    'is rejected with %j',
    async (body) => {
      await request('POST', devices, { body: { id: 'steady' } });
      const { status } = await request('PATCH', `${devices}/steady`, { body });
      expect([400, 404]).toContain(status);
    },
  );
});

describe('a deleted device', () => {
  it('is disconnected, and its history is deleted', async () => {
    const secret = await enrol('gone');
    const client = await connect('gone', secret);
    const { client: database } = service.app.get(Database);
    await database.twin.create({
      data: {
        deviceId: 'gone',
        name: 'plan',
        version: 1,
        document: {},
        causeCode: 'first',
        causeText: 'x',
      },
    });
    const broker = service.app.get(Broker);
    broker.send('desiredModel', 'gone', { v: 1, version: 1, cause: 'x', at: AT, model: null });
    const closed = heard(client, 'close');
    const sent = next('fleet.deviceDeleted');
    expect((await request('DELETE', `${devices}/gone`)).status).toBe(204);
    await closed;
    expect(await sent).toEqual({ device: 'gone' });
    await expect(connect('gone', secret)).rejects.toThrow('Bad username or password');
    expect(await database.twin.count({ where: { deviceId: 'gone' } })).toBe(0);

    const heir = await connect('gone', await enrol('gone'));
    let messages = 0;
    heir.on('message', () => {
      messages += 1;
    });
    await heir.subscribeAsync(topicOf('desiredModel', 'gone'), { qos: 1 });
    await heir.publishAsync(topicOf('telemetry', 'gone'), Buffer.from('{}'), { qos: 1 });
    expect(messages).toBe(0);
  });
});

describe('the REST interface', () => {
  it('says where MQTT is served, without a credential', async () => {
    const answer = await fetch(`${service.url}/api/v1/broker`);
    expect(await answer.json()).toEqual({
      mqttPort: service.app.get(Broker).port,
      mqttsPort: null,
      webSocketPath: '/mqtt',
      url: null,
    });
  });

  it('returns 401 without a key on every route but health, its description, the broker’s address and enrolment by token', async () => {
    const routes: [string, string][] = [];
    const whole = await startService({
      modules: [AppModule],
      environment: { FLOTILLA_OPERATOR_KEY: KEY },
      beforeListening: (app: NestFastifyApplication) =>
        app
          .getHttpAdapter()
          .getInstance()
          .addHook('onRoute', ({ method, url }) => {
            for (const one of [method].flat()) routes.push([one, url]);
          }),
    });
    const open = new Set<string>();
    for (const [method, url] of routes) {
      if (method === 'HEAD' || method === 'OPTIONS') continue;
      const path = url.replace(/:\w+/g, 'x').replace('*', 'x');
      const answer = await fetch(`${whole.url}${path}`, { method, redirect: 'manual' });
      if (answer.status !== 401) open.add(url);
      else expect(await answer.json()).toMatchObject({ code: 'UNAUTHORIZED' });
    }
    await whole.stop();
    expect(routes.length).toBeGreaterThan(8);
    expect(
      [...open].filter(
        (url) =>
          !/^\/(health\/(live|ready)|openapi\.json|docs(\/.*)?|api\/v1\/(enrolment|broker))$/.test(
            url,
          ),
      ),
    ).toEqual([]);
  });

  it('describes every route with fields and examples', async () => {
    const { body } = await request('GET', '/openapi.json');
    const { [devices]: list, [`${devices}/{id}`]: one } = body.paths;
    const text = JSON.stringify({ list, one });
    for (const word of [
      'deadlineMs',
      'pi-kitchen',
      'cursor',
      'If-Match',
      '"enum":["online","offline","flapping","never-seen"]',
    ]) {
      expect(text).toContain(word);
    }
  });

  it('accepts no key from the query or in another scheme', async () => {
    for (const headers of [
      { authorization: '' },
      { authorization: KEY },
      { authorization: `Token ${KEY}` },
    ]) {
      const { status } = await request(
        'GET',
        `${devices}?key=${KEY}&authorization=Bearer%20${KEY}`,
        { headers },
      );
      expect(status).toBe(401);
    }
  });

  it('rejects a device on the routes of operators', async () => {
    const secret = await enrol('curious');
    const basic = Buffer.from(`curious:${secret}`).toString('base64');
    const { status, body } = await request('GET', devices, {
      headers: { authorization: `Basic ${basic}` },
    });
    expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('rejects a request without a key before it reads the body', async () => {
    const client = await rawClient(Number(new URL(service.url).port));
    const head = ['POST /api/v1/devices HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
    client.socket.write([...head, 'Content-Length: 1000000', '', '{'].join('\r\n'));
    await client.closed;
    expect(client.received().toString()).toMatch(/^HTTP\/1.1 401 .*"code":"UNAUTHORIZED"/s);
  });

  it('throttles a client that guesses, and serves the others', async () => {
    let last: Answer | undefined;
    for (let i = 0; i < 25; i++) {
      last = await request('GET', devices, { headers: { authorization: `Bearer ${i}` } });
    }
    expect([last?.status, last?.body.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await request('GET', devices)).status).toBe(200);
  });
});

describe('a restart', () => {
  it('keeps devices and their secrets, and shows every device as offline', async () => {
    const before = await startService({
      modules: [FleetModule],
      environment: { FLOTILLA_OPERATOR_KEY: KEY },
    });
    const secret = await enrol('kept', before);
    await connect('kept', secret, before);
    await before.stop({ data: true });
    const after = await startService({
      modules: [FleetModule],
      environment: { FLOTILLA_OPERATOR_KEY: KEY },
      data: before.data,
    });
    const { body } = await request('GET', `${devices}/kept`, { of: after });
    expect(body.presence).toMatchObject({ state: 'offline', reason: 'the service is stopping' });
    expect((await connect('kept', secret, after)).connected).toBe(true);
    await after.stop();
  });

  it('makes its first operator key again until it is printed, and stores only the hash', async () => {
    const first = await startService({ modules: [FleetModule] });
    const lost = await first.app.get(OperatorKeys).makeFirst();
    await first.stop({ data: true });
    const again = await startService({ modules: [FleetModule], data: first.data });
    const keys = again.app.get(OperatorKeys);
    const made = await keys.makeFirst();
    expect([lost?.isSecond, made?.isSecond]).toEqual([false, true]);
    await made?.printed();
    expect(await keys.makeFirst()).toBeUndefined();
    const rows = await again.app.get(Database).client.apiKey.findMany();
    expect(rows.map(({ name }) => name)).toEqual(['made at the first start']);
    for (const key of [lost?.key, made?.key]) expect(JSON.stringify(rows)).not.toContain(key);
    const statusOf = async (key?: string) =>
      (await request('GET', devices, { of: again, headers: { authorization: `Bearer ${key}` } }))
        .status;
    expect([await statusOf(made?.key), await statusOf(lost?.key)]).toEqual([200, 401]);
    expect((await request('GET', devices, { of: again })).status).toBe(401);
    await again.stop();
  });
});
