/**
 * The data folder of the service: made for its user alone, and closed to others where it exists. It holds the database, the models and
 * the hashes of all secrets, whose files have the usual modes: the folder keeps them.
 */
import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../wire/index.js';
import type { Log } from './log.js';

const OWNER_ONLY = 0o700;
const OTHERS = 0o077;
const STICKY = 0o1000;
const MODES = 0o7777;
/** A file that every version of the service has left in its folder. */
const MARK = 'flotilla.lock';
/** What an empty file system may hold. */
const NOTHING = ['lost+found'];

/**
 * Makes the folder, or takes its modes from others. A folder that others use too is left as it is: one with other files, or a sticky one
 * like /tmp. Throws CONFIG_INVALID where others can still enter.
 */
export async function ownDataFolder(folder: string, log: Log): Promise<void> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  const mode = await modeOf(folder);
  if ((mode & OTHERS) === 0) return;
  const why = await closed(folder, mode);
  if (why === undefined && ((await modeOf(folder)) & OTHERS) === 0) {
    log.warn({ folder, mode: octal(mode) }, 'data folder closed to other users');
    return;
  }
  throw new Fault(
    'CONFIG_INVALID',
    `data folder ${folder} can be entered by other users (mode ${octal(mode)})${why ?? ''}; ` +
      `set FLOTILLA_DATA to a new folder, such as ${join(folder, 'flotilla')}, or chmod it to 700`,
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
