/**
 * The copy of the embedded database that an upgrade makes before it changes anything, in the folder `copies`.
 *
 * Its name is the newest migration it has. It ends in `.upgrading.db` until the upgrade is complete: an interrupted upgrade
 * goes on with the copy of its beginning, so that restarts neither replace that copy nor fill the disk.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../../wire/index.js';
import { bytesOf, type Connection, copyInto } from './embedded-file.js';

const UNDERWAY = '.upgrading.db';
const COMPLETE = /^flotilla-.*(?<!\.upgrading)\.db$/;
/** Copies of complete upgrades that are kept. */
export const KEPT_COPIES = 2;
/** Room for the journal of small changes, and for the log of the service. */
const MARGIN_BYTES = 16 * 1024 ** 2;
const MIB = 1024 ** 2;

/** The folder of the copies of a database file. */
export function copiesFolder(file: string): string {
  return join(dirname(file), 'copies');
}

const namesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

/**
 * The copy of this upgrade: made now, or at the beginning of the same upgrade, which was interrupted. `newest` is the newest
 * migration that the database has; `isRebuild` says that the upgrade moves rows. Throws DISK_FULL before anything is
 * written when there is not enough room.
 */
export function copyForUpgrade(
  database: Connection,
  { file, newest, isRebuild }: { file: string; newest: string; isRebuild: boolean },
  onBegin: (bytes: number) => void,
): { readonly copy: string; readonly isNew: boolean } {
  const folder = copiesFolder(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = namesIn(folder);
  for (const name of names.filter((one) => one.endsWith('.partial'))) rmSync(join(folder, name));
  const copy = join(folder, `flotilla-${newest}${UNDERWAY}`);
  const underway = names.find((name) => name.endsWith(UNDERWAY));
  if (underway !== undefined && join(folder, underway) !== copy) {
    return { copy: join(folder, underway), isNew: false };
  }
  const bytes = bytesOf(database);
  checkRoom(folder, (isRebuild ? 2 : 1) * bytes + MARGIN_BYTES);
  onBegin(bytes);
  copyInto(database, copy);
  return { copy, isNew: true };
}

/** Marks the copies of a complete upgrade, and removes all complete ones but the newest. */
export function closeUpgrade(file: string): void {
  const folder = copiesFolder(file);
  const names = namesIn(folder);
  for (const name of names.filter((one) => one.endsWith(UNDERWAY))) {
    renameSync(join(folder, name), join(folder, name.replace(UNDERWAY, '.db')));
  }
  const complete = namesIn(folder)
    .filter((name) => COMPLETE.test(name))
    .map((name) => ({ path: join(folder, name), madeMs: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.madeMs - a.madeMs);
  for (const { path } of complete.slice(KEPT_COPIES)) rmSync(path);
}

/** Free bytes of a file system; undefined when it does not say. */
function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/** Throws DISK_FULL when a file system has less room, in bytes. */
export function checkRoom(folder: string, neededBytes: number): void {
  const free = freeBytes(folder);
  // Unknown is not full: a copy that does not fit is removed.
  if (free === undefined || free >= neededBytes) return;
  const [needed, there] = [neededBytes, free].map((bytes) => Math.ceil(bytes / MIB));
  const text = `the upgrade needs ${needed} MiB in ${folder} for a copy of the database, and ${there} MiB are free; free some, or back up yourself and set FLOTILLA_UPGRADE_COPY=no`;
  throw new Fault('DISK_FULL', text);
}
