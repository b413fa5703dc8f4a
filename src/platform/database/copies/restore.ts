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
import { Fault } from '../../../wire/index.js';
import { openToCopy, sync } from './embedded-file.js';
import { closeUpgrade, copiesFolder } from './upgrade-copies.js';

/** Replaces `file` by a copy of `source`; `check` throws when this version cannot use it. The answer is where the old database is kept. */
export function replaceBy(
  file: string,
  source: string,
  check: (path: string) => void,
): string | undefined {
  const next = `${file}.restoring`;
  removeFiles(next);
  settle(file);
  try {
    takeOver(source, next);
    check(next);
    removeFiles(next, ['-wal', '-shm']);
    // A copy of an upgrade that was interrupted belongs to the old database: it must not count as one of the new.
    closeUpgrade(file);
    setAside(file);
    sync(dirname(file));
    renameSync(next, file);
    sync(dirname(file));
    return settle(file);
  } catch (error) {
    removeFiles(next);
    settle(file);
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

/** Writes the log of a database into it; false when another program reads the database, and the log stays. */
function checkpoint(file: string): boolean {
  const database = openToCopy(file);
  try {
    const [row] = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all() as { busy: number }[];
    return row?.busy !== 1;
  } finally {
    database.close();
  }
}

const asideOf = (file: string) => `${file}.replaced`;

/**
 * Gives the old database a second name, next to the first: it has both until the new one takes the first. Throws DATA_LOCKED when
 * another program reads it: without its log it would not be whole.
 */
function setAside(file: string): void {
  if (!existsSync(file)) return;
  if (!isCheckpointed(file)) {
    throw new Fault('DATA_LOCKED', `${file} is read by another program; end it first`);
  }
  try {
    linkSync(file, asideOf(file));
  } catch {
    // A file system without links: a kill before the new file has its name leaves a copy.
    copyFileSync(file, asideOf(file));
  }
  // The log of another database would be played into the new one. It is empty, but where the old one is damaged.
  if (existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0) {
    renameSync(`${file}-wal`, `${asideOf(file)}-wal`);
  }
  removeFiles(file, ['-wal', '-shm']);
}

/**
 * Ends a replacement, also one that was interrupted: an old database that was replaced goes to `copies`, and one that
 * was not gets its log back. The answer is where it is kept; undefined where nothing was replaced.
 */
function settle(file: string): string | undefined {
  const aside = asideOf(file);
  if (!existsSync(aside)) return undefined;
  if (existsSync(file) && statSync(file).ino === statSync(aside).ino) {
    if (existsSync(`${aside}-wal`)) renameSync(`${aside}-wal`, `${file}-wal`);
    rmSync(aside);
    return undefined;
  }
  const folder = copiesFolder(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The time of its last change: a replacement that is interrupted here ends under the same name.
  const kept = join(
    folder,
    `replaced-${statSync(aside).mtime.toISOString().replace(/\D/g, '')}.db`,
  );
  if (existsSync(`${aside}-wal`)) renameSync(`${aside}-wal`, `${kept}-wal`);
  renameSync(aside, kept);
  sync(folder);
  return kept;
}

/** A damaged database counts as well: its log is kept with it. */
function isCheckpointed(file: string): boolean {
  try {
    return checkpoint(file);
  } catch {
    return true;
  }
}

function removeFiles(file: string, endings: readonly string[] = ['', '-wal', '-shm', '-journal']) {
  for (const ending of endings) rmSync(`${file}${ending}`, { force: true });
}
