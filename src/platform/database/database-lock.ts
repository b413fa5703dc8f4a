/**
 * One service per PostgreSQL database: an advisory lock, held for life by a connection of its own.
 *
 * The server frees it with the connection. When the connection breaks (a restart of the server), the lock is acquired
 * again as soon as the server answers. If another service holds it by then, an error is logged.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../../wire/index.js';
import type { Log } from '../log.js';
import { connectFault } from './failures/connect-fault.js';
import { poolOptions } from './location.js';
import { MIGRATION_LOCK_KEY } from './migrations/postgresql-migrations.js';

/** An arbitrary number that identifies Flotilla. */
const LOCK_KEY = 7_206_541_183;
const RETRY_MS = 1_000;
/** The server may need a moment to notice the connection of a killed service. */
const TRIES = 5;

/**
 * Takes the lock; throws DATA_LOCKED when another service has it, DATABASE_UNAVAILABLE when the server does not answer.
 * While another start upgrades the database, it waits: that start may be killed, and this one goes on.
 */
export async function lockDatabase(url: string, log: Log): Promise<{ release(): Promise<void> }> {
  let isReleased = false;
  const onLost = (): void => void takeAgain();
  let holder = await firstHolder(url, log, onLost);

  async function takeAgain(): Promise<void> {
    while (!isReleased) {
      await sleep(RETRY_MS, undefined, { ref: false });
      const found = await take(url, onLost).catch(() => undefined);
      if (typeof found === 'string') {
        log.error({ part: 'database' }, 'another service uses this database; stop one of them');
      } else if (found !== undefined) {
        holder = found;
        return;
      }
    }
  }
  return {
    async release() {
      isReleased = true;
      await holder.end().catch(() => undefined);
    },
  };
}

async function firstHolder(url: string, log: Log, onLost: () => void): Promise<pg.Client> {
  let isWaiting = false;
  for (let tries = 1; ; tries += 1) {
    const found = await take(url, onLost).catch((cause: unknown) => {
      throw connectFault(cause, url);
    });
    if (typeof found === 'object') return found;
    if (found === 'upgrading') {
      tries = 0;
      if (!isWaiting) log.info({ part: 'database' }, 'waiting for another start that upgrades');
      isWaiting = true;
    }
    if (tries === TRIES) {
      const text = 'DATABASE_URL: another service uses this database; stop it, or set another';
      throw new Fault('DATA_LOCKED', text);
    }
    await sleep(RETRY_MS / 2);
  }
}

async function take(url: string, onLost: () => void): Promise<pg.Client | 'taken' | 'upgrading'> {
  const client = new pg.Client(poolOptions(url));
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS "isTaken"', [LOCK_KEY]);
  if (rows[0]?.isTaken !== true) {
    const isUpgrading = await holdsMigrationLock(client);
    await client.end();
    return isUpgrading ? 'upgrading' : 'taken';
  }
  client.once('end', onLost);
  return client;
}

/** True while a migration runs in this database: its lock ends with its transaction. */
async function holdsMigrationLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (classid::bigint << 32) + objid::bigint = $1`,
    [MIGRATION_LOCK_KEY],
  );
  return rows.length > 0;
}
