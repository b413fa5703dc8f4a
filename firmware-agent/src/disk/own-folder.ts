/**
 * The agent's data folder: made for its user alone, and closed to others where it exists. It holds the device's secret, the blocks of
 * models and the records, whose files have the usual modes: the folder keeps them. The service does the same with its own.
 */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { Fault } from '../../../src/wire/index.js';
import { errorText, type Log } from '../log.js';

const OWNER_ONLY = 0o700;
const OTHERS = 0o077;
const STICKY = 0o1000;
const MODES = 0o7777;
/** A folder that every version of the agent has made in its own. */
const MARK = 'blocks';
const READ = constants.R_OK | constants.X_OK;
const USE_FOLDER = READ | constants.W_OK;
const USE_FILE = constants.R_OK | constants.W_OK;
/** Codes of mkdir(2) and access(2). */
const WHY_UNUSABLE: Readonly<Record<string, string>> = {
  EEXIST: 'is not a folder; give another folder',
  ENOTDIR: 'is not a folder; give another folder',
  EROFS:
    'is not there, and its disk is read-only; give another folder, or mount the disk for writing',
};
/** What an empty file system may hold. */
const NOTHING = ['lost+found'];

/**
 * Makes the folder, or takes its modes from others. A folder that others use too is left as it is: one with other files, or a sticky one
 * like /tmp. Throws CONFIG_INVALID where others can still enter, and where the folder or something in it belongs to another user. One on a
 * read-only disk is used as it is, which is logged.
 */
export function ownFolder(folder: string, log: Log): void {
  if (makeFolder(folder) === 'read-only') {
    log.warn(
      `${folder} is on a read-only disk: records and documents stay in memory, and a restart loses them`,
    );
  } else checkEntries(folder);
  const mode = modeOf(folder);
  if ((mode & OTHERS) === 0) return;
  const why = closed(folder, mode);
  if (why === undefined && (modeOf(folder) & OTHERS) === 0) {
    log.warn(`${folder} had mode ${octal(mode)}: it is closed to other users now`);
    return;
  }
  throw new Fault(
    'CONFIG_INVALID',
    `${folder} can be entered by other users (mode ${octal(mode)})${why ?? ''}; ` +
      `give a new folder as --data, such as ${join(folder, 'flotilla')}, or chmod it to 700`,
  );
}

/** Makes the folder and those above it; throws CONFIG_INVALID with the flag and what to do. */
function makeFolder(folder: string): 'writable' | 'read-only' {
  try {
    makeWithParents(folder);
    accessSync(folder, READ);
    try {
      accessSync(folder, USE_FOLDER);
      return 'writable';
    } catch (error) {
      if (codeOf(error) !== 'EROFS') throw error;
      return 'read-only';
    }
  } catch (error) {
    throw unusable(folder, folder, error);
  }
}

/** Throws CONFIG_INVALID for the first file that this user cannot write, such as one of an agent that ran as root. */
function checkEntries(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (NOTHING.includes(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isFile()) checkAccess(folder, path, USE_FILE);
    if (!entry.isDirectory()) continue;
    checkAccess(folder, path, USE_FOLDER);
    // There may be thousands of blocks; one that cannot be read is downloaded again.
    if (entry.name === MARK) continue;
    for (const inner of readdirSync(path, { withFileTypes: true })) {
      if (inner.isFile()) checkAccess(folder, join(path, inner.name), USE_FILE);
    }
  }
}

function checkAccess(folder: string, path: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    // A file that is gone by now is no obstacle.
    if (codeOf(error) !== 'ENOENT') throw unusable(folder, path, error);
  }
}

function unusable(folder: string, path: string, cause: unknown): Fault {
  const code = codeOf(cause);
  const isDenied = code === 'EACCES' || code === 'EPERM';
  const why = isDenied
    ? `cannot be written by ${userName()}; give another folder, or make it this user's: sudo chown -R ${process.getuid?.() ?? 'USER'} ${folder}`
    : (WHY_UNUSABLE[code] ?? `cannot be used: ${errorText(cause)}; give another folder`);
  return new Fault('CONFIG_INVALID', `--data: ${path} ${why}`, { cause });
}

/** The user of this process, as `ls -l` shows it. */
function userName(): string {
  const uid = process.getuid?.();
  try {
    return `user ${userInfo().username} (uid ${uid})`;
  } catch {
    // A uid without an entry in the list of users, as in containers.
    return `the user with uid ${uid}`;
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}

/** Node's own way of making parents as well does not end in /proc. */
function makeWithParents(folder: string): void {
  const above = dirname(folder);
  if (above !== folder && !existsSync(above)) makeWithParents(above);
  const isFolder = existsSync(folder) && statSync(folder).isDirectory();
  if (!isFolder) mkdirSync(folder, { mode: OWNER_ONLY });
}

/** Closes it; undefined, or why not. */
function closed(folder: string, mode: number): string | undefined {
  const names = readdirSync(folder).filter((name) => !NOTHING.includes(name));
  const isSticky = (mode & STICKY) !== 0;
  const isOurs = names.length === 0 || (names.includes(MARK) && !isSticky);
  if (!isOurs) return ' and holds files of others';
  try {
    chmodSync(folder, OWNER_ONLY);
    return undefined;
  } catch (error) {
    return `, and its mode cannot be changed: ${errorText(error)}`;
  }
}

function modeOf(folder: string): number {
  return statSync(folder).mode & MODES;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
