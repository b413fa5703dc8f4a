/**
 * One process per data folder: an exclusive transaction, held until exit, on a small SQLite file.
 *
 * The operating system frees it with the process, so kill -9 leaves nothing to clean up.
 */
import { join } from 'node:path';
import Libsql from 'libsql';
import { Fault } from '../../wire/index.js';
import { folderFault } from '../start-fault.js';
import { databaseTroubleOf, troubleOfCode } from './failures/database-trouble.js';

export interface DataLock {
  release(): void;
}

/** Takes the lock of a data folder; throws DATA_LOCKED when another process has it, DISK_FULL, DISK_FAILED or CONFIG_INVALID when it cannot be written. */
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
    if (isBusy(error)) {
      const text = `FLOTILLA_DATA: data folder ${folder} is in use by another process; stop it, or set another folder`;
      throw new Fault('DATA_LOCKED', text, { cause: error });
    }
    const trouble = lockTroubleOf(error);
    if (trouble === undefined || trouble.code === 'DISK_FULL') throw folderFault(error, folder);
    const text = `FLOTILLA_DATA: data folder ${folder} cannot be locked: ${trouble.text}`;
    throw new Fault(trouble.code, text, { cause: error });
  }
}

/** SQLITE_BUSY alone says that another process has the lock. */
function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_BUSY') || /database is locked/.test(String(error));
}

/** The constructor of libsql reports the code of SQLite as a number at the end of its text only. */
function lockTroubleOf(error: unknown) {
  const trouble = databaseTroubleOf(error);
  if (trouble !== undefined && trouble.code !== 'DATABASE_UNAVAILABLE') return trouble;
  const [, code] =
    /Unable to open connection to local database .*: (\d+)/.exec(String(error)) ?? [];
  return code === undefined ? undefined : troubleOfCode(Number(code));
}
