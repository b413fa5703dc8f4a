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
import { dirname, join } from 'node:path';
import { Fault } from '../../../src/wire/index.js';
import { errorText, type Log } from '../log.js';

const OWNER_ONLY = 0o700;
const OTHERS = 0o077;
const STICKY = 0o1000;
const MODES = 0o7777;
/** A folder that every version of the agent has made in its own. */
const MARK = 'blocks';
/** Codes of mkdir(2) and access(2). */
const WHY_UNUSABLE: Readonly<Record<string, string>> = {
  EEXIST: 'is not a folder',
  ENOTDIR: 'is not a folder',
  EACCES: 'cannot be written by this user',
  EPERM: 'cannot be written by this user',
};
/** What an empty file system may hold. */
const NOTHING = ['lost+found'];

/**
 * Makes the folder, or takes its modes from others. A folder that others use too is left as it is: one with other files, or a sticky one
 * like /tmp. Throws CONFIG_INVALID where others can still enter.
 */
export function ownFolder(folder: string, log: Log): void {
  makeFolder(folder);
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
function makeFolder(folder: string): void {
  try {
    makeWithParents(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const why = WHY_UNUSABLE[code] ?? `cannot be used: ${errorText(error)}`;
    const text = `--data: ${folder} ${why}; give another folder`;
    throw new Fault('CONFIG_INVALID', text, { cause: error });
  }
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
