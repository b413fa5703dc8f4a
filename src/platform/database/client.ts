/** The database client: two are generated from the same models and share one type. */
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaClient as PostgresqlClient } from './generated/postgresql/client.js';
import { PrismaClient } from './generated/sqlite/client.js';
import type { DatabaseKind } from './location.js';

export type Client = PrismaClient;

export function clientOn(kind: DatabaseKind, adapter: SqlDriverAdapterFactory): Client {
  if (kind === 'sqlite') return new PrismaClient({ adapter });
  // The types differ only in the isolation levels of interactive transactions, which Flotilla does not use.
  return new PostgresqlClient({ adapter }) as unknown as PrismaClient;
}
