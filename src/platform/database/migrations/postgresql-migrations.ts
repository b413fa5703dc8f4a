/**
 * Migrations of PostgreSQL: each is one transaction with its row in the ledger, under a lock that ends with the transaction.
 *
 * Of two starts at once, one migrates and the other waits. The server rolls back the transaction of a killed start.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../../../wire/index.js';
import { isOutage } from '../failures/outage.js';
import { poolOptions } from '../location.js';
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
import { statementsOf } from './statements.js';

/** An arbitrary number that identifies an upgrade of Flotilla; another one than that of a running service. */
export const MIGRATION_LOCK_KEY = 7_206_541_184;
const ASK_AGAIN_MS = 250;

/** Everything of a schema by name, as an interrupted migration is compared; $1 is the number of the schema. */
const ITEMS = `
  SELECT 'table ' || relname AS item FROM pg_class WHERE relnamespace = $1 AND relkind = 'r'
  UNION ALL SELECT 'index ' || relname FROM pg_class WHERE relnamespace = $1 AND relkind = 'i'
  UNION ALL SELECT 'column ' || relname || '.' || attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = $1 AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
  UNION ALL SELECT 'constraint ' || relname || '.' || conname FROM pg_class JOIN pg_constraint ON conrelid = pg_class.oid
    WHERE relnamespace = $1 AND relkind = 'r'`;

/**
 * Applies what is missing; resolves to the names of what was applied. Throws MIGRATION_FAILED and leaves that migration
 * undone, DATABASE_NEWER, and DATABASE_UNAVAILABLE when the server does not answer.
 */
export async function migratePostgresql(
  url: string,
  known: readonly Migration[],
  report: (news: UpgradeNews) => void,
): Promise<readonly string[]> {
  // A migration of many rows takes as long as it takes.
  const options = { ...poolOptions(url), statement_timeout: 0, query_timeout: 0 };
  const client = new pg.Client(options);
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { pending, newest } = await missing(client, known);
    if (pending.length === 0) return [];
    await noticeDeadClients(client);
    // A first start is quick, and its caller names all migrations in one line.
    return await applyAll(client, known, (news) => {
      if (newest !== undefined || news.step === 'waiting') report(news);
    });
  } catch (error) {
    if (!isOutage(error) || !(error instanceof Error)) throw error;
    const text = `DATABASE_URL: PostgreSQL does not answer: ${error.message}`;
    throw new Fault('DATABASE_UNAVAILABLE', text, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Has the server end the statement of a start that was killed, where it can (PostgreSQL 14). */
async function noticeDeadClients(client: pg.Client): Promise<void> {
  await client.query(`
    SELECT set_config(name, '1000', false) FROM pg_settings WHERE name = 'client_connection_check_interval'`);
}

async function applyAll(
  client: pg.Client,
  known: readonly Migration[],
  report: (news: UpgradeNews) => void,
): Promise<readonly string[]> {
  const applied: string[] = [];
  for (;;) {
    await beginAlone(client, () => report({ step: 'waiting' }));
    const { pending, isInterrupted } = await missing(client, known);
    const [migration] = pending;
    if (migration === undefined) {
      await client.query('ROLLBACK');
      return applied;
    }
    const number = applied.length + 1;
    const place = { migration: migration.name, number, of: applied.length + pending.length };
    const beganMs = performance.now();
    report({ step: 'begun', ...place });
    await applyOne(client, known, migration, isInterrupted);
    applied.push(migration.name);
    report({ step: 'applied', ...place, seconds: secondsSince(beganMs) });
  }
}

/** Begins a transaction that no other start migrates in. */
async function beginAlone(client: pg.Client, onWait: () => void): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    await client.query('BEGIN');
    const { rows } = await client.query('SELECT pg_try_advisory_xact_lock($1) AS "isTaken"', [
      MIGRATION_LOCK_KEY,
    ]);
    if (rows[0]?.isTaken === true) return;
    await client.query('ROLLBACK');
    if (tries === 1) onWait();
    await sleep(ASK_AGAIN_MS);
  }
}

async function missing(client: pg.Client, known: readonly Migration[]): Promise<Missing> {
  const found = await client.query('SELECT to_regclass($1) IS NOT NULL AS "isThere"', [LEDGER]);
  if (found.rows[0]?.isThere !== true) return missingFrom(known, []);
  return missingFrom(known, (await client.query<LedgerRow>(LEDGER_ROWS)).rows);
}

async function applyOne(
  client: pg.Client,
  known: readonly Migration[],
  migration: Migration,
  isInterrupted: boolean,
): Promise<void> {
  const { name, checksum } = migration;
  try {
    const rest = isInterrupted
      ? restOf(name, await rehearsed(client, known, migration), await itemsOf(client))
      : undefined;
    await client.query(LEDGER_TABLE.postgresql);
    // Without values a text of several statements is taken as a whole.
    await client.query(rest === undefined ? migration.sql : rest.join(';\n'));
    await client.query(
      `DELETE FROM "${LEDGER}" WHERE "migration_name" = $1 AND "rolled_back_at" IS NULL`,
      [name],
    );
    await client.query(
      `INSERT INTO "${LEDGER}" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (error instanceof Fault || isOutage(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const text = `migration ${name} failed, and the database is as before it: ${why}`;
    throw new Fault('MIGRATION_FAILED', text, { cause: error });
  }
}

async function itemsOf(client: pg.Client, schema = 'current_schema()::regnamespace::oid') {
  const found = await client.query(`SELECT ${schema} AS "number"`);
  const { rows } = await client.query<{ item: string }>(ITEMS, [found.rows[0]?.number]);
  return new Set(rows.map(({ item }) => item).filter((item) => !/ _prisma_/.test(item)));
}

/** The migration, statement by statement, on temporary tables that go with a savepoint. */
async function rehearsed(
  client: pg.Client,
  known: readonly Migration[],
  migration: Migration,
): Promise<Rehearsal> {
  const statements = statementsOf(migration.sql);
  const states: Set<string>[] = [];
  const note = async () => states.push(await itemsOf(client, 'pg_my_temp_schema()'));
  await client.query('SAVEPOINT rehearsal; SET LOCAL search_path = pg_temp');
  for (const { name, sql } of known) {
    if (name === migration.name) break;
    await client.query(sql);
  }
  await note();
  for (const statement of statements) {
    await client.query(statement);
    await note();
  }
  await client.query('ROLLBACK TO SAVEPOINT rehearsal');
  return { statements, states };
}
