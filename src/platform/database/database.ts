/**
 * The database of the service: SQLite by libSQL, WAL, every commit synced, one writing process.
 *
 * Queries run on the calling thread, so a store keeps each of them short. Interactive transactions are not to be used: a
 * failing commit poisons the client. One statement, or one nested write, is the unit that is all there or not at all.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OnApplicationShutdown } from '@nestjs/common';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import type { Config } from '../config/config.js';
import type { Log } from '../log.js';
import { type DataLock, lockData } from './data-lock.js';
import { PrismaClient } from './generated/client.js';
import { applyMigrations } from './schema-engine.js';

const BUSY_TIMEOUT_MS = 5_000;

/** The open database; stores use `client`. Closes after every other part has shut down. */
export class Database implements OnApplicationShutdown {
  constructor(
    readonly client: PrismaClient,
    private readonly lock: DataLock,
  ) {}

  /** Resolves when the database answers. */
  async ping(): Promise<void> {
    await this.client.$queryRaw`SELECT 1`;
  }

  async onApplicationShutdown(): Promise<void> {
    // So that the one file holds everything, also for whoever copies it now.
    await this.client.$queryRaw`PRAGMA wal_checkpoint(TRUNCATE)`;
    await this.client.$disconnect();
    this.lock.release();
  }
}

/** Makes the data folder, takes its lock, migrates and opens the database. Throws DATA_LOCKED. */
export async function openDatabase(config: Pick<Config, 'data'>, log: Log): Promise<Database> {
  const folder = resolve(config.data);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = lockData(folder);
  try {
    const url = pathToFileURL(join(folder, 'flotilla.db')).href;
    const applied = await applyMigrations(url);
    if (applied.length > 0) log.info({ part: 'database', applied }, 'migrations applied');
    const adapter = new PrismaLibSql({ url, timeout: BUSY_TIMEOUT_MS });
    const client = new PrismaClient({ adapter });
    await client.$queryRaw`PRAGMA journal_mode = WAL`;
    return new Database(client, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}
