/**
 * Upgrades from every schema of earlier versions, on both databases: interrupted ones go on, and nothing is lost. The oracle
 * runs the scripts by themselves. FLOTILLA_TEST_UPGRADES=all takes every interruption of the earlier versions.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/platform/database/database.js';
import { applyMigrations } from '../../../src/platform/database/migrations/apply-migrations.js';
import { migrationsOf } from '../../../src/platform/database/migrations/migration-list.js';
import {
  MIGRATION_LOCK_KEY,
  migratePostgresql,
} from '../../../src/platform/database/migrations/postgresql-migrations.js';
import {
  migrateSqlite,
  missingFromSqlite,
  openForMigrations,
} from '../../../src/platform/database/migrations/sqlite-migrations.js';
import { statementsOf } from '../../../src/platform/database/migrations/statements.js';
import type { DatabaseKind, DatabaseLocation } from '../../../src/platform/index.js';
import { seededRandom } from '../../../src/wire/index.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';
import {
  begin,
  type Contents,
  contentsOf,
  fill,
  leaveSchema,
  openSql,
  type Sql,
  schemaOf,
} from '../../support/upgrades/earlier-database.js';
import { waitFor } from '../../support/wait-for.js';

/** The last migration that an earlier version applied statement by statement. */
const LAST_IN_PIECES = '20261130164000_site_uplink';
const IS_WHOLE = process.env.FLOTILLA_TEST_UPGRADES === 'all';
/** Of the interruptions, the short form takes one of that number. */
const STEP: Readonly<Record<DatabaseKind, number>> = IS_WHOLE
  ? { sqlite: 1, postgresql: 1 }
  : { sqlite: 23, postgresql: 29 };
const KILLS = 2;
const FRAMES = 5_000;
const ENTRY = join(import.meta.dirname, '../../support/processes/upgrade-process.ts');
const silent = pino({ level: 'silent' });

interface Place {
  readonly data: string;
  readonly databaseUrl: string | undefined;
  readonly location: DatabaseLocation;
}

