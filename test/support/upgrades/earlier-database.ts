/**
 * Databases as earlier versions left them, filled with rows, and what is in a database. All of it is plain SQL: nothing here
 * uses the code that migrates.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import pg from 'pg';
import type { Migration } from '../../../src/platform/database/migrations/migration-list.js';
import type { DatabaseLocation } from '../../../src/platform/index.js';

/** A plain connection to a database. */
export interface Sql {
  readonly kind: DatabaseLocation['kind'];
  exec(script: string): Promise<void>;
  rows(query: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function openSql({ kind, url }: DatabaseLocation): Promise<Sql> {
  if (kind === 'sqlite') {
    const database = new Libsql(url.startsWith('file:') ? fileURLToPath(url) : url, {
      timeout: 5_000,
    });
    // A test's own rows need not survive a loss of power.
    database.exec('PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF');
    return {
      kind,
      exec: async (script) => void database.exec(script),
      rows: async (query) => database.prepare(query).all() as Record<string, unknown>[],
      close: async () => void database.close(),
    };
  }
  const client = new pg.Client(url);
  await client.connect();
  return {
    kind,
    exec: async (script) => void (await client.query(script)),
    rows: async (query) => (await client.query(query)).rows,
    close: () => client.end(),
  };
}

/** As Prisma's engine made it, which applied migrations in earlier versions. */
const LEDGER = {
  sqlite: `CREATE TABLE "_prisma_migrations" ("id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME,
    "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME,
    "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`,
  postgresql: `CREATE TABLE "_prisma_migrations" ("id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ, "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`,
};

/** Applies migrations as an earlier version did, each with its finished row. */
export async function leaveSchema(sql: Sql, migrations: readonly Migration[]): Promise<void> {
  await sql.exec(LEDGER[sql.kind]);
  for (const migration of migrations) {
    await begin(sql, migration);
    await sql.exec(migration.sql);
    await sql.exec(`UPDATE "_prisma_migrations" SET "finished_at" = CURRENT_TIMESTAMP, "applied_steps_count" = 1
      WHERE "migration_name" = '${migration.name}'`);
  }
}

/** The row that an earlier version wrote before a migration. */
export function begin(sql: Sql, { name, checksum }: Migration): Promise<void> {
  return sql.exec(`INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "applied_steps_count")
    VALUES ('${checksum.slice(0, 36)}', '${checksum}', '${name}', CURRENT_TIMESTAMP, 0)`);
}

/** Recent frames are kept, whatever the retention. */
const START_MS = Date.now() - 2 * 86_400_000;
const DAY = new Date(START_MS).toISOString().slice(0, 10);

/** Values that a column needs, by its name; all others are by its type. */
const BY_NAME: Readonly<Record<string, string>> = {
  id: `'x' || i`,
  deviceId: `'x' || (i % 5)`,
  modelId: `'x' || (i % 5)`,
  commandId: `'x' || i`,
  rolloutId: `'x' || i`,
  state: `'done'`,
  gates: `'{"mostFailures": 0.25, "mostP95Factor": 2, "minFrames": ' || i || '}'`,
  startedMs: `${START_MS} + i * 1000`,
  receivedMs: `${START_MS} + 500 + i * 1000`,
};
const BY_TYPE: readonly (readonly [RegExp, string])[] = [
  [/^jsonb/i, `'{"n": ' || i || '}'`],
  [/^(blob|bytea)/i, `'00'`],
  [/^(datetime|timestamp)/i, `'${DAY} 00:00:' || (10 + i % 50) || '.' || (100 + i % 900)`],
  [/^(real|double)/i, 'i * 0.5'],
  [/^(integer|bigint)/i, 'i'],
  [/^text/i, `'t' || i`],
];
const ORDER = ['ApiKey', 'Model', 'Device', 'Command', 'Rollout'];

interface Column {
  readonly name: string;
  readonly type: string;
  /** It cannot be left out. */
  readonly isNeeded: boolean;
}

async function columnsOf(sql: Sql, table: string): Promise<Column[]> {
  const query =
    sql.kind === 'sqlite'
      ? `SELECT "name", "type", "notnull" = 1 AND "dflt_value" IS NULL AS "needed" FROM pragma_table_info('${table}')`
      : `SELECT column_name AS "name", data_type AS "type", is_nullable = 'NO' AND column_default IS NULL AS "needed"
         FROM information_schema.columns
         WHERE table_name = '${table}' AND table_schema = current_schema() ORDER BY ordinal_position`;
  return (await sql.rows(query)).map(({ name, type, needed }) => ({
    ...{ name: String(name), type: String(type), isNeeded: Number(needed) === 1 },
  }));
}

export async function tablesOf(sql: Sql): Promise<string[]> {
  const query =
    sql.kind === 'sqlite'
      ? `SELECT "name" FROM sqlite_schema WHERE "type" = 'table' AND "name" NOT LIKE 'sqlite%'`
      : `SELECT table_name AS "name" FROM information_schema.tables WHERE table_schema = current_schema()`;
  const names = (await sql.rows(query)).map(({ name }) => String(name));
  return names.filter((name) => name !== '_prisma_migrations').sort();
}

/**
 * Fills every table, or those given and only the columns they need, with rows whose values follow from their number. `counts` names
 * tables with another number of rows than five.
 */
export async function fill(
  sql: Sql,
  counts: Readonly<Record<string, number>> = {},
  only?: readonly string[],
): Promise<void> {
  const tables = (await tablesOf(sql)).filter((name) => only?.includes(name) ?? true);
  const first = ORDER.filter((name) => tables.includes(name));
  for (const table of [...first, ...tables.filter((name) => !ORDER.includes(name))]) {
    const columns = (await columnsOf(sql, table)).filter(({ isNeeded }) => isNeeded || !only);
    const values = columns.map(({ name, type }) => {
      const value = BY_NAME[name] ?? BY_TYPE.find(([pattern]) => pattern.test(type))?.[1] ?? 'NULL';
      const cast = /^(jsonb|bytea|timestamp)/i.exec(type)?.[0];
      return sql.kind === 'postgresql' && cast !== undefined ? `(${value})::${cast}` : value;
    });
    const n = counts[table] ?? 5;
    const numbers =
      sql.kind === 'sqlite'
        ? `(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${n - 1}) SELECT i FROM n)`
        : `generate_series(0, ${n - 1}) AS n(i)`;
    const list = columns.map(({ name }) => `"${name}"`).join(', ');
    await sql.exec(`INSERT INTO "${table}" (${list}) SELECT ${values.join(', ')} FROM ${numbers}`);
  }
}

/** Rows of a table: how many, and a digest of all their values in a fixed order. */
export type Contents = Readonly<Record<string, string>>;

/** What is in tables, by default in all. */
export async function contentsOf(sql: Sql, tables?: readonly string[]): Promise<Contents> {
  const contents: Record<string, string> = {};
  for (const table of tables ?? (await tablesOf(sql))) {
    const columns = await columnsOf(sql, table);
    const list = columns.map(({ name }) => `"${name}"`).join(', ');
    const order = columns.map((_, i) => i + 1).slice(0, 4);
    const rows = await sql.rows(`SELECT ${list} FROM "${table}" ORDER BY ${order.join(', ')}`);
    const hash = createHash('sha256');
    for (const row of rows) hash.update(JSON.stringify(Object.values(row)));
    contents[table] = `${rows.length} rows ${hash.digest('hex').slice(0, 16)}`;
  }
  return contents;
}

/** The tables, columns, indexes and constraints of a database, as text. */
export async function schemaOf(sql: Sql): Promise<readonly string[]> {
  const query =
    sql.kind === 'sqlite'
      ? `SELECT "type" || ' ' || "name" || ' ' || coalesce("sql", '') AS "item" FROM sqlite_schema WHERE "name" NOT LIKE 'sqlite_%'`
      : `SELECT 'column ' || table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable AS item
           FROM information_schema.columns WHERE table_schema = current_schema()
         UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = current_schema()
         UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = current_schema()::regnamespace`;
  const items = (await sql.rows(query)).map(({ item }) => String(item));
  return items.filter((item) => !item.includes('_prisma_')).sort();
}
