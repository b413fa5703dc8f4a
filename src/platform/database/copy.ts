/**
 * Copies an embedded database into an empty PostgreSQL, table by table, thousands of rows per statement.
 *
 * Rows travel as JSON: the declared type of a SQLite column decides how it is written and read. The source is not changed.
 */
import { resolve } from 'node:path';
import { Fault } from '../../wire/index.js';
import type { Log } from '../log.js';
import { Database, openDatabase } from './database.js';
import type { ColumnKind } from './dialect.js';
import { Prisma } from './generated/sqlite/client.js';
import { locationOf } from './location.js';
import { applyMigrations } from './migrations/apply-migrations.js';

/** Every table, referenced ones first. */
const TABLES = [
  ...['ApiKey', 'AuditEntry', 'EnrolmentToken', 'IdempotentAnswer', 'Model', 'ModelBlock'],
  ...['Device', 'DeviceTag', 'Twin', 'BlockProfile', 'Frame', 'DeviceRollup', 'FleetRollup'],
  ...['DeviceTraffic', 'HistoryMark'],
  ...['Command', 'CommandRun', 'Rollout', 'RolloutDevice'],
] as const;
const PAGE_ROWS = 2_000;

const KINDS: Readonly<Record<string, ColumnKind>> = {
  TEXT: 'text',
  INTEGER: 'integer',
  BIGINT: 'integer',
  REAL: 'real',
  DATETIME: 'time',
  JSONB: 'json',
  BLOB: 'bytes',
};

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

/** Copies all tables; calls `onTable` after each. Throws DATA_LOCKED while a service uses either side, DATABASE_NOT_EMPTY when the target holds rows. */
export async function copyDatabase(
  data: string,
  databaseUrl: string,
  log: Log,
  onTable: (copied: CopiedTable) => void,
): Promise<void> {
  const target = await openDatabase({ data: resolve(data), databaseUrl }, log);
  try {
    // openDatabase holds the lock of the data folder, so no service writes to the source.
    const location = locationOf({ data, databaseUrl: undefined });
    await applyMigrations(location, { log, isCopied: true });
    const source = Database.onThread(location);
    try {
      await mustBeEmpty(target);
      for (const table of TABLES) onTable(await copyTable(source, target, table));
    } finally {
      await source.disconnect();
    }
  } finally {
    await target.onApplicationShutdown();
  }
}

async function mustBeEmpty(target: Database): Promise<void> {
  for (const table of TABLES) {
    const rows = await countOf(target, table);
    if (rows === 0) continue;
    const text = `table ${table} of the target holds ${rows} rows; copy into an empty database`;
    throw new Fault('DATABASE_NOT_EMPTY', text);
  }
}

async function countOf({ client }: Database, table: string): Promise<number> {
  const [found] = await client.$queryRaw<[{ n: number | bigint }]>(
    Prisma.sql`SELECT count(*) AS "n" FROM ${Prisma.raw(`"${table}"`)}`,
  );
  return Number(found.n);
}

async function copyTable(source: Database, target: Database, table: string): Promise<CopiedTable> {
  const columns = await columnsOf(source, table);
  let rows = 0;
  let after = 0;
  for (;;) {
    const page = await readPage(source, table, columns, after);
    const last = page.at(-1);
    if (last === undefined) break;
    await writePage(
      target,
      table,
      columns,
      page.map(([, ...row]) => row),
    );
    rows += page.length;
    after = Number(last[0]);
  }
  const there = await countOf(target, table);
  if (there !== rows) throw new Error(`${table}: ${rows} rows read, ${there} written`);
  return { table, rows };
}

type Columns = Readonly<Record<string, ColumnKind>>;

async function columnsOf({ client }: Database, table: string): Promise<Columns> {
  const found = await client.$queryRaw<{ name: string; type: string }[]>`
    SELECT "name", "type" FROM pragma_table_info(${table})`;
  return Object.fromEntries(found.map(({ name, type }) => [name, KINDS[type] ?? 'text']));
}

/** Rows after a row id, each with its own id before its values. */
async function readPage(source: Database, table: string, columns: Columns, after: number) {
  const values = Object.entries(columns).map(([name, kind]) => {
    if (kind === 'bytes') return source.dialect.hex(name);
    return kind === 'json' ? `json("${name}")` : `"${name}"`;
  });
  const rows = Prisma.sql`
    SELECT rowid AS "row id", * FROM ${Prisma.raw(`"${table}"`)} WHERE rowid > ${after}
    ORDER BY rowid LIMIT ${PAGE_ROWS}`;
  const [found] = await source.client.$queryRaw<[{ rows: string }]>(
    source.dialect.collected(['"row id"', ...values], rows),
  );
  return JSON.parse(found.rows) as unknown[][];
}

async function writePage(
  { client, dialect }: Database,
  table: string,
  columns: Columns,
  rows: readonly unknown[][],
): Promise<void> {
  const list = Prisma.raw(
    Object.keys(columns)
      .map((name) => `"${name}"`)
      .join(', '),
  );
  await client.$executeRaw`
    INSERT INTO ${Prisma.raw(`"${table}"`)} (${list}) SELECT ${list} FROM ${dialect.rows('given', columns, rows)}`;
}
