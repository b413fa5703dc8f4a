/** Operators' keys with their roles and groups, the audit log, idempotency keys and rates, over real HTTP and both databases. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../../src/app.module.js';
import { CommandsModule } from '../../../src/commands/index.js';
import { FleetModule } from '../../../src/fleet/index.js';
import { Database } from '../../../src/platform/index.js';
import { RolloutsModule } from '../../../src/rollouts/index.js';
import { databaseKinds, testDatabase } from '../../support/service/databases.js';
import { restClient } from '../../support/service/rest-client.js';
import { type RunningService, startService } from '../../support/service/service.js';

const KEY = 'k'.repeat(32);
const environment = { FLOTILLA_OPERATOR_KEY: KEY };

let service: RunningService;
let rest: ReturnType<typeof restClient>;
beforeAll(async () => {
  service = await startService({
    modules: [FleetModule, CommandsModule, RolloutsModule],
    environment,
  });
  rest = restClient(service, KEY);
}, 60_000);
afterAll(() => service.stop());

async function newKey(role: string, groups: readonly string[] | null = null): Promise<string> {
  const { status, body } = await rest('POST', '/keys', { body: { name: role, role, groups } });
  expect(status).toBe(201);
  return body.key;
}
const refusal = async (pending: ReturnType<typeof rest>) => {
  const { status, body } = await pending;
  return [status, body.code];
};

describe('an operator key', () => {
  it('is shown once and listed without its text', async () => {
    const { body } = await rest('POST', '/keys', { body: { name: 'shown once', role: 'viewer' } });
    expect(body.key).toMatch(/^flo_[\w-]{43}$/);
    const list = await rest('GET', '/keys');
    expect(list.body.keys.map(({ name }: { name: string }) => name)).toContain('shown once');
    expect(list.text).not.toContain(body.key);
    const rows = await service.app.get(Database).client.apiKey.findMany();
    expect(JSON.stringify(rows)).not.toContain(body.key);
    for (const { hash } of rows) expect(list.text).not.toContain(hash);
  });

  it('allows what its role allows', async () => {
    const [viewer, operator] = [await newKey('viewer'), await newKey('operator')];
    const body = { id: 'roles' };
    expect(await refusal(rest('POST', '/devices', { key: viewer, body }))).toEqual([
      403,
      'FORBIDDEN',
    ]);
    expect((await rest('GET', '/devices', { key: viewer })).status).toBe(200);
    expect((await rest('POST', '/devices', { key: operator, body })).status).toBe(201);
    for (const path of ['/keys', '/audit']) {
      expect(await refusal(rest('GET', path, { key: operator }))).toEqual([403, 'FORBIDDEN']);
      expect((await rest('GET', path)).status).toBe(200);
    }
    expect((await rest('GET', '/keys/own', { key: viewer })).body).toMatchObject({
      role: 'viewer',
    });
  });

  it('is rejected at once when it is revoked', async () => {
    const key = await newKey('operator');
    const { id } = (await rest('GET', '/keys/own', { key })).body;
    expect((await rest('DELETE', `/keys/${id}`)).status).toBe(204);
    expect(await refusal(rest('GET', '/devices', { key }))).toEqual([401, 'UNAUTHORIZED']);
    expect((await rest('GET', `/keys/${id}`)).body.revokedAt).toEqual(expect.any(String));
    expect(await refusal(rest('DELETE', '/keys/missing'))).toEqual([404, 'KEY_UNKNOWN']);
    expect(await refusal(rest('DELETE', '/keys/configured'))).toEqual([409, 'KEY_NEEDED']);
  });

  it('is rejected once it has expired', async () => {
    const body = { name: 'short', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' };
    const { key } = (await rest('POST', '/keys', { body })).body;
    expect(await refusal(rest('GET', '/devices', { key }))).toEqual([401, 'UNAUTHORIZED']);
  });

  it.each([
    { name: 'x', role: 'root' },
    { name: 'x', role: 'admin', groups: ['indoors'] },
    { name: 'x', role: 'viewer', groups: [] },
    { name: '', role: 'viewer' },
  ])('is not created from %j', async (body) => {
    expect(await refusal(rest('POST', '/keys', { body }))).toEqual([400, 'REQUEST_INVALID']);
  });

  it('shows and changes only the devices of its groups', async () => {
    const key = await newKey('operator', ['garden', 'roof']);
    const own = { key } as const;
    for (const [id, group] of [
      ['scope-in', 'garden'],
      ['scope-out', 'cellar'],
      ['scope-none', undefined],
    ]) {
      await rest('POST', '/devices', { body: { id, group } });
    }
    const listed = await rest('GET', '/devices', own);
    expect(listed.body.devices.map(({ id }: { id: string }) => id)).toEqual(['scope-in']);
    expect((await rest('GET', '/devices/scope-in', own)).status).toBe(200);
    for (const id of ['scope-out', 'scope-none']) {
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['PATCH', '', { name: 'x' }],
        ['DELETE', '', undefined],
        ['POST', '/secret', undefined],
        ['POST', '/revoke', undefined],
      ] as const) {
        const answer = rest(method, `/devices/${id}${path}`, { ...own, body });
        expect(await refusal(answer)).toEqual([403, 'FORBIDDEN']);
      }
    }
    const moved = rest('PATCH', '/devices/scope-in', { ...own, body: { group: 'cellar' } });
    expect(await refusal(moved)).toEqual([403, 'FORBIDDEN']);
    // A line that devices of other groups share is theirs too.
    for (const path of ['/devices/scope-in', '/groups/garden']) {
      for (const uplink of [{ site: 'barn', mbps: 1 }, null]) {
        const shared = rest('PATCH', path, { ...own, body: { limits: { uplink } } });
        expect(await refusal(shared)).toEqual([403, 'FORBIDDEN']);
      }
      const others = { limits: { bytesPrice: 1 } };
      expect((await rest('PATCH', path, { ...own, body: others })).status).toBe(200);
    }
    const ungrouped = rest('POST', '/devices', { ...own, body: { id: 'scope-new' } });
    expect(await refusal(ungrouped)).toEqual([403, 'FORBIDDEN']);
    const body = { id: 'scope-new', group: 'roof' };
    expect((await rest('POST', '/devices', { ...own, body })).status).toBe(201);
    expect(
      (await rest('PATCH', '/devices/scope-in', { ...own, body: { group: 'roof' } })).status,
    ).toBe(200);
    expect(await refusal(rest('GET', '/audit', own))).toEqual([403, 'FORBIDDEN']);
  });

  it('shows only the shadows of the devices of its groups', async () => {
    const key = await newKey('operator', ['shed']);
    for (const [id, group] of [
      ['shed-1', 'shed'],
      ['lane-1', 'lane'],
    ]) {
      await rest('POST', '/devices', { body: { id, group } });
    }
    for (const path of ['shadow', 'shadow/model']) {
      expect((await rest('GET', `/devices/shed-1/${path}`, { key })).status).toBe(200);
      const other = rest('GET', `/devices/lane-1/${path}`, { key });
      expect(await refusal(other)).toEqual([403, 'FORBIDDEN']);
    }
    const wish = { key, body: { model: null } };
    expect((await rest('PUT', '/devices/shed-1/shadow/model', wish)).status).toBe(200);
    const other = rest('PUT', '/devices/lane-1/shadow/model', wish);
    expect(await refusal(other)).toEqual([403, 'FORBIDDEN']);
    expect((await rest('GET', '/drift?group=shed', { key })).body.drifts).toEqual([]);
    for (const query of ['', '?group=lane']) {
      expect(await refusal(rest('GET', `/drift${query}`, { key }))).toEqual([403, 'FORBIDDEN']);
    }
  });

  it('commands and rolls out only to its groups', async () => {
    const key = await newKey('operator', ['attic']);
    for (const [id, group] of [
      ['attic-1', 'attic'],
      ['yard-1', 'yard'],
    ]) {
      await rest('POST', '/devices', { body: { id, group } });
    }
    const command = (target: object) => ({ body: { kind: 'ping', target } });
    const rollout = (target: object) => ({ body: { change: { deadlineMs: 500 }, target } });
    for (const [path, asked] of [
      ['/commands', command],
      ['/rollouts', rollout],
    ] as const) {
      for (const target of [{ group: 'yard' }, { devices: ['attic-1'] }, { tags: ['camera'] }]) {
        const answer = rest('POST', path, { ...asked(target), key });
        expect(await refusal(answer)).toEqual([403, 'FORBIDDEN']);
      }
      const mine = await rest('POST', path, { ...asked({ group: 'attic' }), key });
      const others = await rest('POST', path, asked({ group: 'yard' }));
      expect([mine.status, others.status]).toEqual([201, 201]);
      expect((await rest('GET', `${path}/${mine.body.id}`, { key })).status).toBe(200);
      for (const part of ['', '/devices']) {
        const answer = rest('GET', `${path}/${others.body.id}${part}`, { key });
        expect(await refusal(answer)).toEqual([403, 'FORBIDDEN']);
      }
      for (const query of ['', '?group=yard']) {
        expect(await refusal(rest('GET', `${path}${query}`, { key }))).toEqual([403, 'FORBIDDEN']);
      }
      const listed = (await rest('GET', `${path}?group=attic`, { key })).body;
      expect(listed[path.slice(1)].map(({ id }: { id: string }) => id)).toEqual([mine.body.id]);
      if (path !== '/rollouts') continue;
      for (const order of ['pause', 'resume', 'rollback']) {
        const answer = rest('POST', `${path}/${others.body.id}/${order}`, { key });
        expect(await refusal(answer)).toEqual([403, 'FORBIDDEN']);
      }
    }
    const groups = (await rest('GET', '/groups', { key })).body.groups;
    expect(groups.map(({ name }: { name: string }) => name)).toEqual(['attic']);
    const change = { body: { strategy: 'local' }, key };
    expect((await rest('PATCH', '/groups/attic', change)).body.devices).toBe(1);
    expect(await refusal(rest('PATCH', '/groups/yard', change))).toEqual([403, 'FORBIDDEN']);
    const { entries } = (await rest('GET', '/audit?subject=groups/attic')).body;
    expect(entries).toHaveLength(1);
  });
});

describe('every route', () => {
  it('rejects a viewer when it changes something, and a key for a group when it is about the whole fleet', async () => {
    const routes: [string, string][] = [];
    const whole = await startService({
      modules: [AppModule],
      environment: { ...environment, FLOTILLA_WORKERS: '1' },
      beforeListening: (app: NestFastifyApplication) =>
        app
          .getHttpAdapter()
          .getInstance()
          .addHook('onRoute', ({ method, url }) => {
            for (const one of [method].flat()) routes.push([one, url]);
          }),
    });
    const ask = restClient(whole, KEY);
    const key = async (role: string, groups: string[] | null) =>
      (await ask('POST', '/keys', { body: { name: role, role, groups } })).body.key;
    const [viewer, scoped] = [await key('viewer', null), await key('viewer', ['nowhere'])];
    const open: string[] = [];
    const unscoped: string[] = [];
    for (const [method, url] of routes) {
      if (!url.startsWith('/api/v1/') || ['HEAD', 'OPTIONS'].includes(method)) continue;
      const path = url.replace('/api/v1', '').replace(/:\w+/g, 'x');
      const name = `${method} ${path}`;
      const isRefused = async (own: string) =>
        (await ask(method, path, { key: own })).status === 403;
      if (method !== 'GET' && !(await isRefused(viewer))) open.push(name);
      if (method === 'GET' && !(await isRefused(scoped))) unscoped.push(name);
    }
    await whole.stop();
    // The first is sent by an unknown device with a token, the other changes nothing.
    expect(open.sort()).toEqual(['POST /enrolment', 'POST /what-if']);
    expect(
      unscoped.filter(
        (name) =>
          !/^GET \/(devices|models|blocks|enrolment-tokens|groups)\b|^GET \/(commands|rollouts)\/x|^GET \/(broker|keys\/own|version)$/.test(
            name,
          ),
      ),
    ).toEqual([]);
  });
});

describe('the description of the interface', () => {
  it('has an example of every answer, and an Idempotency-Key for every write', async () => {
    const response = await fetch(`${service.url}/openapi.json`);
    const { paths } = (await response.json()) as {
      paths: Record<string, Record<string, { parameters?: object[]; responses: object }>>;
    };
    const operations = Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/v1/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
      );
    expect(operations.length).toBeGreaterThan(18);
    // Bytes and streams of rows are described by their type.
    const bare = operations.filter(({ responses }) => {
      const text = JSON.stringify(responses);
      return text.includes('"application/json"') && !text.includes('"example"');
    });
    expect(bare.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    for (const { method, parameters = [] } of operations) {
      const isDescribed = JSON.stringify(parameters).includes('"Idempotency-Key"');
      expect(isDescribed).toBe(method !== 'get');
    }
  });
});

describe('the audit log', () => {
  it('records who made each change, the request, and the state before and after', async () => {
    const key = await newKey('operator');
    const { id } = (await rest('GET', '/keys/own', { key })).body;
    await rest('POST', '/devices', { key, body: { id: 'audited', name: 'First' } });
    await rest('PATCH', '/devices/audited', { key, body: { name: 'Second' } });
    await rest('POST', '/devices/audited/secret', { key });
    await rest('DELETE', '/devices/audited', { key });
    await rest('PATCH', '/devices/audited', { key, body: { name: 'Renamed' } });
    const { body } = await rest('GET', '/audit?subject=devices/audited');
    const actor = `operator ${id}`;
    expect(body.entries).toMatchObject([
      {
        action: 'DELETE /api/v1/devices/:id',
        before: { name: 'Second' },
        after: null,
        status: 204,
      },
      { action: 'POST /api/v1/devices/:id/secret', actor, status: 200 },
      {
        ...{ action: 'PATCH /api/v1/devices/:id', actor, asked: { name: 'Second' } },
        ...{ before: { name: 'First', version: 1 }, after: { name: 'Second', version: 2 } },
      },
      { action: 'POST /api/v1/devices', before: null, after: { id: 'audited', name: 'First' } },
    ]);
    expect(body.entries).toHaveLength(4);
  });

  it('records the devices of a group as they were before one change to all', async () => {
    for (const [id, deadlineMs] of [
      ['ward-1', 200],
      ['ward-2', 200],
      ['ward-3', undefined],
    ]) {
      await rest('POST', '/devices', { body: { id, group: 'ward', deadlineMs } });
    }
    await rest('PATCH', '/groups/ward', { body: { deadlineMs: 100 } });
    const { entries } = (await rest('GET', '/audit?subject=groups/ward')).body;
    const others = { model: null, strategy: 'auto' };
    expect(entries).toMatchObject([
      {
        before: {
          devices: 3,
          settings: [
            { ...others, deadlineMs: 200, ids: ['ward-1', 'ward-2'] },
            { ...others, deadlineMs: null, ids: ['ward-3'] },
          ],
        },
        after: { settings: [{ ...others, deadlineMs: 100, ids: ['ward-1', 'ward-2', 'ward-3'] }] },
      },
    ]);
  });

  it('names every device of a file', async () => {
    const ids = Array.from({ length: 3000 }, (_, n) => `file-${n}`);
    const content = { type: 'text/csv', text: `id\n${ids.join('\n')}` };
    expect((await rest('POST', '/devices/bulk', { content })).status).toBe(200);
    const [entry] = (await rest('GET', '/audit?subject=devices&limit=1')).body.entries;
    const { created, failed, ids: named, more } = entry.after;
    expect([entry.action, created, failed]).toEqual(['POST /api/v1/devices/bulk', 3000, 0]);
    expect(named).toEqual(ids.slice(0, named.length));
    expect([named.length > 1000, named.length + more]).toEqual([true, 3000]);
  });

  it('is listed page by page, and by actor, kind and time', async () => {
    const from = new Date().toISOString();
    const key = await newKey('operator');
    const { id } = (await rest('GET', '/keys/own', { key })).body;
    for (let n = 0; n < 5; n++) await rest('POST', '/devices', { key, body: { id: `paged-${n}` } });
    const query = `subject=devices&from=${from}&actor=operator%20${id}`;
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await rest('GET', `/audit?limit=2&${query}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.entries.map(({ subject }: { subject: string }) => subject));
      cursor = body.next;
    }
    expect(seen).toEqual([4, 3, 2, 1, 0].map((n) => `devices/paged-${n}`));
    expect((await rest('GET', `/audit?to=${from}&${query}`)).body.entries).toEqual([]);
    for (const wrong of ['limit=0', 'cursor=!', 'from=now', 'order=asc']) {
      expect(await refusal(rest('GET', `/audit?${wrong}`))).toEqual([400, 'REQUEST_INVALID']);
    }
  });
});

describe.each(databaseKinds)('retention (%s)', (kind) => {
  it('removes entries of the audit log by the setting, and expired answers', async () => {
    const database = await testDatabase(kind);
    const own = { ...environment, ...database.environment, FLOTILLA_AUDIT_DAYS: '30' };
    const first = await startService({ modules: [FleetModule], environment: own });
    const { client } = first.app.get(Database);
    const entry = (days: number, n: number) => {
      const at = new Date(Date.now() - 86_400_000 * days);
      const id = `${at.getTime().toString(36).padStart(9, '0')}${String(n).padStart(10, '0')}`;
      const subject = `devices/${days}`;
      const others = { actor: 'a', address: 'b', request: 'c', action: 'd', status: 200 };
      return { id, at, subject, ...others };
    };
    const old = Array.from({ length: 2500 }, (_, n) => entry(31, n));
    await client.auditEntry.createMany({ data: [...old, entry(29, 0), entry(0, 0)] });
    const answer = (n: number, ageMs: number) => {
      const expiresAt = new Date(Date.now() - ageMs);
      return { actor: 'a', key: `${n}`, fingerprint: 'f', answer: 'sealed', expiresAt };
    };
    const expired = Array.from({ length: 120 }, (_, n) => answer(n, 1000));
    await client.idempotentAnswer.createMany({ data: [...expired, answer(999, -60_000)] });
    await first.stop({ data: true });

    const second = await startService({
      ...{ modules: [FleetModule], environment: own, data: first.data },
    });
    const after = second.app.get(Database).client;
    await expect
      .poll(async () => [await after.auditEntry.count(), await after.idempotentAnswer.count()], {
        timeout: 10_000,
      })
      .toEqual([2, 1]);
    const left = await restClient(second, KEY)('GET', '/audit');
    expect(left.body.entries.map(({ subject }: { subject: string }) => subject)).toEqual([
      'devices/0',
      'devices/29',
    ]);
    await second.stop();
    await database.remove();
  });
});

describe('a write with an Idempotency-Key', () => {
  const once = (word: string) => ({ 'idempotency-key': word });

  it('is done once and returns the same answer, secret included', async () => {
    const asked = { body: { id: 'once' }, headers: once('a-1') };
    const first = await rest('POST', '/devices', asked);
    const again = await rest('POST', '/devices', asked);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const rows = await service.app.get(Database).client.idempotentAnswer.findMany();
    expect(JSON.stringify(rows)).not.toContain(first.body.secret);
    const { entries } = (await rest('GET', '/audit?subject=devices/once')).body;
    expect(entries).toHaveLength(1);
  });

  it('is done once when two requests come at the same time', async () => {
    const asked = { body: {}, headers: once('a-2') };
    const answers = await Promise.all([1, 2, 3].map(() => rest('POST', '/devices', asked)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('is rejected when another request has the same key', async () => {
    await rest('POST', '/devices', { body: { id: 'word' }, headers: once('a-3') });
    const other = rest('POST', '/devices', { body: { id: 'word-2' }, headers: once('a-3') });
    expect(await refusal(other)).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
    const elsewhere = rest('DELETE', '/devices/word', { headers: once('a-3') });
    expect(await refusal(elsewhere)).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
  });

  it('returns the same status and ETag again, also of a rejection', async () => {
    const refused = { body: { name: 'x' }, headers: once('a-4') };
    const [first, again] = [
      await rest('PATCH', '/devices/later', refused),
      await rest('PATCH', '/devices/later', refused),
    ];
    expect([first.status, again.status]).toEqual([404, 404]);
    expect(again.body).toEqual(first.body);
    await rest('POST', '/devices', { body: { id: 'tagged' } });
    const change = { body: { name: 'x' }, headers: once('a-5') };
    await rest('PATCH', '/devices/tagged', change);
    expect((await rest('PATCH', '/devices/tagged', change)).headers.get('etag')).toBe('"2"');
    const removal = { headers: once('a-6') };
    await rest('DELETE', '/devices/tagged', removal);
    expect((await rest('DELETE', '/devices/tagged', removal)).status).toBe(204);
  });

  it('is done again with the same key of another operator', async () => {
    const key = await newKey('operator');
    const asked = { body: {}, headers: once('a-7') };
    const first = await rest('POST', '/devices', asked);
    const second = await rest('POST', '/devices', { ...asked, key });
    expect(second.body.device.id).not.toBe(first.body.device.id);
  });

  it('returns a fault when a crash interrupted its first try', async () => {
    const asked = { body: { id: 'cut-off' }, headers: once('a-8') };
    await rest('POST', '/devices', asked);
    const where = { actor_key: { actor: 'operator configured', key: 'a-8' } };
    await service.app
      .get(Database)
      .client.idempotentAnswer.update({ where, data: { answer: null } });
    const again = rest('POST', '/devices', asked);
    expect(await refusal(again)).toEqual([409, 'IDEMPOTENCY_UNFINISHED']);
  });

  it('is not done again after an unexpected error', async () => {
    const { client } = service.app.get(Database);
    await client.$executeRaw`ALTER TABLE "AuditEntry" RENAME TO "Elsewhere"`;
    const asked = { body: { name: 'twice?' }, headers: once('a-9') };
    const first = await rest('POST', '/devices', asked);
    await client.$executeRaw`ALTER TABLE "Elsewhere" RENAME TO "AuditEntry"`;
    expect(first.status).toBe(500);
    expect(await refusal(rest('POST', '/devices', asked))).toEqual([409, 'IDEMPOTENCY_UNFINISHED']);
    expect(await client.device.count({ where: { name: 'twice?' } })).toBe(1);
  });

  it.each(['', ' ', 'ü', 'x'.repeat(201)])('rejects %j as a key', async (word) => {
    const headers = once(encodeURI(word) === word ? word : 'a b');
    const asked = rest('POST', '/devices', { body: {}, headers });
    expect(await refusal(asked)).toEqual([400, 'REQUEST_INVALID']);
  });
});

describe('a credential that asks too often', () => {
  it('gets the time to wait, and others are served', async () => {
    const own = await startService({
      modules: [FleetModule],
      environment: { ...environment, FLOTILLA_REQUESTS_PER_S: '5' },
    });
    const ask = restClient(own, KEY);
    const { key } = (await ask('POST', '/keys', { body: { name: 'b', role: 'viewer' } })).body;
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask('GET', '/devices')));
    const late = answers.find(({ status }) => status === 429);
    expect(late?.body.code).toBe('RATE_LIMITED');
    expect(Number(late?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(5);
    expect((await ask('GET', '/devices', { key })).status).toBe(200);
    await own.stop();
  });
});
