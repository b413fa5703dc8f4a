/**
 * The agent's data folder: made for its user alone, and closed to others where it exists. It holds the device's secret, the blocks of
 * models and the records, whose files have the usual modes: the folder keeps them. The service does the same with its own.
 */
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../../src/wire/index.js';
import { errorText, type Log } from '../log.js';

const OWNER_ONLY = 0o700;
const OTHERS = 0o077;
const STICKY = 0o1000;
const MODES = 0o7777;
/** A folder that every version of the agent has made in its own. */
const MARK = 'blocks';
/** What an empty file system may hold. */
const NOTHING = ['lost+found'];

/**
 * Makes the folder, or takes its modes from others. A folder that others use too is left as it is: one with other files, or a sticky one
 * like /tmp. Throws CONFIG_INVALID where others can still enter.
 */
export function ownFolder(folder: string, log: Log): void {
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
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
