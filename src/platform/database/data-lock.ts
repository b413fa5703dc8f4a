/**
 * One process per data folder: an exclusive transaction, held until exit, on a small SQLite file.
 *
 * The operating system frees it with the process, so kill -9 leaves nothing to clean up.
 */
import { join } from 'node:path';
import Libsql from 'libsql';
import { Fault } from '../../wire/index.js';
import { databaseTroubleOf } from './failures/database-trouble.js';

export interface DataLock {
  release(): void;
}

/** Takes the lock of a data folder; throws DATA_LOCKED when another process has it, DISK_FULL or DISK_FAILED when it cannot be written. */
export function lockData(folder: string): DataLock {
  const file = join(folder, 'flotilla.lock');
  let database: Libsql.Database | undefined;
  try {
    const opened = new Libsql(file);
    database = opened;
    opened.exec('BEGIN EXCLUSIVE');
    return { release: () => opened.close() };
  } catch (error) {
    database?.close();
    const trouble = databaseTroubleOf(error);
    if (trouble !== undefined && trouble.code !== 'DATABASE_UNAVAILABLE') {
      const why = `data folder ${folder} cannot be locked: ${trouble.text}`;
      throw new Fault(trouble.code, why, { cause: error });
    }
    const text = `data folder ${folder} is in use by another process; stop it, or set FLOTILLA_DATA`;
    throw new Fault('DATA_LOCKED', text, { cause: error });
  }
}