describe.each(databaseKinds)(
  'an upgrade (%s)',
  { timeout: IS_WHOLE ? 180_000 : 60_000 },
  (kind) => {
    const known = migrationsOf(kind);
    const places: { stored: TestDatabase; data: string }[] = [];
    let child: ChildProcess | undefined;
    afterEach(async () => {
      child?.kill('SIGKILL');
      for (const { stored, data } of places.splice(0)) {
        await stored.remove();
        await rm(data, { recursive: true, force: true });
      }
    });

    async function newPlace(): Promise<Place> {
      const data = await mkdtemp(join(tmpdir(), 'flotilla-upgrade-'));
      const stored = await testDatabase(kind);
      places.push({ stored, data });
      const databaseUrl = stored.environment.DATABASE_URL;
      const url = databaseUrl ?? pathToFileURL(join(data, 'flotilla.db')).href;
      return { data, databaseUrl, location: { kind, url } };
    }

    async function within<T>(place: Place, work: (sql: Sql) => Promise<T>): Promise<T> {
      const sql = await openSql(place.location);
      try {
        return await work(sql);
      } finally {
        await sql.close();
      }
    }

    const stateOf = (place: Place) =>
      within(place, async (sql) => ({ schema: await schemaOf(sql), rows: await contentsOf(sql) }));

    /** A database with the first migrations and rows; the oracle has applied the others by itself. */
    async function earlier(count: number, frames = 5): Promise<Place> {
      const place = await newPlace();
      await within(place, async (sql) => {
        await leaveSchema(sql, known.slice(0, count));
        await fill(sql, { Frame: frames });
      });
      return place;
    }

    async function expected(count: number, frames = 5) {
      const oracle = await earlier(count, frames);
      await within(oracle, async (sql) => {
        for (const migration of known.slice(count)) await sql.exec(migration.sql);
      });
      return await stateOf(oracle);
    }

    async function start(place: Place, log = silent): Promise<void> {
      await (await openDatabase(place, log)).onApplicationShutdown();
    }

    const migrate = ({ location }: Place) =>
      applyMigrations(location, { log: silent, isCopied: false });

    it('keeps all rows from each earlier schema', async () => {
      const counts = known
        .map((_, i) => i)
        .filter((i) => i > 0 && (IS_WHOLE || i === 1 || i === 7));
      for (const count of counts) {
        const place = await earlier(count);
        await migrate(place);
        expect(await stateOf(place), `after ${count} migrations`).toEqual(await expected(count));
      }
    });

    it('goes on where an earlier version was killed, after whatever statement', async () => {
      const inPieces = known.filter(({ name }) => name <= LAST_IN_PIECES);
      const moments = inPieces.flatMap((migration, count) =>
        statementsOf(`${migration.sql};`).map((_, done) => ({ migration, count, done })),
      );
      // The last place is the one where only the row in the ledger was not finished.
      const all = moments.flatMap((moment) => [moment, { ...moment, done: moment.done + 1 }]);
      const isAfterDrop = ({ migration, done }: (typeof all)[number]) =>
        /^DROP TABLE/.test(statementsOf(migration.sql)[done - 1] ?? '');
      let oracle:
        | { count: number; state: { schema: readonly string[]; rows: Contents } }
        | undefined;
      for (const { migration, count, done } of all.filter(
        (moment, i) => i % STEP[kind] === 0 || isAfterDrop(moment),
      )) {
        if (oracle?.count !== count) oracle = { count, state: await expected(count) };
        const place = await earlier(count);
        await within(place, async (sql) => {
          await begin(sql, migration);
          for (const one of statementsOf(migration.sql).slice(0, done)) await sql.exec(one);
        });
        await migrate(place);
        const what = `${done} statements of ${migration.name}`;
        expect(await stateOf(place), what).toEqual(oracle.state);
        // And it is upgraded for good.
        await migrate(place);
      }
    });

    /** Kills a start at a moment of its upgrade: some ms after a migration began. */
    async function killAt({ data, databaseUrl }: Place, migration: string, afterMs: number) {
      const process = fork(ENTRY, [data, databaseUrl ?? '']);
      child = process;
      await new Promise<void>((resolve) => {
        process.on('exit', () => resolve());
        process.on('message', (line: { msg: string; migration?: string }) => {
          const isTime = line.msg === 'migration begun' && line.migration === migration;
          if (isTime || line.msg === 'open') {
            void sleep(afterMs).then(() => process.kill('SIGKILL'));
          }
        });
      });
    }

    it('goes on after kill −9 at any moment', async () => {
      const random = seededRandom(kind.length);
      const oracle = await expected(1, FRAMES);
      const place = await earlier(1, FRAMES);
      const first = Math.floor(random() * 3);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await killAt(place, known[1 + first + 3 * kill]?.name ?? '', random() * 10);
      }
      await start(place);
      expect(await stateOf(place)).toEqual(oracle);
    });

    it('does nothing of a migration that fails, and takes semicolons in comments', async () => {
      const place = await newPlace();
      await start(place);
      const before = await stateOf(place);
      const made = {
        checksum: 'c',
        name: '2099_made',
        sql: '-- one; two\nCREATE TABLE "made" ("n" INTEGER); -- a; b',
      };
      const broken = {
        ...made,
        name: '2099_made_then_broken',
        sql: `${made.sql}\n; INSERT INTO "nowhere" VALUES (1);`,
      };
      const migrateTo = async (list: typeof known) => {
        if (kind === 'postgresql')
          return void (await migratePostgresql(place.location.url, list, () => undefined));
        const database = openForMigrations(join(place.data, 'flotilla.db'));
        try {
          migrateSqlite(database, list, missingFromSqlite(database, list), () => undefined);
        } finally {
          database.close();
        }
      };
      await expect(migrateTo([...known, broken])).rejects.toMatchObject({
        code: 'MIGRATION_FAILED',
        message: expect.stringMatching(/2099_made_then_broken.*nowhere/),
      });
      expect(await stateOf(place)).toEqual(before);
      await migrateTo([...known, made]);
      expect((await stateOf(place)).rows).toHaveProperty('made');
      // This version does not know that migration.
      await expect(start(place)).rejects.toMatchObject({ code: 'DATABASE_NEWER' });
    });

    it('is reported migration by migration, with a copy of the embedded database before it', async () => {
      const place = await earlier(known.length - 3);
      const before = await stateOf(place);
      const lines: Record<string, unknown>[] = [];
      await start(
        place,
        pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) }),
      );
      const begun = lines.filter(({ msg }) => msg === 'migration begun');
      expect(begun).toMatchObject(
        known.slice(-3).map(({ name }, i) => ({ migration: name, number: i + 1, of: 3 })),
      );
      expect(lines.filter(({ msg }) => msg === 'migration applied')).toHaveLength(3);
      const copies = await readdir(join(place.data, 'copies')).catch(() => []);
      if (kind === 'postgresql') return expect(copies).toEqual([]);
      const file = join(place.data, 'copies', copies[0] ?? '');
      expect(lines).toContainEqual(
        expect.objectContaining({
          msg: 'database copied before the upgrade',
          seconds: expect.any(Number),
        }),
      );
      expect(copies).toEqual([`flotilla-${known.at(-4)?.name}.db`]);
      expect(await stateOf({ ...place, location: { kind, url: file } })).toEqual(before);
    });

    it.runIf(kind === 'postgresql')(
      'waits for another start that upgrades, and goes on when that is killed',
      async () => {
        const place = await earlier(known.length - 1);
        const other = new pg.Client(place.location.url);
        await other.connect();
        await other.query('SELECT pg_advisory_lock(7206541183)');
        await other.query(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK_KEY})`);
        const lines: string[] = [];
        const starting = openDatabase(
          place,
          pino({ level: 'info' }, { write: (line) => void lines.push(line) }),
        );
        await waitFor(() => expect(lines.join()).toContain('waiting for another start'));
        await other.end();
        await (await starting).onApplicationShutdown();
        expect(lines.join()).toContain('migration applied');
      },
    );
  },
);
