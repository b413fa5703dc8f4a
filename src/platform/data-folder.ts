/**
 * The data folder of the service: made for its user alone, and closed to others where it exists. It holds the database, the models and
 * the hashes of all secrets, whose files have the usual modes: the folder keeps them.
 */
import { access, chmod, constants, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../wire/index.js';
import type { Log } from './log.js';
import { folderFault, systemCode } from './start-fault.js';

const OWNER_ONLY = 0o700;
const OTHERS = 0o077;
const STICKY = 0o1000;
const MODES = 0o7777;
/** A file that every version of the service has left in its folder. */
const MARK = 'flotilla.lock';
/** What an empty file system may hold. */
const NOTHING = ['lost+found'];
const USE_FILE = constants.R_OK | constants.W_OK;
const USE_FOLDER = USE_FILE | constants.X_OK;

/**
 * Makes the folder, or takes its modes from others. A folder that others use too is left as it is: one with other files, or a sticky one
 * like /tmp. Throws CONFIG_INVALID where others can still enter, and where the folder or something in it cannot be written.
 */
export async function ownDataFolder(folder: string, log: Log): Promise<void> {
  await makeFolder(folder);
  await access(folder, USE_FOLDER).catch((error: unknown) => {
    throw folderFault(error, folder);
  });
  await closeFolder(folder, log);
  await checkEntries(folder);
}

/** Makes the folder and those above it. Node's own way of doing so does not end in /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: OWNER_ONLY });
  } catch (error) {
    const isMissing = systemCode(error) === 'ENOENT' && dirname(folder) !== folder;
    if (isMissing && !(await exists(dirname(folder)))) {
      await makeFolder(dirname(folder));
      return await makeFolder(folder);
    }
    if (systemCode(error) === 'EEXIST' && (await isFolder(folder))) return;
    throw folderFault(error, folder);
  }
}

/** Throws for the first file of the folder that this process cannot write, such as one made by another user. */
async function checkEntries(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (NOTHING.includes(entry.name) || !(entry.isDirectory() || entry.isFile())) continue;
    const path = join(folder, entry.name);
    await access(path, entry.isDirectory() ? USE_FOLDER : USE_FILE).catch((error: unknown) => {
      // A file that is gone by now is no obstacle.
      if (systemCode(error) !== 'ENOENT') throw folderFault(error, path);
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: unknown) => systemCode(error) !== 'ENOENT',
  );
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function closeFolder(folder: string, log: Log): Promise<void> {
  const mode = await modeOf(folder);
  if ((mode & OTHERS) === 0) return;
  const why = await closed(folder, mode);
  if (why === undefined && ((await modeOf(folder)) & OTHERS) === 0) {
    log.warn({ folder, mode: octal(mode) }, 'data folder closed to other users');
    return;
  }
  throw new Fault(
    'CONFIG_INVALID',
    `FLOTILLA_DATA: ${folder} can be entered by other users (mode ${octal(mode)})${why ?? ''}; ` +
      `set a new folder, such as ${join(folder, 'flotilla')}, or chmod it to 700`,
  );
}

/** Closes it; undefined, or why not. */
async function closed(folder: string, mode: number): Promise<string | undefined> {
  const names = (await readdir(folder)).filter((name) => !NOTHING.includes(name));
  const isSticky = (mode & STICKY) !== 0;
  const isOurs = names.length === 0 || (names.includes(MARK) && !isSticky);
  if (!isOurs) return ' and holds files of others';
  try {
    await chmod(folder, OWNER_ONLY);
    return undefined;
  } catch (error) {
    return `, and its mode cannot be changed: ${error instanceof Error ? error.message : error}`;
  }
}

async function modeOf(folder: string): Promise<number> {
  return (await stat(folder)).mode & MODES;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
