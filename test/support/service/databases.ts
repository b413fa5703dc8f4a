/** Both databases for tests: each asks for the environment of a fresh one, and gives it back. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openDatabase } from '../../../src/platform/database/database.js';
import { type Database, type DatabaseKind, readConfig } from '../../../src/platform/index.js';
import { createDatabase, dropDatabase } from './private-postgresql.js';

/** A fresh database as settings of the service; the embedded one needs none but its folder. */
export interface TestDatabase {
  readonly kind: DatabaseKind;
  readonly environment: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

const server = process.env.FLOTILLA_TEST_POSTGRESQL ?? '';

/** The databases the store tests run on: PostgreSQL only where it is installed, see postgresql-setup.ts. */
export const databaseKinds: readonly DatabaseKind[] =
  server === '' ? ['sqlite'] : ['sqlite', 'postgresql'];

/** Makes a database of a kind. */
export async function testDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  if (kind === 'sqlite') return { kind, environment: {}, remove: async () => undefined };
  const url = await createDatabase(server);
  return { kind, environment: { DATABASE_URL: url }, remove: () => dropDatabase(server, url) };
}

/** An open database for tests of stores, without a service. */
export interface OpenDatabase {
  readonly database: Database;
  remove(): Promise<void>;
}

/** Opens a fresh database of a kind. */
export async function openTestDatabase(kind: DatabaseKind): Promise<OpenDatabase> {
  const { environment, remove } = await testDatabase(kind);
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-stores-'));
  const config = readConfig({ ...environment, FLOTILLA_DATA: folder });
  const database = await openDatabase(config, pino({ level: 'silent' }));
  return {
    database,
    async remove() {
      await database.onApplicationShutdown();
      await remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
