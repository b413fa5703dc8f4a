/**
 * One agent per data folder: a link that names the process's number and start time, which a killed process cannot keep. A link
 * takes no room, so that an agent starts on a full disk, too; where the filesystem has none (FAT) it is a file.
 */
import { readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../../src/wire/index.js';

/** Takes the folder and returns what gives it back; throws DATA_LOCKED when a living agent has it. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'agent.lock');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeLock(path, identity(process.pid) ?? `${process.pid}`);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readLock(path);
    const pid = Number.parseInt(holder, 10);
    if (pid > 0 && pid !== process.pid && identity(pid) === holder) {
      throw new Fault(
        'DATA_LOCKED',
        `${folder} is used by the agent with process number ${pid}; stop it or give another --data`,
      );
    }
    rmSync(path, { force: true });
  }
  throw new Fault('DATA_LOCKED', `${folder} cannot be locked; is another agent starting?`);
}

function writeLock(path: string, holder: string): void {
  try {
    symlinkSync(holder, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    writeFileSync(path, holder, { flag: 'wx' });
  }
}

function readLock(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return readFileSync(path, 'utf8');
  }
}

/** “pid starttime” of a living process (proc(5), field 22); without /proc the pid alone. */
function identity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${pid} ${fields[19]}`;
  } catch {
    return isAlive(pid) ? `${pid}` : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
