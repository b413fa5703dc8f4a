/**
 * One process per data folder: an exclusive transaction, held until exit, on a small SQLite file.
 *
 * The operating system frees it with the process, so kill -9 leaves nothing to clean up.
 */
import { join } from 'node:path';
import Libsql from 'libsql';
import { Fault } from '../../wire/index.js';

export interface DataLock {
  release(): void;
}

/** Takes the lock of a data folder; throws DATA_LOCKED when another process has it. */
export function lockData(folder: string): DataLock {
  const file = join(folder, 'flotilla.lock');
  const database = new Libsql(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const text = `data folder ${folder} is in use by another process; stop it, or set FLOTILLA_DATA`;
    throw new Fault('DATA_LOCKED', text, { cause: error });
  }
  return { release: () => database.close() };
}
