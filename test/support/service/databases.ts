/** Both databases for tests: each asks for the environment of a fresh one, and gives it back. */
import type { DatabaseKind } from '../../../src/platform/index.js';
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
