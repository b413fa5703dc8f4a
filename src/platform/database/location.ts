/** The kind and URL of a database: enough for a thread to open it. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { Config } from '../config/config.js';
import { CleanPg } from './clean-pg.js';

export type DatabaseKind = 'sqlite' | 'postgresql';

export interface DatabaseLocation {
  readonly kind: DatabaseKind;
  /** `file:` of the embedded database, or `postgresql:` with credentials and options. */
  readonly url: string;
}

const BUSY_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Shorter than the timeout of the client, so that the server commits nothing the client has given up. */
const STATEMENT_TIMEOUT_MS = 15_000;
const QUERY_TIMEOUT_MS = 20_000;
/** Connections of one thread. */
const POOL_CONNECTIONS = 4;

/** The database of a configuration: DATABASE_URL, or a file in the data folder. */
export function locationOf({ data, databaseUrl }: Pick<Config, 'data' | 'databaseUrl'>) {
  const location: DatabaseLocation =
    databaseUrl === undefined
      ? { kind: 'sqlite', url: pathToFileURL(resolve(data, 'flotilla.db')).href }
      : { kind: 'postgresql', url: databaseUrl };
  return location;
}

/** The driver of a database. SQLite's runs every query on the calling thread. */
export function driverOf({ kind, url }: DatabaseLocation): SqlMigrationAwareDriverAdapterFactory {
  if (kind === 'sqlite') return new PrismaLibSql({ url, timeout: BUSY_TIMEOUT_MS });
  return new CleanPg(poolOptions(url), {
    // A connection that breaks while it is idle is replaced at the next query.
    onPoolError: () => undefined,
    onConnectionError: () => undefined,
  });
}

/** Options of PostgreSQL connections; every wait has a timeout. */
export function poolOptions(url: string) {
  return {
    connectionString: url,
    max: POOL_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'flotilla',
  };
}
