/** The client of a database: two are generated from the same models, and used as one. */
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaClient as PostgresqlClient } from './generated/postgresql/client.js';
import { PrismaClient } from './generated/sqlite/client.js';
import type { DatabaseKind } from './location.js';

/** What every store speaks to. */
export type Client = PrismaClient;

/** A client on a driver. */
export function clientOn(kind: DatabaseKind, adapter: SqlDriverAdapterFactory): Client {
  if (kind === 'sqlite') return new PrismaClient({ adapter });
  // The types differ only in the isolation levels of interactive transactions, which nobody here uses.
  return new PostgresqlClient({ adapter }) as unknown as PrismaClient;
}
