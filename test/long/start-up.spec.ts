/**
 * Kill −9 at seeded moments of a first start and of upgrades from every earlier schema, on both databases, with the built
 * service: every next start is ready, and no row is lost. The oracle runs the scripts of the migrations by themselves.
 *
 * FLOTILLA_TEST_STARTS says how many moments of each (100 for the whole), FLOTILLA_TEST_FRAMES how many frames (100000).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrationsOf } from '../../src/platform/database/migrations/migration-list.js';
import type { DatabaseKind } from '../../src/platform/index.js';
import { seededRandom } from '../../src/wire/index.js';
import { programs, Service } from '../support/processes/processes.js';
import {
  createDatabase,
  dropDatabase,
  PrivatePostgresql,
} from '../support/service/private-postgresql.js';
import {
  contentsOf,
  fill,
  leaveSchema,
  openSql,
  type Sql,
  tablesOf,
} from '../support/upgrades/earlier-database.js';

const STARTS = Number(process.env.FLOTILLA_TEST_STARTS ?? 2);
const FRAMES = Number(process.env.FLOTILLA_TEST_FRAMES ?? 5_000);
const SECONDS_A_START = 30;
const TABLES = ['Frame', 'DeviceTag'];

let folder: string;
let server: PrivatePostgresql | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-starts-'));
  server = await PrivatePostgresql.start();
});
afterAll(async () => {
  await server?.remove();
  await rm(folder, { recursive: true, force: true });
});

/** A data folder with its settings. */
interface Place {
  readonly data: string;
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
}

describe.each<DatabaseKind>(['sqlite', 'postgresql'])('a start that is killed (%s)', (kind) => {
  const known = migrationsOf(kind);
  let places = 0;

  /** A fresh place, or one with a copy of the database of another. */
  async function newPlace(template?: Place): Promise<Place> {
    places += 1;
    const data = join(folder, `${kind}-${places}`);
    await mkdir(data, { mode: 0o700 });
    const file = join(data, 'flotilla.db');
    if (kind === 'sqlite') {
      if (template !== undefined) await copyFile(join(template.data, 'flotilla.db'), file);
      return { data, env: {}, url: pathToFileURL(file).href };
    }
    const url = await createDatabase(server?.url ?? '', template?.url);
    return { data, env: { DATABASE_URL: url }, url };
  }

  async function remove({ data, url }: Place): Promise<void> {
    if (kind === 'postgresql') await dropDatabase(server?.url ?? '', url);
    await rm(data, { recursive: true, force: true });
  }

  async function within<T>({ url }: Place, work: (sql: Sql) => Promise<T>): Promise<T> {
    const sql = await openSql({ kind, url });
    try {
      return await work(sql);
    } finally {
      await sql.close();
    }
  }

  const filledOf = async (sql: Sql) =>
    (await tablesOf(sql)).filter((name) => TABLES.includes(name));

  const rowsOf = (place: Place) =>
    within(place, async (sql) => ({
      ...(await contentsOf(sql, await filledOf(sql))),
      devices: await sql.rows('SELECT "id", "name", "secretHash" FROM "Device" ORDER BY "id"'),
      keys: await sql.rows(`SELECT "id", "hash" FROM "ApiKey" WHERE "id" LIKE 'x%' ORDER BY "id"`),
    }));

  /** Milliseconds until a start is ready; the service is then killed. */
  async function readyMs({ data, env }: Place): Promise<number> {
    const beganMs = performance.now();
    const service = await Service.start({ data, env });
    const took = performance.now() - beganMs;
    await service.process.stop('SIGKILL');
    return took;
  }

  async function killAfter({ data, env }: Place, ms: number): Promise<void> {
    const child = spawn(process.execPath, [programs.service], {
      stdio: 'ignore',
      env: {
        ...{ PATH: process.env.PATH, FLOTILLA_DATA: data, FLOTILLA_HOST: '127.0.0.1' },
        ...{ FLOTILLA_HTTP_PORT: '0', FLOTILLA_MQTT_PORT: '0', ...env },
      },
    });
    const ended = once(child, 'exit');
    await sleep(ms);
    child.kill('SIGKILL');
    await ended;
  }

  it(
    'is ready the next time, from a first start',
    async ({ skip }) => {
      if (kind === 'postgresql' && server === undefined) skip('PostgreSQL is not installed');
      const random = seededRandom(11 + kind.length);
      const whole = await newPlace();
      const longestMs = await readyMs(whole);
      await remove(whole);
      for (let start = 0; start < STARTS; start += 1) {
        const place = await newPlace();
        await killAfter(place, random() * longestMs);
        await readyMs(place);
        await remove(place);
      }
      process.stdout.write(
        `${kind}: ${STARTS} first starts killed within ${Math.round(longestMs)} ms, all ready next\n`,
      );
    },
    (STARTS + 1) * 2 * SECONDS_A_START * 1_000,
  );

  /** A database with the first migrations and rows, and the rows that it has to have in the end. */
  async function earlier(count: number) {
    const template = await newPlace();
    await within(template, async (sql) => {
      await leaveSchema(sql, known.slice(0, count));
      await fill(sql, { Frame: FRAMES }, ['Device', 'ApiKey', ...TABLES]);
    });
    const oracle = await newPlace(template);
    await within(oracle, async (sql) => {
      for (const { sql: script } of known.slice(count)) await sql.exec(script);
    });
    const expected = await rowsOf(oracle);
    await remove(oracle);
    return { template, expected };
  }

  it(
    'is ready the next time and has every row, from an upgrade of each earlier schema',
    async ({ skip }) => {
      if (kind === 'postgresql' && server === undefined) skip('PostgreSQL is not installed');
      const random = seededRandom(23 + kind.length);
      const schemas = known.length - 1;
      // The short form takes the first schemas and then every other; the whole takes each as often.
      const perSchema = Math.max(1, Math.ceil(STARTS / schemas));
      const step = Math.max(1, Math.floor(schemas / STARTS));
      let starts = 0;
      const longest: number[] = [];
      for (let count = 1; count <= schemas && starts < STARTS; count += step) {
        const { template, expected } = await earlier(count);
        const whole = await newPlace(template);
        const longestMs = await readyMs(whole);
        longest.push(Math.round(longestMs));
        expect(await rowsOf(whole), `after ${count} migrations, not killed`).toEqual(expected);
        await remove(whole);
        for (let i = 0; i < perSchema && starts < STARTS; i += 1, starts += 1) {
          const place = await newPlace(template);
          const ms = random() * longestMs;
          await killAfter(place, ms);
          await readyMs(place);
          expect(await rowsOf(place), `${count} migrations, killed after ${ms} ms`).toEqual(
            expected,
          );
          await remove(place);
        }
        await remove(template);
      }
      process.stdout.write(
        `${kind}: ${starts} upgrades with ${FRAMES} frames killed within ${longest.join(', ')} ms, all ready next\n`,
      );
    },
    (STARTS + known.length) * 2 * SECONDS_A_START * 1_000,
  );
});
