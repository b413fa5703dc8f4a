/** Check, backup and restore of an embedded database, for the command line. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../../../wire/index.js';
import { ownDataFolder } from '../../data-folder.js';
import type { Log } from '../../log.js';
import {
  bytesOf,
  type Connection,
  copyInto,
  damageIn,
  openToCopy,
  openToRead,
  orphansIn,
  rowsIn,
} from '../copies/embedded-file.js';
import { replaceBy } from '../copies/restore.js';
import { lockData } from '../data-lock.js';
import { LEDGER, type Missing } from '../migrations/ledger.js';
import { migrationsOf } from '../migrations/migration-list.js';
import { faultOf, missingFromSqlite } from '../migrations/sqlite-migrations.js';

/** What is in a database file. */
export interface DatabaseReport {
  readonly bytes: number;
  readonly rows: ReadonlyMap<string, number>;
  /** The newest migration; undefined before the first. */
  readonly newest: string | undefined;
  /** Migrations that the next start applies. */
  readonly pending: number;
  /** An upgrade by an earlier version was interrupted; the next start finishes it. */
  readonly isInterrupted: boolean;
  /** Rows without what they refer to; none in a database that is well. */
  readonly orphans: readonly string[];
}

/** The database file of a data folder. */
export function embeddedFile(data: string): string {
  return join(resolve(data), 'flotilla.db');
}

/**
 * Reads a database as a whole, also while a service uses it. Throws DATABASE_DAMAGED when it is not sound or not
 * Flotilla's, and DATABASE_NEWER when this version cannot use it.
 */
export function checkDatabase(file: string): DatabaseReport {
  return reading(file, (database) => {
    const { newest, pending, isInterrupted } = soundOf(database, file);
    const { [LEDGER]: _, ...rows } = Object.fromEntries(rowsIn(database));
    return {
      bytes: bytesOf(database),
      rows: new Map(Object.entries(rows)),
      ...{ newest, pending: pending.length, isInterrupted },
      orphans: orphansIn(database),
    };
  });
}

/** Copies the database of one moment into a new file, also while a service uses it. Throws as checkDatabase, CONFIG_INVALID when the file exists. */
export function backUp(data: string, target: string): void {
  if (existsSync(target)) throw new Fault('CONFIG_INVALID', `${target} exists; name a new file`);
  if (!existsSync(dirname(resolve(target)))) {
    throw new Fault('CONFIG_INVALID', `folder ${dirname(resolve(target))} does not exist`);
  }
  const file = embeddedFile(data);
  reading(file, (database) => copyInto(database, target), openToCopy);
}

/**
 * Replaces the database of a data folder by a backup; resolves to where the old one is kept, if there was one. Throws
 * DATA_LOCKED while a service uses the folder, and as checkDatabase for the backup; then nothing has changed.
 */
export async function restore(data: string, source: string, log: Log): Promise<string | undefined> {
  const folder = resolve(data);
  await ownDataFolder(folder, log);
  const lock = lockData(folder);
  try {
    return replaceBy(embeddedFile(folder), source, (copy) =>
      reading(copy, (database) => soundOf(database, source)),
    );
  } catch (error) {
    throw faultOf(error, 'the restore') ?? error;
  } finally {
    lock.release();
  }
}

function reading<T>(
  file: string,
  work: (database: Connection) => T,
  opened: (file: string) => Connection = openToRead,
): T {
  try {
    const database = opened(file);
    try {
      return work(database);
    } finally {
      database.close();
    }
  } catch (error) {
    throw faultOf(error, file) ?? error;
  }
}

/** What a sound database still needs; throws when it is damaged, is none of Flotilla, or is newer. */
function soundOf(database: Connection, file: string): Missing {
  const damage = damageIn(database);
  if (damage.length > 0) {
    throw new Fault('DATABASE_DAMAGED', `${file} is damaged: ${damage.join('; ')}`);
  }
  const missing = missingFromSqlite(database, migrationsOf('sqlite'));
  if (missing.newest === undefined && !missing.isInterrupted) {
    throw new Fault('DATABASE_DAMAGED', `${file} is no database of Flotilla`);
  }
  return missing;
}
