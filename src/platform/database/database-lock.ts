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

/** An arbitrary number that identifies Flotilla. */
const LOCK_KEY = 7_206_541_183;
const RETRY_MS = 1_000;
/** The server may need a moment to notice the connection of a killed service. */
const TRIES = 5;

/** Takes the lock; throws DATA_LOCKED when another service has it, DATABASE_UNAVAILABLE when the server does not answer. */
export async function lockDatabase(url: string, log: Log): Promise<{ release(): Promise<void> }> {
  let isReleased = false;
  const onLost = (): void => void takeAgain();
  let holder = await firstHolder(url, onLost);

  async function takeAgain(): Promise<void> {
    while (!isReleased) {
      await sleep(RETRY_MS, undefined, { ref: false });
      const found = await take(url, onLost).catch(() => undefined);
      if (found === 'taken') {
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

async function firstHolder(url: string, onLost: () => void): Promise<pg.Client> {
  for (let tries = 1; ; tries += 1) {
    const found = await take(url, onLost).catch((cause: unknown) => {
      throw connectFault(cause, url);
    });
    if (found !== 'taken') return found;
    if (tries === TRIES) {
      const text = 'DATABASE_URL: another service uses this database; stop it, or set another';
      throw new Fault('DATA_LOCKED', text);
    }
    await sleep(RETRY_MS / 2);
  }
}

async function take(url: string, onLost: () => void): Promise<pg.Client | 'taken'> {
  const client = new pg.Client(poolOptions(url));
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS "isTaken"', [LOCK_KEY]);
  if (rows[0]?.isTaken !== true) {
    await client.end();
    return 'taken';
  }
  client.once('end', onLost);
  return client;
}
