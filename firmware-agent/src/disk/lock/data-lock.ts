/**
 * One agent per data folder: a lock of the kernel on the folder itself (flock(2)). It belongs to an open file of this process, so it ends
 * with the process, whatever ends it, and a zombie holds none. Agents in other containers see it, and it writes nothing: a disk that is full
 * or read-only can be locked. Node has no flock; the program of util-linux locks a descriptor that it shares with this process.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Fault } from '../../../../src/wire/index.js';
import { errorText, type Log } from '../../log.js';
import { holderOf, removeLock, takeLock } from './process-lock.js';

const FLOCK_MS = 5000;
/** Exit code of flock(1) when another process has the lock. */
const CONFLICT = 1;

/** Takes the folder and returns what gives it back; throws DATA_LOCKED when another agent may have it. */
export function lockFolder(folder: string, log: Log): () => void {
  const file = openSync(folder, 'r');
  try {
    const why = flock(file, folder);
    // An agent of an earlier version, or one that cannot use flock.
    const holder = holderOf(folder);
    if (holder !== undefined) throw locked(folder, `process number ${holder.pid}`);
    if (why !== undefined) return lockByProcess(folder, file, why, log);
    removeLeftLock(folder, log);
    return () => closeSync(file);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Undefined when this process has the lock now, else why there can be none; throws DATA_LOCKED. */
function flock(file: number, folder: string): string | undefined {
  const { status, stderr, error } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
    encoding: 'utf8',
    timeout: FLOCK_MS,
  });
  if (status === 0) return undefined;
  const why = error === undefined ? stderr.trim() : errorText(error);
  if (status === CONFLICT && why === '') throw locked(folder, 'another process');
  return why === '' ? `flock ended with ${status}` : why;
}

function lockByProcess(folder: string, file: number, why: string, log: Log): () => void {
  removeLock(folder);
  if (!takeLock(folder)) throw locked(folder, 'another process that starts');
  log.warn(
    `${folder} is locked by a process number, since flock cannot be used (${why}): give no other container this folder`,
  );
  return () => {
    removeLock(folder);
    closeSync(file);
  };
}

/** The link of a process that has ended. On a read-only disk it stays, and means nothing. */
function removeLeftLock(folder: string, log: Log): void {
  try {
    removeLock(folder);
  } catch (error) {
    log.debug(`the lock of an earlier version stays: ${errorText(error)}`);
  }
}

function locked(folder: string, by: string): Fault {
  const text = `${folder} is used by another agent (${by}); stop it, or give another --data`;
  return new Fault('DATA_LOCKED', text);
}
