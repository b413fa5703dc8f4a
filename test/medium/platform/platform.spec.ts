/** The platform with a real database and real HTTP: migrations, locks, health, and errors as problem documents. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, Get, Module, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lockData } from '../../../src/platform/database/data-lock.js';
import { type Database, openDatabase } from '../../../src/platform/database/database.js';
import { databaseTroubleOf } from '../../../src/platform/database/index.js';
import { missingMigration } from '../../../src/platform/database/migrations/schema-engine.js';
import {
  type Config,
  createApplication,
  Health,
  LoadReport,
  Prisma,
  Public,
  readConfig,
} from '../../../src/platform/index.js';
import { Fault } from '../../../src/wire/index.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import { waitFor } from '../../support/wait-for.js';

const silent = pino({ level: 'silent' });
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-platform-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each(databaseKinds)('the database (%s)', (kind) => {
  let database: TestDatabase;
  let config: Config;
  beforeEach(async () => {
    database = await testDatabase(kind);
    config = readConfig({ ...database.environment, FLOTILLA_DATA: folder });
  });
  afterEach(() => database.remove());

  it('is created, migrated, and reopened with its data', async () => {
    const first = await openDatabase(config, silent);
    const data = { id: 'pi', name: 'Kitchen', secretHash: '-', birth: { cores: 4 } };
    await first.client.device.create({ data });
    await first.onApplicationShutdown();
    const second = await openDatabase(config, silent);
    expect(await second.client.device.findMany()).toMatchObject([data]);
    await second.onApplicationShutdown();
  });

  it('is not opened in a folder whose lock cannot be written, and does not blame another process', async () => {
    await mkdir(join(folder, 'flotilla.lock'));
    await expect(openDatabase(config, silent)).rejects.toMatchObject({
      code: 'DISK_FAILED',
      message: expect.stringMatching(/cannot be locked: a file of the database cannot be opened/),
    });
  });

  it('has migrations that match the models (npm run migration writes the next one)', async () => {
    const { databaseUrl } = config;
    const location = databaseUrl === undefined ? undefined : { kind, url: databaseUrl };
    expect(await missingMigration(location)).toBe('');
  });

  it.runIf(kind === 'postgresql')('keeps no connection of the migrations', async () => {
    const own = await openDatabase(config, silent);
    const backends = () => own.client.$queryRaw<{ query: string }[]>`
      SELECT "query" FROM pg_stat_activity
      WHERE "datname" = current_database() AND "pid" <> pg_backend_pid()`;
    await expect
      .poll(backends, { timeout: 3000 })
      .toEqual([{ query: expect.stringContaining('pg_try_advisory_lock') }]);
    await own.onApplicationShutdown();
  });

  it('names a statement for which the disk has no room, as a model and as SQL, and works when there is room', async () => {
    const own = await openDatabase(config, silent);
    const { client } = own;
    const row = (id: string) => ({ id, name: 'x'.repeat(300_000), secretHash: '-' });
    const insert = Prisma.sql`INSERT INTO "Device" ("id", "name", "secretHash") VALUES ('b', ${row('b').name}, '-')`;
    if (kind === 'sqlite') await client.$queryRaw`PRAGMA max_page_count = 1`;
    else {
      await client.$executeRawUnsafe(
        `CREATE FUNCTION "full"() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`,
      );
      await client.$executeRawUnsafe(
        'CREATE TRIGGER "full" BEFORE INSERT ON "Device" EXECUTE FUNCTION "full"()',
      );
    }
    for (const write of [
      () => client.device.create({ data: row('a') }),
      () => client.$executeRaw(insert),
    ]) {
      const error = await write().then(
        () => undefined,
        (caught: unknown) => caught,
      );
      const isOfServer = kind === 'postgresql';
      expect(databaseTroubleOf(error)).toMatchObject({ code: 'DISK_FULL', isOfServer });
    }
    expect(await client.device.count()).toBe(0);
    if (kind === 'sqlite') await client.$queryRaw`PRAGMA max_page_count = 1000000`;
    else await client.$executeRawUnsafe('DROP TRIGGER "full" ON "Device"');
    await client.device.create({ data: row('a') });
    await client.$executeRaw(insert);
    expect(await client.device.count()).toBe(2);
    await own.onApplicationShutdown();
  });

  it('rejects a second user with advice', async () => {
    const own = await openDatabase(config, silent);
    const elsewhere = kind === 'postgresql' ? { ...config, data: join(folder, 'other') } : config;
    const second = openDatabase(elsewhere, silent);
    await expect(second).rejects.toMatchObject({
      code: 'DATA_LOCKED',
      message: expect.stringMatching(
        kind === 'sqlite' ? /^FLOTILLA_DATA: .* in use/ : /DATABASE_URL/,
      ),
    });
    await own.onApplicationShutdown();
    await (await openDatabase(config, silent)).onApplicationShutdown();
  });
});

describe.each(databaseKinds)('an open database (%s)', (kind) => {
  let data: string;
  let database: TestDatabase;
  let open: Database;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'flotilla-platform-'));
    database = await testDatabase(kind);
    open = await openDatabase(readConfig({ ...database.environment, FLOTILLA_DATA: data }), silent);
  });
  afterAll(async () => {
    await open.onApplicationShutdown();
    await database.remove();
    await rm(data, { recursive: true, force: true });
  });

  it('writes and reads many rows as one text, whatever they contain', async () => {
    const { client, dialect } = open;
    const columns = { name: 'text', n: 'integer', x: 'real', doc: 'json', bytes: 'bytes' } as const;
    const rows = [
      ["it's \ud83d\ude00 \ud800 \u0000 \\u0041", 2 ** 40, 0.1, { a: [1] }, '00ff'],
      [null, null, null, null, null],
    ];
    const given = dialect.rows('given', columns, rows);
    const source = Prisma.sql`SELECT * FROM ${given}`;
    const listed = ['"name"', '"n"', '"x"', dialect.hex('bytes')];
    const [found] = await client.$queryRaw<[{ rows: string }]>(dialect.collected(listed, source));
    const [first, second] = JSON.parse(found.rows) as unknown[][];
    expect(first?.slice(0, 3)).toEqual(["it's \ud83d\ude00 \ufffd \ufffd \\u0041", 2 ** 40, 0.1]);
    expect(String(first?.[3]).toLowerCase()).toBe('00ff');
    expect(second?.slice(0, 3)).toEqual([null, null, null]);
  });

  it('isolates transactions that begin at the same time', async () => {
    const { client } = open;
    const count = () => client.$transaction([client.device.count(), client.model.count()]);
    const counted = await Promise.all(Array.from({ length: 20 }, count));
    expect(new Set(counted.map((one) => one.length))).toEqual(new Set([2]));
  });

  it('does not block the event loop during a query', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await open.client.$queryRaw`
      WITH RECURSIVE "count"("n") AS (SELECT 1 UNION ALL SELECT "n" + 1 FROM "count" WHERE "n" < 1000000)
      SELECT max("n") FROM "count"`;
    clearInterval(timer);
    expect(turns).toBeGreaterThan(20);
  });
});

describe('the embedded database', () => {
  it('syncs every commit and enforces foreign keys, also after a transaction', async () => {
    const database = await openDatabase(readConfig({ FLOTILLA_DATA: folder }), silent);
    const { client } = database;
    await client.$transaction([client.device.count(), client.model.count()]);
    const settings = await Promise.all([
      client.$queryRaw`PRAGMA synchronous`,
      client.$queryRaw`PRAGMA foreign_keys`,
      client.$queryRaw`PRAGMA journal_mode`,
      client.$queryRaw`PRAGMA busy_timeout`,
    ]);
    const values = settings.map((rows) => Object.values((rows as object[])[0] ?? {})[0]);
    expect(values).toEqual([2, 1, 'wal', 5000]);
    await database.onApplicationShutdown();
  });

  it('is unlocked when its process is killed', async () => {
    const holder = join(folder, 'holder.mjs');
    const { writeFile } = await import('node:fs/promises');
    const libsql = import.meta.resolve('libsql');
    await writeFile(
      holder,
      `import Libsql from ${JSON.stringify(libsql)};
       const lock = new Libsql(${JSON.stringify(join(folder, 'flotilla.lock'))});
       lock.exec('BEGIN EXCLUSIVE');
       process.send('held');
       setInterval(() => {}, 1000);`,
    );
    const child = fork(holder);
    await once(child, 'message');
    expect(() => lockData(folder)).toThrow(/in use/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockData(folder).release();
  });
});

const body = z.strictObject({ name: z.string().min(2), limits: z.strictObject({ n: z.int() }) });
const query = z.strictObject({ q: z.string().optional() });

@Public()
@Controller('probe')
class ProbeController {
  @Post()
  take(@Body({ schema: body }) given: z.infer<typeof body>) {
    return given;
  }
  @Get('query')
  ask(@Query({ schema: query }) given: z.infer<typeof query>) {
    return given;
  }
  @Get('fault')
  fault() {
    throw new Fault('MODEL_NOT_READY', 'still being examined', { retryAfterMs: 1500 });
  }
  @Get('bug')
  bug() {
    throw new Error('the secret inside');
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('HTTP', () => {
  let data: string;
  let app: NestFastifyApplication;
  const lines: string[] = [];
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'flotilla-platform-'));
    const config = readConfig({ FLOTILLA_DATA: data });
    const log = pino({}, { write: (line) => void lines.push(line) });
    app = await createApplication(ProbeModule, config, log);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app.close();
    await rm(data, { recursive: true, force: true });
  });

  async function problem(request: Parameters<typeof app.inject>[0]) {
    const answer = await app.inject(request);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const document = answer.json();
    expect(document.status).toBe(answer.statusCode);
    expect(answer.body).not.toMatch(/node_modules|\bat .+:\d+/);
    return { status: answer.statusCode, headers: answer.headers, ...document };
  }
  const post = (payload: string, type = 'application/json') =>
    problem({ method: 'POST', url: '/probe', payload, headers: { 'content-type': type } });

  it('answers a fault with its code, status and Retry-After', async () => {
    const { status, code, detail, headers } = await problem('/probe/fault');
    expect({ status, code, detail, after: headers['retry-after'] }).toEqual({
      status: 503,
      code: 'MODEL_NOT_READY',
      detail: 'still being examined',
      after: '2',
    });
  });

  it('hides an unexpected error, and logs it under the request id of the response', async () => {
    const { status, code, detail } = await problem('/probe/bug');
    expect([status, code]).toEqual([500, 'INTERNAL']);
    expect(detail).not.toContain('secret');
    const request = /request (\S+)/.exec(detail)?.[1] ?? 'none';
    expect(lines.find((line) => line.includes(request))).toContain('the secret inside');
  });

  it.each([
    ['an unknown route', { url: '/nowhere' }, 404, 'ROUTE_UNKNOWN'],
    [
      'a method that the path has not',
      { method: 'DELETE', url: '/probe' },
      405,
      'METHOD_NOT_ALLOWED',
    ],
    ['a malformed URL', { url: '/%zz' }, 400, 'REQUEST_INVALID'],
    ['an unknown query field', { url: '/probe/query?q=1&x=2' }, 400, 'REQUEST_INVALID'],
    ['a repeated query field', { url: '/probe/query?q=1&q=2' }, 400, 'REQUEST_INVALID'],
  ] as const)('answers %s with a problem', async (_, request, status, code) => {
    expect(await problem(request)).toMatchObject({ status, code });
  });

  it.each([
    ['broken JSON', '{"name":', 400, 'REQUEST_INVALID'],
    ['a prototype', '{"__proto__":{"a":1}}', 400, 'REQUEST_INVALID'],
    ['no body', '', 400, 'REQUEST_INVALID'],
    ['too much', JSON.stringify({ name: 'x'.repeat(1.1e6) }), 413, 'UPLOAD_TOO_LARGE'],
  ] as const)('answers %s in a body with a problem', async (_, payload, status, code) => {
    expect(await post(payload)).toMatchObject({ status, code });
  });

  it.each(['application/xml', 'application/x-www-form-urlencoded', 'text/plain'])(
    'answers the unsupported type %s with a problem',
    async (type) => {
      const { status, code, detail } = await post('{"name":"x"}', type);
      expect([status, code]).toEqual([415, 'UPLOAD_TYPE']);
      expect(detail).toContain('application/json');
    },
  );

  it('names the invalid and the unknown fields of a body', async () => {
    const { detail } = await post('{"name":"x","limits":{"n":1.5},"role":"admin"}');
    expect(detail).toMatch(/name: .*limits\.n: .*role/);
  });

  it('is live, and ready only while every check passes', async () => {
    expect((await app.inject('/health/live')).json()).toEqual({ status: 'live' });
    expect((await app.inject('/health/ready')).statusCode).toBe(200);
    app.get(Health).register('broken', () => {
      throw new Error('no socket');
    });
    const answer = await app.inject('/health/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.json().checks).toMatchObject({
      database: { ok: true },
      broken: { ok: false, because: 'no socket' },
    });
  });

  it('returns event-loop delay, memory and figures of its parts', async () => {
    app.get(LoadReport).register('probe', () => ({ held: 3 }));
    const state = (await app.inject('/health/load?seconds=60')).json();
    expect(state).toMatchObject({ parts: { probe: { held: 3 } } });
    expect(state.memory.rssBytes).toBeGreaterThan(state.memory.heapUsedBytes);
    await waitFor(async () => {
      const { eventLoop } = (await app.inject('/health/load')).json();
      expect(eventLoop.samples).toBeGreaterThan(3);
      expect(eventLoop.maxMs).toBeGreaterThanOrEqual(eventLoop.p99Ms);
    });
    expect(await problem('/health/load?seconds=61')).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('serves an OpenAPI document with the validated schemas', async () => {
    const { paths, components } = (await app.inject('/openapi.json')).json();
    const { requestBody } = paths['/probe'].post;
    expect(requestBody.content['application/json'].schema).toMatchObject({
      required: ['name', 'limits'],
      additionalProperties: false,
    });
    expect(paths['/probe/query'].get.parameters).toMatchObject([{ name: 'q', in: 'query' }]);
    const { content } = paths['/probe/query'].get.responses.default;
    const schema = { $ref: '#/components/schemas/Problem' };
    expect(content).toEqual({ 'application/problem+json': { schema } });
    expect(components.schemas.Problem.required).toContain('code');
  });

  it('serves API pages from its own files only', async () => {
    expect((await app.inject('/')).headers.location).toBe('/docs');
    const page = await app.inject('/docs');
    expect(page.statusCode).toBe(200);
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      const { pathname, host } = new URL(link, 'http://here/docs');
      expect(host).toBe('here');
      expect((await app.inject(pathname)).statusCode).toBe(200);
    }
  });
});
