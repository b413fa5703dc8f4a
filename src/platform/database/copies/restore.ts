/**
 * Replaces the embedded database by a copy. The copy is checked before, and what it replaces is kept.
 *
 * The new file gets its name in one step: a kill at any moment leaves the old database or the new one.
 */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Libsql from 'libsql';
import { Fault } from '../../../wire/index.js';
import { sync } from './embedded-file.js';
import { closeUpgrade, copiesFolder } from './upgrade-copies.js';

/** Replaces `file` by a copy of `source`; `check` throws when this version cannot use it. The answer is where the old database is kept. */
export function replaceBy(
  file: string,
  source: string,
  check: (path: string) => void,
): string | undefined {
  const next = `${file}.restoring`;
  removeFiles(next);
  try {
    takeOver(source, next);
    check(next);
    removeFiles(next, ['-wal', '-shm']);
    const kept = keepOld(file);
    renameSync(next, file);
    sync(dirname(file));
    // A copy of an upgrade that was interrupted belongs to the old database.
    closeUpgrade(file);
    return kept;
  } catch (error) {
    removeFiles(next);
    throw error;
  }
}

/** Copies a database with its write-ahead log into one file. */
function takeOver(source: string, next: string): void {
  if (statSync(source).size === 0) throw new Fault('DATABASE_DAMAGED', `${source} is empty`);
  copyFileSync(source, next);
  const log = `${source}-wal`;
  if (existsSync(log) && statSync(log).size > 0) {
    copyFileSync(log, `${next}-wal`);
    checkpoint(next);
  }
  sync(next);
}

function checkpoint(file: string): void {
  const database = new Libsql(file);
  try {
    database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
  } finally {
    database.close();
  }
}

/** Keeps the old database under the time in `copies`; undefined when there is none. */
function keepOld(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const folder = copiesFolder(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kept = join(folder, `replaced-${new Date().toISOString().replace(/\D/g, '')}.db`);
  try {
    checkpoint(file);
  } catch {
    // It is damaged; its log is kept with it.
  }
  try {
    linkSync(file, kept);
  } catch {
    copyFileSync(file, kept);
  }
  // The log of another database would be played into the new one.
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${kept}-wal`);
  removeFiles(file, ['-shm']);
  sync(folder);
  return kept;
}

function removeFiles(file: string, endings: readonly string[] = ['', '-wal', '-shm', '-journal']) {
  for (const ending of endings) rmSync(`${file}${ending}`, { force: true });
}
