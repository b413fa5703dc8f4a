/**
 * Migrations of the embedded database: each is one transaction with its row in the ledger.
 *
 * The calling thread waits for the disk: a start calls this on a thread of its own when the database holds rows.
 */
import { randomUUID } from 'node:crypto';
import Libsql from 'libsql';
import { Fault } from '../../../wire/index.js';
import { type Rehearsal, restOf } from './interrupted.js';
import {
  LEDGER,
  LEDGER_ROWS,
  LEDGER_TABLE,
  type LedgerRow,
  type Missing,
  missingFrom,
} from './ledger.js';
import type { Migration } from './migration-list.js';
import { secondsSince, type UpgradeNews } from './news.js';
import { rebuildsTables, statementsOf } from './statements.js';

type Connection = InstanceType<typeof Libsql>;

/** Everything of the schema by name, as an interrupted migration is compared. */
const ITEMS = `
  SELECT 'table ' || "name" AS "item" FROM sqlite_schema WHERE "type" = 'table'
  UNION ALL SELECT 'index ' || "name" FROM sqlite_schema WHERE "type" = 'index'
  UNION ALL SELECT 'column ' || m."name" || '.' || c."name"
    FROM sqlite_schema AS m, pragma_table_info(m."name") AS c WHERE m."type" = 'table'`;

const isOwn = (item: string) => !/ (sqlite_|_prisma_)/.test(item);

/** Opens a file, which is created if missing; foreign keys are off, as the making of tables needs. */
export function openForMigrations(file: string): Connection {
  const database = new Libsql(file, { timeout: 5_000 });
  // Inside a transaction this has no effect.
  database.exec('PRAGMA foreign_keys = OFF');
  return database;
}

function textsOf(database: Connection, sql: string, column: string): string[] {
  return (database.prepare(sql).all() as Record<string, unknown>[]).map((row) =>
    String(row[column]),
  );
}

function tablesOf(database: Connection): string[] {
  return textsOf(database, `SELECT "name" FROM sqlite_schema WHERE "type" = 'table'`, 'name');
}

/** What the database needs. Throws as missingFrom, and DATABASE_DAMAGED for a file that is no database. */
export function missingFromSqlite(database: Connection, known: readonly Migration[]): Missing {
  try {
    if (!tablesOf(database).includes(LEDGER)) return missingFrom(known, []);
    const rows = database.prepare(LEDGER_ROWS).all() as Record<keyof LedgerRow, unknown>[];
    return missingFrom(
      known,
      rows.map(({ name, isFinished, isRolledBack }) => ({
        name: String(name),
        isFinished: Number(isFinished) === 1,
        isRolledBack: Number(isRolledBack) === 1,
      })),
    );
  } catch (error) {
    throw faultOf(error, 'the ledger of migrations cannot be read') ?? error;
  }
}

/** True when a table of ours holds a row: then there is something to lose. */
export function holdsRows(database: Connection): boolean {
  const tables = tablesOf(database).filter(
    (name) => name !== LEDGER && !name.startsWith('sqlite_'),
  );
  return tables.some(
    (name) => database.prepare(`SELECT 1 AS "row" FROM "${name}" LIMIT 1`).get() !== undefined,
  );
}

/** Applies what is missing; throws MIGRATION_FAILED, DISK_FULL or DATABASE_DAMAGED and leaves the migration undone. */
export function migrateSqlite(
  database: Connection,
  known: readonly Migration[],
  { pending, isInterrupted }: Missing,
  report: (news: UpgradeNews) => void,
): void {
  pending.forEach((migration, i) => {
    const place = { migration: migration.name, number: i + 1, of: pending.length };
    const beganMs = performance.now();
    report({ step: 'begun', ...place });
    const statements =
      isInterrupted && i === 0
        ? restOf(migration.name, rehearsed(known, migration), itemsOf(database))
        : undefined;
    applyOne(database, migration, statements);
    report({ step: 'applied', ...place, seconds: secondsSince(beganMs) });
  });
}

function applyOne(
  database: Connection,
  migration: Migration,
  rest: readonly string[] | undefined,
): void {
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec(LEDGER_TABLE.sqlite);
    const isRebuild = rebuildsTables(migration);
    const orphans = isRebuild ? orphansIn(database) : 0;
    database.exec(rest === undefined ? migration.sql : rest.join(';\n'));
    if (isRebuild && orphansIn(database) > orphans) throw new Error('rows lost what they refer to');
    // As Prisma does: time in ms since 1970.
    database
      .prepare(`DELETE FROM "${LEDGER}" WHERE "migration_name" = ? AND "rolled_back_at" IS NULL`)
      .run(migration.name);
    database
      .prepare(
        `INSERT INTO "${LEDGER}" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
         VALUES (?, ?, ?, ?, ?, 1)`,
      )
      .run(randomUUID(), migration.checksum, migration.name, Date.now(), Date.now());
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw faultOf(error, `migration ${migration.name}`) ?? failed(migration, error);
  }
}

function failed({ name }: Migration, error: unknown): Fault {
  const why = error instanceof Error ? error.message : String(error);
  const text = `migration ${name} failed, and the database is as before it: ${why}`;
  return new Fault('MIGRATION_FAILED', text, { cause: error });
}

/** Rows that refer to a row that is not there. */
function orphansIn(database: Connection): number {
  const found = database.prepare('SELECT count(*) AS "n" FROM pragma_foreign_key_check').get();
  return (found as { n: number }).n;
}

function itemsOf(database: Connection): Set<string> {
  return new Set(textsOf(database, ITEMS, 'item').filter(isOwn));
}

/** The migration, statement by statement, on an empty database with all before it. */
function rehearsed(known: readonly Migration[], migration: Migration): Rehearsal {
  const empty = openForMigrations(':memory:');
  try {
    for (const { name, sql } of known) {
      if (name === migration.name) break;
      empty.exec(sql);
    }
    const statements = statementsOf(migration.sql);
    const states = [itemsOf(empty)];
    for (const statement of statements) {
      empty.exec(statement);
      states.push(itemsOf(empty));
    }
    return { statements, states };
  } finally {
    empty.close();
  }
}

/** The fault that an error of the database is, with what to do; undefined for an error that is neither a full disk nor damage. */
export function faultOf(error: unknown, what: string): Fault | undefined {
  if (error instanceof Fault) return error;
  const why = error instanceof Error ? error.message : String(error);
  if (/disk is full|ENOSPC|EDQUOT/i.test(why)) {
    const text = `${what} needs more room on the disk; nothing has changed: free some, then start again`;
    return new Fault('DISK_FULL', text, { cause: error });
  }
  if (!/malformed|not a database|corrupt/i.test(why)) return undefined;
  const text = `${what}: ${why}; check the database by flotilla db check, and restore a copy by flotilla db restore`;
  return new Fault('DATABASE_DAMAGED', text, { cause: error });
}
