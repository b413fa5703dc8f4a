/**
 * The database of the service: an embedded SQLite file, or PostgreSQL when DATABASE_URL is set; one writing process.
 *
 * Do not use interactive transactions: a failing commit breaks SQLite's client, and a timeout may end the process on
 * PostgreSQL. One statement, or one nested write, is the atomic unit.
 */
import { resolve } from 'node:path';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { ownDataFolder } from '../data-folder.js';
import type { Log } from '../log.js';
import { type Client, clientOn } from './client.js';
import { lockData } from './data-lock.js';
import { lockDatabase } from './database-lock.js';
import { type Dialect, dialectOf } from './dialect.js';
import { type DatabaseLocation, driverOf, locationOf } from './location.js';
import { applyMigrations } from './migrations/apply-migrations.js';
import { ThreadedDriver } from './threads/threaded-driver.js';

/** Kept while the process uses the database. */
interface Lock {
  release(): void | Promise<void>;
}

/** The open database; stores use `client`, and `dialect` where SQL differs. Closes after every other part has shut down. */
export class Database implements OnApplicationShutdown {
  readonly dialect: Dialect;

  constructor(
    readonly location: DatabaseLocation,
    readonly client: Client,
    private readonly locks: readonly Lock[] = [],
  ) {
    this.dialect = dialectOf(location.kind);
  }

  /** Another client on the database of this process, for another thread: queries run on the calling thread. */
  static onThread(location: DatabaseLocation): Database {
    return new Database(location, clientOn(location.kind, driverOf(location)));
  }

  /** Resolves when the database answers. */
  async ping(): Promise<void> {
    await this.client.$queryRaw`SELECT 1`;
  }

  /** Closes the client of a thread. */
  async disconnect(): Promise<void> {
    await this.client.$disconnect();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.location.kind === 'sqlite') {
      // Afterwards the one file holds everything and can be copied.
      await this.client.$queryRaw`PRAGMA wal_checkpoint(TRUNCATE)`;
    }
    await this.disconnect();
    for (const lock of this.locks) await lock.release();
  }
}

/** Settings of a database; without `upgradeCopy`, an embedded one is copied before an upgrade. */
export type DatabaseConfig = Pick<Config, 'data' | 'databaseUrl'> &
  Partial<Pick<Config, 'upgradeCopy'>>;

/** Creates or closes the data folder, locks, migrates and opens the database. Throws CONFIG_INVALID, DATA_LOCKED and the faults of applyMigrations. */
export async function openDatabase(config: DatabaseConfig, log: Log): Promise<Database> {
  const folder = resolve(config.data);
  await ownDataFolder(folder, log.child({ part: 'database' }));
  const location = locationOf(config);
  const locks: Lock[] = [lockData(folder)];
  // Its thread loads while the migrations are looked through.
  const threaded = location.kind === 'sqlite' ? new ThreadedDriver(location) : undefined;
  try {
    if (location.kind === 'postgresql') locks.push(await lockDatabase(location.url, log));
    const applied = await applyMigrations(location, {
      log,
      isCopied: config.upgradeCopy !== 'no',
    });
    if (applied.length > 0) log.info({ part: 'database', applied }, 'migrations applied');
    const client = clientOn(location.kind, threaded ?? driverOf(location));
    if (threaded !== undefined) await client.$queryRaw`PRAGMA journal_mode = WAL`;
    return new Database(location, client, locks);
  } catch (error) {
    await threaded?.close();
    for (const lock of locks) await lock.release();
    throw error;
  }
}
