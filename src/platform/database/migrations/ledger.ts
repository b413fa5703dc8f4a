/**
 * The ledger of applied migrations: the table `_prisma_migrations`, in the form of Prisma's own.
 *
 * Earlier versions wrote a row before a migration and finished it afterwards. A row without an end is thus a migration that
 * was interrupted. This version writes a row in the transaction of its migration.
 */
import { Fault } from '../../../wire/index.js';
import type { DatabaseKind } from '../location.js';
import type { Migration } from './migration-list.js';

/** A row: not finished and not rolled back means interrupted. */
export interface LedgerRow {
  readonly name: string;
  readonly isFinished: boolean;
  readonly isRolledBack: boolean;
}

/** What a database still needs. */
export interface Missing {
  /** The oldest first; an interrupted one is the first. */
  readonly pending: readonly Migration[];
  readonly isInterrupted: boolean;
  /** The newest migration of the database; undefined before the first. */
  readonly newest: string | undefined;
}

export const LEDGER = '_prisma_migrations';

/** Creates the ledger where it is missing; the columns are Prisma's. */
export const LEDGER_TABLE: Readonly<Record<DatabaseKind, string>> = {
  sqlite: `CREATE TABLE IF NOT EXISTS "${LEDGER}" (
    "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
    "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`,
  postgresql: `CREATE TABLE IF NOT EXISTS "${LEDGER}" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`,
};

/** Reads the ledger; the columns are those of LedgerRow, as numbers on SQLite. */
export const LEDGER_ROWS = `
  SELECT "migration_name" AS "name", "finished_at" IS NOT NULL AS "isFinished", "rolled_back_at" IS NOT NULL AS "isRolledBack"
  FROM "${LEDGER}" ORDER BY "migration_name"`;

/**
 * The migrations that a database needs. Throws DATABASE_NEWER when it has some that this version does not know, and
 * MIGRATION_FAILED when its ledger has a gap or two interrupted ones.
 */
export function missingFrom(known: readonly Migration[], rows: readonly LedgerRow[]): Missing {
  const valid = rows.filter((row) => !row.isRolledBack);
  const done = new Set(valid.filter((row) => row.isFinished).map(({ name }) => name));
  const begun = new Set(valid.map(({ name }) => name));
  const names = new Set(known.map(({ name }) => name));
  const newer = [...begun].find((name) => !names.has(name));
  if (newer !== undefined) {
    const text = `the database has migration ${newer}, which this version does not know; start the newer version again, or restore the copy from before its upgrade (flotilla db restore)`;
    throw new Fault('DATABASE_NEWER', text);
  }
  const pending = known.filter(({ name }) => !done.has(name));
  const interrupted = pending.filter(({ name }) => begun.has(name));
  const firstPending = known.findIndex(({ name }) => !done.has(name));
  const isGap = firstPending >= 0 && known.slice(firstPending).some(({ name }) => done.has(name));
  const isPlain =
    !isGap &&
    (interrupted.length === 0 || (interrupted.length === 1 && interrupted[0] === pending[0]));
  if (!isPlain) {
    const text = `the ledger of migrations is out of order at ${pending[0]?.name}; restore a copy (flotilla db restore, or the tools of PostgreSQL)`;
    throw new Fault('MIGRATION_FAILED', text);
  }
  return {
    pending,
    isInterrupted: interrupted.length === 1,
    newest: known.filter(({ name }) => done.has(name)).at(-1)?.name,
  };
}
